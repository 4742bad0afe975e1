#!/bin/sh
# The instruction rows without a guest program, for `make check`: by the IR interpreter, compiled with
# all features of this CPU, and compiled for the oldest x86_64.
here=$(cd "$(dirname "$0")" && pwd)
status=0
try() { # PROGRAM GUEST
    test=${BUILDDIR:-.}/tests/insn/$1
    for option in '' '-x 0xffffffff' '-x 0'; do
        "$test" $option "$here/$2"/*.rows || status=1
    done
}
try insn_test aarch64
try insn_test_rv64 riscv64
exit $status
