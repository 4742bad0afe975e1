#!/bin/bash
# ferry for aarch64 hosts, which runs here as a guest: the rows of both guests, and programs of riscv64 under it.
#
# usage: host.sh [--guest NAME] [--only REGEX] EMULATOR [ARG...]   EMULATOR runs aarch64 programs; --guest does not matter
# Built by scripts/cross in $HOST_BUILD, or in a directory that is kept.
here=$(dirname "$(readlink -f "$0")")
group=host
. "$here/../common.sh"
only=.
while [ $# -gt 0 ]; do
    case $1 in
    --guest) shift ;;
    --chroot | --binfmt) ;; # for other parts
    --only) only=$2; shift ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || { sed -n '4s/^# //p' "$0" >&2; exit 2; }
work=${BUILD:-/tmp/ferry-tests.$(id -u)/host}
mkdir -p "$work"
build=${HOST_BUILD:-$work/aarch64}
"$here/../../scripts/cross" "$build" tests/insn/insn_test tests/insn/insn_test_rv64 >"$work/out" 2>&1
case $? in
0) pass build ;;
77) skip build "$(tail -n 1 "$work/out")"; echo '0 passed, 0 failed'; exit 77 ;;
*) fail build 'scripts/cross failed' "$work/out"; finish ;;
esac
tested=("$@" "$build/ferry")

# counts NAME COMMAND...: it ends with "N passed, M failed"
counts() {
    local name=$1 line
    shift
    [[ $group/$name =~ $only ]] || return 0
    "$@" >"$work/out" 2>&1
    line=$(tail -n 1 "$work/out")
    if [[ $line =~ ^[1-9][0-9]*\ passed,\ 0\ failed$ ]]; then
        pass "$name: $line"
    else
        grep -v '^ok ' "$work/out" >"$work/bad"
        fail "$name" "$line" "$work/bad"
    fi
}
for how in '' '-x 0'; do # the interpreter of IR, and compiled
    # shellcheck disable=SC2086 # words
    counts "rows of aarch64 in one process $how" "$@" -L "$build/sysroot" "$build/tests/insn/insn_test" $how "$here"/../insn/aarch64/*.rows
    # shellcheck disable=SC2086
    counts "rows of riscv64 in one process $how" "$@" -L "$build/sysroot" "$build/tests/insn/insn_test_rv64" $how "$here"/../insn/riscv64/*.rows
done
for hot in 1 128; do # of the one that is tested
    counts "rows, -hot $hot" "$here/../insn/run.sh" riscv64 "${tested[@]}" -hot $hot
done
export BUILD=$work/riscv64
counts programs "$here/progs.sh" --guest riscv64 "${tested[@]}"

# The kernel starts the tested ferry as the interpreter of riscv64 programs, and for that the emulator. It does so for entries
# without flag O only, as one program at a time is handed over open.
by_kernel() { # AARCH64_EMULATOR RISCV64_EMULATOR PROGRAM
    # shellcheck disable=SC2016 # expanded inside
    unshare --user --map-root-user --mount --propagation private bash -c '
        misc=/proc/sys/fs/binfmt_misc
        mount -t binfmt_misc binfmt_misc $misc || exit 77
        register() { # MACHINE INTERPRETER
            printf %s ":$1:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x$1\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$2:F" >$misc/register
        }
        register b7 "$1" && register f3 "$2" && "$3" && sh -c "$3"' - "$@" >"$work/out" 2>&1
}
if [ $# = 1 ] && [[ $group/kernel =~ $only ]]; then
    echo 'int puts(const char *); int main(void) { return puts("riscv64") < 0; }' |
        riscv64-linux-gnu-gcc -static -x c - -o "$work/by-kernel" || exit 2
    by_kernel "$(readlink -f "$(command -v "$1")")" "$build/ferry" "$work/by-kernel"
    case $?:$(sort -u "$work/out") in
    0:riscv64) pass 'started by the kernel' ;;
    77:*) skip 'started by the kernel' 'no binfmt_misc of our own (kernel 6.7 or newer)' ;;
    *) fail 'started by the kernel' 'not so' "$work/out" ;;
    esac
fi
finish
