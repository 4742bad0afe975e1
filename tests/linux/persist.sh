#!/bin/bash
# Generated text does not depend on where the program was loaded, and is never changed once it is published.
#
# usage: persist.sh [--guest NAME] [...] FERRY    Prints one line a check and "N passed, N failed".
# Two runs of one dynamic program must generate the same bytes in the same order although address-space layout
# randomisation put its libraries elsewhere; -d cache hashes each unit when it is published and again at the end.
set -u
. "$(dirname "$(readlink -f "$0")")/guests.sh"
guest_set "${GUEST:-aarch64}"
[ "${1-}" != --guest ] || guest_set "$2"
ferry=$(readlink -f "${@: -1}") # what stands before it are run.sh's options
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0 failed=0
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "ok   $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        failed=$((failed + 1))
    fi
}
cat >"$out/p.c" <<'C'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
static int less(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(void)
{
    int v[100];
    double s = 0;
    for (int i = 0; i < 100; i++) {
        v[i] = i * 7919 % 101;
    }
    qsort(v, 100, sizeof(*v), less);
    for (int i = 0; i < 100; i++) {
        s += sin(v[i]) * v[i];
    }
    printf("%d %.17g\n", v[50], s);
    return 0;
}
C
$triple-gcc -O2 -o "$out/p" "$out/p.c" -lm || exit 2
run() { # N
    "$ferry" -L /usr/$triple -d out_asm,cache -D "$out/log.$1" "$out/p" >"$out/stdout.$1"
}
run 1
for n in 2 3 4 5; do
    run $n
    cmp -s <(grep -a '^OUT at' "$out/log.1") <(grep -a '^OUT at' "$out/log.$n") || break
done
bytes() {
    sed -n 's/^x86_64 0x[0-9a-f]* //p' "$out/log.$1"
}
units() {
    bytes "$1" | wc -l
}
echo "     $(units 1) units, $(bytes 1 | wc -c) hexadecimal digits"
check 'persist/enough code' test "$(units 1)" -gt 300
check 'persist/loaded elsewhere' test "$(grep -a '^OUT at' "$out/log.1" | sort -u | comm -12 - <(grep -a '^OUT at' "$out/log.$n" | sort -u) | wc -l)" -lt "$(units 1)"
check 'persist/same output' cmp "$out/stdout.1" "$out/stdout.$n"
check 'persist/same text' cmp <(bytes 1) <(bytes $n)
check 'persist/text unchanged' grep -aq 'code cache: [1-9][0-9]* units, 0 changed' "$out/log.$n"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
