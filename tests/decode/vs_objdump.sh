#!/bin/sh
# Compares the decode tables with GNU objdump, on random words and on the code of ELF files.
# usage: vs_objdump.sh [-g GUEST] [-n WORDS] [-s SEED] [ELF...]     exit 77: no objdump of the guest
# Without -g all guests are compared, and no ELF files.
set -eu

count=300000
first=1
only=
while getopts g:n:s: option; do
    case $option in
    g) only=$OPTARG ;;
    n) count=$OPTARG ;;
    s) first=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

here=$(cd "$(dirname "$0")" && pwd)
. "$here/guests.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
make_decgen "$tmp"
status=0

# The text of a file of instructions.
disassemble() { # FILE
    case $guest in
    aarch64) "$cross-objdump" -D -z -b binary -m aarch64 -M no-aliases "$1" ;;
    riscv64)
        # Extensions are announced by the file, and what is not said to be data is code.
        printf '.attribute arch, "%s"\n.text\n.incbin "%s"\n' \
            rv64gcv_zba_zbb_zbc_zbs_zbkb_zfh_zicbom_zicboz_zihintpause_zawrs "$1" >"$tmp/words.s"
        "$cross-as" -o "$tmp/words.o" "$tmp/words.s"
        "$cross-objcopy" --strip-symbol='$d' --strip-symbol='$x' "$tmp/words.o"
        "$cross-objdump" -D -z -j .text -M no-aliases,numeric "$tmp/words.o"
        ;;
    esac
}

for guest in ${only:-$guests}; do
    cross=$guest-linux-gnu
    if ! command -v "$cross-objdump" >/dev/null; then
        echo "skipped: $cross-objdump is not installed"
        [ $status != 0 ] || status=77
        continue
    fi
    make_decoder $guest "$tmp"
    compile "$tmp/diff" "$here/objdump_diff.c" "$here/text_$guest.c"
    # In steps of a million words, so that the text stays small; each step sees every instruction only
    # if it is large enough.
    words=$count
    seed=$first
    while [ "$words" -gt 0 ]; do
        step=$((words < 1000000 ? words : 1000000))
        mode=check
        [ "$step" -lt 300000 ] || mode=check-all
        "$tmp/diff" gen "$seed" "$step" >"$tmp/words"
        echo "$guest, seed $seed:"
        disassemble "$tmp/words" | "$tmp/diff" "$mode" || status=1
        words=$((words - step))
        seed=$((seed + 1))
    done
    for elf in "$@"; do
        echo "$elf:"
        "$cross-objdump" -d -z -M no-aliases "$elf" | "$tmp/diff" check || status=1
    done
done
exit $status
