#!/bin/bash
# A program that dies of a fault: nothing is said unless asked, and -d crash says where it was and what it did.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

out=$BUILD/crash
mkdir -p "$out"
cat >"$out/crash.c" <<'END'
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    open("/nonexistent/file", O_RDONLY);
    if (argc > 1 && !strcmp(argv[1], "ill")) {
        __asm__ volatile(".word 0x04000000"); /* of an extension that is not there */
    }
    if (argc > 1 && !strcmp(argv[1], "abort")) {
        abort();
    }
    *(volatile int *)0x10 = 1;
}
END
[ "$guest" = aarch64 ] || sed -i 's/0x04000000/0xffffffff/' "$out/crash.c"
$triple-gcc -w -static "$out/crash.c" -o "$out/crash" || { fail crash "does not compile"; finish; }

check() { # NAME WANT_CODE WANT_STDERR(regular expressions, each must match)...
    local name=$1 want=$2 re
    shift 2
    if [ "$code" != "$want" ]; then
        fail "crash/$name" "exit $code, expected $want" "$BUILD/err"
        return
    fi
    for re; do
        grep -qE -- "$re" "$BUILD/err" || { fail "crash/$name" "no line matches $re" "$BUILD/err"; return; }
    done
    pass "crash/$name"
}

run() { # ARG...
    guest "$out/crash" "$@" >/dev/null 2>"$BUILD/err"
    code=$?
    sed -i '/lib\.sh: line/d' "$BUILD/err" # what the shell says of it
}

fresh_dir crash
run segv
[ ! -s "$BUILD/err" ] && check "nothing is said" 139 || fail "crash/nothing is said" "it was" "$BUILD/err"
guest_env+=(FERRY_LOG=crash)
run segv
check segv 139 "died of SIGSEGV, code 1, address 0x10; process [0-9]+, thread [0-9]+\$" '^  pc 0x[0-9a-f]+ = /.*/crash\+0x[0-9a-f]+$' \
    '^  instruction +[0-9a-f]+ ' '^    [0-9]+ openat\(.*\) = -2$' '^pc  '
run ill
check ill 132 'died of SIGILL, code 1' '^  instruction +[0-9a-f]+ .*undefined: not one of the processor'
run abort
check abort 134
finish
