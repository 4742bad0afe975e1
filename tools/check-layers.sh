#!/bin/sh
# Checks that a folder of src/ includes only itself and lower layers, that only public headers are used
# across folders, and that every C file is in Makefile.am. Silent when all is well.
set -eu
cd "${SRCDIR:-$(dirname "$0")/..}"

# Lowest layer first; folders on one line do not include each other. DESIGN.md has loader and syscall, and
# thread and signal, side by side; here the second may use the first.
layers='base
start ir binfmt
opt regalloc mem
frontend backend
exec
thread
signal
loader
syscall
debug system
cli'

# Headers that are public although they are not named after their folder.
public='ir/ops.def ir/fpctl.h frontend/guest.h backend/host.h mem/access.h signal/abi.h ir/cpu.h frontend/aarch64/a64_state.h frontend/riscv64/rv64_state.h'

# Includes that break the order and are agreed: "file header".
exceptions='src/thread/clone.c signal/abi.h'

fail=0
complain() {
    echo "$1" >&2
    fail=1
}

rank_of() {
    echo "$layers" | awk -v d="$1" '{ for (i = 1; i <= NF; i++) if ($i == d) print NR }'
}

check_include() { # file, its folder, header
    file=$1 from=$2 header=$3
    to=${header%%/*}
    case " $exceptions " in *" $file $header "*) return ;; esac
    [ "$to" != "$from" ] || return 0
    rank=$(rank_of "$to")
    if [ -z "$rank" ]; then
        complain "$file: includes \"$header\": no such layer"
        return
    fi
    if [ "$from" != top ] && [ "$rank" -ge "$(rank_of "$from")" ]; then
        complain "$file: includes \"$header\": $from/ may not use $to/"
    fi
    # base is used everywhere, piece by piece.
    [ "$to" != base ] || return 0
    case " $public " in *" $header "*) return ;; esac
    [ "$header" = "$to/$to.h" ] ||
        complain "$file: includes \"$header\": only $to/$to.h is public"
}

for file in $(find src -name '*.[chS]' | sort); do
    folder=${file#src/}
    case $folder in
    */*) folder=${folder%%/*} ;;
    *) folder=top ;;
    esac
    [ "$folder" = top ] || [ -n "$(rank_of "$folder")" ] || complain "$file: $folder is no layer"
    for header in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file"); do
        case $header in
        */*) check_include "$file" "$folder" "$header" ;;
        *) [ "$folder" = top ] || complain "$file: includes \"$header\": write it from src/, as in \"base/types.h\"" ;;
        esac
    done
    case $file in
    *.c | *.S) grep -q "^[	 ]*$file\( \|\\\\\|$\)\|= $file" Makefile.am || complain "$file: not in Makefile.am" ;;
    esac
    lines=$(wc -l <"$file")
    [ "$lines" -le 1000 ] || complain "$file: $lines lines; 1000 is the limit"
done
exit $fail
