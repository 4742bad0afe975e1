#!/bin/bash
# Runs everything a guest program must show: cross-compiled programs, Debian's programs, python's own tests, bad input.
#
# usage: run.sh [--chroot] [--binfmt] [--only REGEX] [--skip PART,...] EMULATOR [ARG...]
#   parts: progs real python-tests alone bad-input persist
# Prints one line a test and, at the end, "N passed, N failed". Options as in lib.sh.
here=$(dirname "$(readlink -f "$0")")
skip=, args=()
while [ $# -gt 0 ]; do
    case $1 in
    --skip) skip=,$2,; shift ;;
    *) args+=("$1") ;;
    esac
    shift
done
for tool in gcc aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ mmdebstrap bc perl python3 sqlite3 git; do
    command -v $tool >/dev/null || { echo "run.sh: $tool is missing; docs/TESTING names the packages" >&2; exit 2; }
done
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for part in progs real python-tests alone bad-input persist; do
    [[ $skip == *,$part,* ]] && continue
    "$here/$part.sh" "${args[@]}" | tee "$log"
    last=$(tail -n 1 "$log")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        echo "FAIL $part: ended without a result"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
