#!/bin/bash
# Generated text does not depend on where the program was loaded, and is never changed once it is published.
#
# usage: persist.sh [--guest NAME] [...] FERRY    Prints one line a check and "N passed, N failed".
# Two runs of one dynamic program must generate the same bytes in the same order although address-space layout
# randomisation put its libraries elsewhere; -d cache hashes each unit when it is published and again at the end.
set -u
[ $# -ge 1 ] || { echo "usage: persist.sh [...] FERRY" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/../common.sh"
. "$(dirname "$(readlink -f "$0")")/guests.sh"
guest_set "${GUEST:-aarch64}"
[ "${1-}" != --guest ] || guest_set "$2"
ferry=$(readlink -f "${@: -1}") # what stands before it are run.sh's options
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then pass "$name"; else fail "$name" "not so: $*"; fi
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
    "$ferry" -hot "$hot" -L /usr/$triple -d out_asm,cache -D "$out/log.$1" "$out/p" >"$out/stdout.$1"
}
bytes() {
    sed -n 's/^x86_64 0x[0-9a-f]* //p' "$out/log.$1"
}
units() {
    bytes "$1" | wc -l
}
places() { # N
    grep -a '^OUT at' "$out/log.$1" | sort -u
}
for hot in 1 3 9; do # everything, and what is not left to the interpreter
    run 1
    for n in 2 3 4 5; do
        run $n
        cmp -s <(places 1) <(places $n) || break
    done
    echo "     hot $hot: $(units 1) units, $(bytes 1 | wc -c) hexadecimal digits"
    check "persist/enough code $hot" test "$(units 1)" -gt 150
    check "persist/loaded elsewhere $hot" test "$(comm -12 <(places 1) <(places $n) | wc -l)" -lt "$(units 1)"
    check "persist/same output $hot" cmp "$out/stdout.1" "$out/stdout.$n"
    check "persist/same text $hot" cmp <(bytes 1) <(bytes $n)
    check "persist/text unchanged $hot" grep -aq 'code cache: [1-9][0-9]* units, 0 changed' "$out/log.$n"
done

# Translations kept in a directory: the second run makes none; damaged files and others' directories are not used.
kept() { # NAME OF THE LINE
    sed -n "s/^  $1  *\([0-9]*\)$/\1/p" "$out/log.c"
}
run_kept() {
    "$ferry" -cache-dir "$out/cache" -L /usr/$triple -d stats,cache -D "$out/log.c" "$out/p" >"$out/stdout.c" &&
        cmp -s "$out/stdout.1" "$out/stdout.c"
}
run_kept
first=$(kept units)
check 'persist/written' test "$(find "$out/cache" -type f | wc -l)" -ge 3
check 'persist/read, same output' run_kept
# Code that was interpreted the first time may come to be hot now.
check 'persist/little translated again' test "$(kept units)" -lt $((first / 20 + 4))
check 'persist/private' test "$(stat -c %a "$out/cache")" = 700
for f in "$out"/cache/*; do
    printf '\x5a' | dd of="$f" bs=1 seek=9000 conv=notrunc status=none
done
check 'persist/damaged files, same output' run_kept
check 'persist/damaged files are not used' test "$(kept 'persisted translations read')" = 0
for f in "$out"/cache/*; do
    truncate -s 5000 "$f"
done
check 'persist/truncated files, same output' run_kept
rm -rf "$out/cache"
run_kept
chmod 777 "$out/cache"
check 'persist/directory of others, same output' run_kept
check 'persist/directory of others is not used' test "$(kept 'persisted translations read')" = 0
rm -rf "$out/cache"
for n in 1 2 3 4 5 6; do
    cp "$out/p" "$out/p.$n"
    $triple-objcopy --remove-section=.note.gnu.build-id "$out/p.$n"
    printf '%s' "$n" >>"$out/p.$n"
    "$ferry" -cache-dir "$out/cache" -cache-limit 500K -L /usr/$triple "$out/p.$n" >/dev/null
done
check 'persist/limit kept' test "$(du -sb "$out/cache" | cut -f1)" -lt 520000
check 'persist/limit leaves something' test "$(find "$out/cache" -type f | wc -l)" -ge 1
# Another program under the same name and with the same headers: the code is compared, not the name.
cat >"$out/q.S" <<'S'
.globl _start
_start:
#ifdef __aarch64__
        mov x0, #VALUE
        mov x8, #93
        svc #0
#else
        li a0, VALUE
        li a7, 93
        ecall
#endif
S
for v in 1 2; do
    $triple-gcc -DVALUE=$v -nostdlib -static -Wl,--build-id=0x1234 -o "$out/q" "$out/q.S"
    "$ferry" -cache-dir "$out/cache2" "$out/q"
    check "persist/changed program $v" test $? = $v
done
# Without a directory: a program and those it starts share one memory.
cat >"$out/sh.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char text[40];
    int sum = 0;
    for (int i = 0; i < 300; i++) {
        sum += snprintf(text, sizeof(text), "%d %g", i, i / 3.0);
    }
    for (int i = 0; argc > 1 && i < atoi(argv[1]); i++) {
        pid_t pid = fork();
        if (pid == 0) {
            execl(argv[0], argv[0], NULL);
            _exit(127);
        }
        int status;
        waitpid(pid, &status, 0);
        printf("%d\n", status);
    }
    fflush(stdout);
    if (argc > 2) {
        getchar(); /* so that one can look */
    }
    return sum == 0;
}
C
$triple-gcc -O2 -static -o "$out/sh" "$out/sh.c" || exit 2
"$ferry" -d stats -D "$out/log.s.%d" "$out/sh" 3 >"$out/stdout.s"
check 'persist/shared, output' cmp -s <(printf '0\n0\n0\n') "$out/stdout.s"
read_images() { # which processes read translations that others made
    cat "$out"/log.s.* | grep -c 'persisted translations read *[1-9]'
}
check 'persist/shared with children' test "$(read_images)" -ge 2
# The kernel starts the first one by a registration, and that one the others.
rm "$out"/log.s.*
# shellcheck disable=SC2016
check 'persist/shared with children of one that the kernel started' unshare --user --map-root-user --mount bash -c '"$1-binfmt" install all >/dev/null &&
    FERRY_LOG=stats FERRY_LOG_FILENAME=$2/log.s.%d "$2/sh" 3 >"$2/stdout.s" && test "$(cat "$2"/log.s.* | grep -c "persisted translations read *[1-9]")" -ge 2' - "$ferry" "$out"

# The memory is bounded, and what many processes do alike is in it once.
memory() { # CHILDREN: bytes used, and the most it can be, when so many have ended
    local pid fd
    mkfifo "$out/hold" 2>/dev/null
    "$ferry" "$out/sh" "$1" wait <"$out/hold" >"$out/stdout.s" &
    pid=$!
    exec 5>"$out/hold"
    while [ "$(wc -l <"$out/stdout.s")" -lt "$1" ]; do sleep 0.05; done
    for fd in /proc/$pid/fd/*; do
        [[ $(readlink "$fd") != */memfd:ferry* ]] || stat -L -c '%b %s' "$fd"
    done | { read -r blocks size; echo "$((blocks * 512)) $size"; }
    exec 5>&-
    wait $pid
}
read -r few limit <<<"$(memory 4)"
read -r many limit <<<"$(memory 100)"
echo "     shared memory: $few bytes with 4 processes, $many with 100, at most $limit"
check 'persist/shared memory is used' test "${few:-0}" -gt 20000
check 'persist/shared memory of many processes' test "${many:-99999999}" -lt $((few * 4))
check 'persist/shared memory has a limit' test "${limit:-0}" = $((1 << 30))
finish
