#!/bin/bash
# Runs everything a guest program must show: cross-compiled programs, Debian's programs, python's own tests, bad input.
#
# usage: run.sh [--guest NAME] [--chroot] [--binfmt] [--only REGEX] [--skip PART,...] EMULATOR [ARG...]
#   --guest: aarch64 or riscv64; without it aarch64 whole, then the quick parts for riscv64
#   parts: progs real python-tests alone bad-input persist crash hang perf cpu growth languages exec-modes binfmt host
# Prints one line a test and, at the end, "N passed, N failed". Options as in lib.sh.
here=$(dirname "$(readlink -f "$0")")
. "$here/guests.sh"
skip=, args=() guests=(aarch64 riscv64)
while [ $# -gt 0 ]; do
    case $1 in
    --guest) guests=("$2"); shift ;;
    --skip) skip=,$2,; shift ;;
    *) args+=("$1") ;;
    esac
    shift
done
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_part() { # GUEST PART
    "$here/$2.sh" --guest "$1" "${args[@]}" | tee "$log"
    local last
    last=$(tail -n 1 "$log")
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        echo "FAIL $2: ended without a result"
        failed=$((failed + 1))
    fi
}
for guest in "${guests[@]}"; do
    guest_set "$guest"
    for tool in gcc $triple-gcc $triple-g++ mmdebstrap bc perl python3 sqlite3 git; do
        command -v $tool >/dev/null || { echo "run.sh: $tool is missing; docs/TESTING names the packages" >&2; exit 2; }
    done
    echo "     --- $guest"
    for part in progs real python-tests alone bad-input persist crash hang perf cpu growth languages exec-modes; do
        [[ $skip == *,$part,* ]] && continue
        [[ $guest = riscv64 && $part = cpu ]] && continue # its models are rows of tests/insn
        [[ ${#guests[@]} -gt 1 && $guest = riscv64 && $part != progs && $part != alone && $part != persist && $part != exec-modes && $part != crash && $part != hang && $part != perf ]] && continue
        run_part $guest $part
    done
done
[[ $skip == *,binfmt,* ]] || run_part "${guests[0]}" binfmt
[[ $skip == *,host,* ]] || run_part "${guests[0]}" host
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
