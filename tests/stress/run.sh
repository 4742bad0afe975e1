#!/bin/bash
# Runs each stress program N times under an emulator: forks from threads, a storm of signals, ldconfig. No crash, no hang.
# Then the programs of tests/linux once in each of ferry's extreme settings.
#
# usage: run.sh [--guest NAME] [--only REGEX] EMULATOR [N] [-- EMULATOR-OPTION...]        (N: 200)
# ldconfig runs in a copy of the sysroot's directories and must write the same cache every time.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/../linux/guests.sh"
guest_set "${GUEST:-aarch64}"
only=.
while :; do
    case ${1-} in
    --guest) guest_set "$2" ;;
    --only) only=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# -ge 1 ] || { echo "usage: run.sh [--guest NAME] [--only REGEX] EMULATOR [N] [-- EMULATOR-OPTION...]" >&2; exit 2; }
emu=$(command -v "$1") || { echo "run.sh: no emulator $1" >&2; exit 2; }
emu=$(readlink -f "$emu")
n=${2:-200}
[ "${3-}" != -- ] || { shift 3; options=("$@"); }
emu=("$emu" ${options+"${options[@]}"})
out=${BUILD:-/tmp/ferry-tests.$(id -u)/$guest}/stress
mkdir -p "$out"
sysroot=$("$here/../linux/sysroot.sh" $deb_arch $suite) || exit 2
passed=0 failed=0

for p in forkthreads sigstorm; do
    [ "$out/$p" -nt "$here/$p.c" ] || $triple-gcc -O2 -w -static -pthread "$here/$p.c" -o "$out/$p" -lm || exit 2
done

loop() { # NAME SECONDS WANTED-OUTPUT COMMAND...
    local name=$1 limit=$2 want=$3 bad=0 code i t0=$SECONDS
    shift 3
    [[ $name =~ $only ]] || return 0
    for ((i = 1; i <= n; i++)); do
        { timeout -k 2 "$limit" "$@" >"$out/got" 2>"$out/err" </dev/null; } 2>/dev/null
        code=$?
        if [ $code != 0 ] || [ "$(cat "$out/got")" != "$want" ]; then
            bad=$((bad + 1))
            [ $bad -gt 3 ] || echo "     $name run $i: exit $code: $(head -c 300 "$out/got" "$out/err" | tr '\n' ' ')"
            # A defect that shows every time needs no 200 runs.
            [ $bad -lt 10 ] || break
        fi
    done
    if [ $bad = 0 ]; then
        passed=$((passed + 1))
        echo "ok   stress/$name: $n runs, $((SECONDS - t0)) s"
    else
        failed=$((failed + 1))
        echo "FAIL stress/$name: $bad of $((i > n ? n : i)) runs"
    fi
}

loop forkthreads 60 "reaped 75 wrong 0" "${emu[@]}" "$out/forkthreads"
loop sigstorm 60 "bad checksums 0, ticks some, pokes some" "${emu[@]}" "$out/sigstorm"

# ldconfig: -C and -f name files outside the sysroot's own; the sum shows that the cache is complete each time.
ldconfig=$sysroot/sbin/ldconfig
[ -x "$ldconfig" ] || ldconfig=$sysroot/sbin/ldconfig.real
printf '%s\n' "$sysroot/usr/lib/$triple" "$sysroot/lib/$triple" >"$out/ld.so.conf"
once() {
    rm -f "$out/cache"
    "$@" -X -f "$out/ld.so.conf" -C "$out/cache" >/dev/null 2>"$out/ldconfig.err" || return
    # What the cache names must be libraries of the sysroot: libc is among them.
    strings -n 6 "$out/cache" 2>/dev/null | grep -c '\.so' >"$out/names" || grep -ac 'so' "$out/cache" >"$out/names"
    [ "$(cat "$out/names")" -gt 20 ] && md5sum <"$out/cache"
}
export -f once
export out
want=$(bash -c 'once "$@"' once "${emu[@]}" "$ldconfig") || {
    echo "FAIL stress/ldconfig: the first run failed: $(head -n 3 "$out/ldconfig.err" | tr '\n' ' ')"
    failed=$((failed + 1))
    want=
}
[ -z "$want" ] || loop ldconfig 60 "$want" bash -c 'once "$@"' once "${emu[@]}" "$ldconfig"

# Extreme settings: everything that is rare is made common, and every program must still print the same.
for setting in "FERRY_TB_CACHE_SIZE=64K" "FERRY_ONE_INSN_PER_TB=1" "FERRY_TB_CACHE_SIZE=64K FERRY_ONE_INSN_PER_TB=1" "FERRY_HOST=sse4.1"; do
    name="programs with $setting"
    [[ $name =~ $only ]] || continue
    EMU_ENV=$setting BUILD=$out "$here/../linux/progs.sh" "${emu[@]}" >"$out/progs.log" 2>&1
    last=$(tail -n 1 "$out/progs.log")
    if [[ $last == *" passed, 0 failed" ]]; then
        passed=$((passed + 1))
        echo "ok   stress/$name: $last"
    else
        failed=$((failed + 1))
        grep -A4 '^FAIL' "$out/progs.log" | head -n 40
        echo "FAIL stress/$name: $last"
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
