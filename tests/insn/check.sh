#!/bin/sh
# The instruction rows under ferry, for `make check`. Exit 77: no compiler for a guest's runner.
here=$(cd "$(dirname "$0")" && pwd)
out=${BUILDDIR:-.}/tests/insn/out
status=0
try() { # GUEST COMPILER EMULATOR [ARG...]
    guest=$1 compiler=$2
    shift 2
    if [ "$compiler" = no ]; then
        echo "skipped: no compiler for $guest; install gcc-$guest-linux-gnu"
        [ $status != 0 ] || status=77
        return
    fi
    for hot in 1 256; do # translated; interpreted where that is possible
        FERRY_HOT=$hot OUT=$out/$guest "$here/run.sh" "$guest" "$@" || status=1
    done
}
try aarch64 "${AARCH64_CC:-no}" "${FERRY:-./ferry}"
try riscv64 "${RISCV64_CC:-no}" "${FERRY:-./ferry}" -cpu max
exit $status
