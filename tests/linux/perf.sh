#!/bin/bash
# -perfmap and -jitdump: the files they write name the guest's functions, and perf(1) reads them.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

fresh_dir perf
cat >perf.c <<'END'
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) static unsigned hot_parent(unsigned n)
{
    unsigned s = 1;
    for (unsigned i = 0; i < n; i++) {
        s = s * 69069 + i;
        __asm__ volatile("" : "+r"(s));
    }
    return s;
}
__attribute__((noinline)) static unsigned hot_child(unsigned n)
{
    unsigned s = 7;
    for (unsigned i = 0; i < n; i++) {
        s ^= s << 5 ^ i;
        __asm__ volatile("" : "+r"(s));
    }
    return s;
}
int main(void)
{
    int pid = fork();
    if (pid == 0) {
        _exit(hot_child(20000000) == 1);
    }
    printf("%d %d %u\n", (int)getpid(), pid, hot_parent(60000000));
    wait(NULL);
}
END
$triple-gcc -O1 -w -static perf.c -o "$work/perf-static" && $triple-gcc -O1 -w perf.c -s -o "$work/perf-stripped" ||
    { fail perf "does not compile"; finish; }

check() { # NAME COMMAND...
    if "${@:2}" >"$BUILD/got" 2>"$BUILD/err"; then pass "perf/$1"; else fail "perf/$1" "not so" "$BUILD/err"; fi
}

map_of() { # PID
    echo "/tmp/perf-$1.map"
}
named() { # FILE NAME
    grep -aqE "^[0-9a-f]+ [0-9a-f]+ $2\$" "$1" || { head -n 5 "$1" >&2; return 1; }
}
# Texts do not overlap: each begins behind the one before, in the order of their addresses.
apart() { # FILE
    local end=0 at len n=0
    while read -r at len _; do
        ((16#$len > 0 && 16#$at >= end && ++n)) || { printf '%s %s begins before %x\n' "$at" "$len" $end >&2; return 1; }
        end=$((16#$at + 16#$len))
    done < <(awk '{ printf "%16s %s\n", $1, $2 }' "$1" | LC_ALL=C sort)
    [ $n -gt 20 ]
}

guest_env+=(FERRY_PERFMAP=1)
guest "$work/perf-static" >out 2>"$BUILD/err"
read -r parent child _ <out || fail perf "the program failed" "$BUILD/err"
check 'map: a function by its name' named "$(map_of "$parent")" 'hot_parent \[perf-static\]'
check 'map: tier 2' named "$(map_of "$parent")" 'hot_parent \[perf-static\] \(tier 2\)'
check 'map: the child has its own' named "$(map_of "$child")" 'hot_child \[perf-static\]'
check 'map: of what it has from its parent, too' named "$(map_of "$child")" 'main \[perf-static\]'
check 'map: texts do not overlap' apart "$(map_of "$parent")"
rm -f "$(map_of "$parent")" "$(map_of "$child")"

guest "$work/perf-stripped" >out 2>"$BUILD/err"
read -r parent child _ <out
check 'map: a stripped file by offsets' named "$(map_of "$parent")" 'perf-stripped\+0x[0-9a-f]+'
check 'map: a library by its exported names' named "$(map_of "$parent")" '.*printf.* \[libc\.so\.6\]'
rm -f "$(map_of "$parent")" "$(map_of "$child")"

guest_env+=(FERRY_PERFMAP=0 FERRY_JITDUMP=1)
if command -v perf >/dev/null && perf record -q -e cpu-clock -o probe.data true 2>/dev/null; then
    guest() { # as in lib.sh, under perf
        timeout -k 5 "$T" "${guest_env[@]}" "$(command -v perf)" record -q -e cpu-clock -k 1 -o perf.data "${emu[@]}" -L "$sysroot" "$@"
    }
    guest "$work/perf-static" >out 2>"$BUILD/err"
    read -r parent child _ <out
    reads_dump() {
        perf --buildid-dir "$PWD/debug" inject --jit -i perf.data -o jit.data &&
            perf --buildid-dir "$PWD/debug" report -i jit.data --stdio -s sym >report && grep -q '[1-9][0-9.]*% .*hot_parent .*tier 2' report &&
            grep -q 'hot_child' report || { head -n 30 report >&2; return 1; }
    }
    check 'jitdump: perf inject and report' reads_dump
    rm -f jit-*.dump
else
    echo 'perf.sh: no perf that may record: jitdump is not tried (package linux-perf)' >&2
fi
finish
