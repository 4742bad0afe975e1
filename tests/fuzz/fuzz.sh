#!/bin/sh
# Compares two emulators on random instructions.
#
#   fuzz.sh GUEST [--count N] [--seed S] [--class C] [--len N] [--repeat N] [--show N] [EMU_A EMU_B]
#
# GUEST is aarch64 or riscv64. EMU_A and EMU_B are commands, quoted if they have arguments
# ("qemu-aarch64 -cpu max"); the default is ferry and qemu.
# --count   instructions to run, about (default 1000000), over all classes unless one is named
# --class   one of those in GUEST/tools.sh, or all (default)
# --len     longest block (default 16); --repeat: states a block runs with (default 2)
# --show    how many differing blocks a class are explained (default 10)
# A difference is reduced to the first word behind which the states differ, and shown with both states.
# Last line: instructions run and differences; status 1 if there is any.
here=$(cd "$(dirname "$0")" && pwd)
guest_name=$1
[ -f "$here/$guest_name/tools.sh" ] || { sed -n '2,14p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
shift
. "$here/../insn/$guest_name/tools.sh"
. "$here/$guest_name/tools.sh"
count=1000000 seed=1 class=all len=16 repeat=2 show=10
while :; do
    case $1 in
    --count) count=$2; shift 2 ;;
    --seed) seed=$2; shift 2 ;;
    --class) class=$2; shift 2 ;;
    --len) len=$2; shift 2 ;;
    --repeat) repeat=$2; shift 2 ;;
    --show) show=$2; shift 2 ;;
    *) break ;;
    esac
done
[ $# -ne 0 ] || set -- "$emu_a_default" "$emu_b_default"
[ $# -eq 2 ] || { sed -n '2,14p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
case " all $classes " in
*" $class"[\ :]*) ;;
*) echo "fuzz.sh: unknown class $class" >&2; exit 2 ;;
esac
emu_a=$1 emu_b=$2
# A block runs so seldom that ferry would interpret what it can of it: FERRY_HOT=128 does just that.
export FERRY_HOT="${FERRY_HOT-1}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$here/build.sh" "$guest_name" "$tmp" || exit 2
guest=$tmp/fuzz_guest

# run_stream EMU OUT FIRST COUNT CLASS: hashes of the blocks, restarting behind a block that ends the
# emulator; such a block gets a hash that matches nothing.
run_stream() {
    emu=$1 out=$2 first=$3 left=$4
    : > "$out"
    while [ "$left" -gt 0 ]; do
        timeout 600 $emu "$guest" run "$seed" "$first" "$left" "$5" "$len" "$repeat" > "$out.part" 2> "$out.err"
        status=$?
        got=$(($(stat -c %s "$out.part") / 8))
        if [ $status -eq 0 ] && [ $got -eq "$left" ]; then
            cat "$out.part" >> "$out"
            awk '/^instructions/ { print $2 }' "$out.err" >> "$out.n"
            return
        fi
        head -c $((got * 8)) "$out.part" >> "$out"
        first=$((first + got)) left=$((left - got))
        # Hashes come 256 at a time: run the next ones again, unbuffered, to find the block itself.
        try=$((left < 256 ? left : 256))
        timeout 60 $emu "$guest" run "$seed" "$first" $try "$5" "$len" "$repeat" > "$out.part" 2> "$out.err"
        status=$?
        got=$(($(stat -c %s "$out.part") / 8))
        head -c $((got * 8)) "$out.part" >> "$out"
        first=$((first + got)) left=$((left - got))
        [ $got -lt $try ] || continue
        echo "block $first of class $5 ends $emu (status $status): $(tail -n 1 "$out.err")" >> "$out.crash"
        printf 'lost  %s' "${out##*/}" >> "$out" # 8 bytes
        first=$((first + 1)) left=$((left - 1))
        if [ "$(wc -l < "$out.crash")" -ge 50 ]; then
            echo "$emu: 50 blocks ended it; giving up on class $5" >> "$out.crash"
            return
        fi
    done
}

show_block() { # EMU BLOCK PREFIX CLASS
    timeout 60 $1 "$guest" show "$seed" "$2" "$3" "$4" "$len" "$repeat" 2>&1
}

# Finds the shortest prefix of the block that still differs and prints it.
explain() {
    n=$(show_block "$emu_b" "$1" 0 "$2" | awk '/^length/ { print $2 }')
    k=1
    while [ "$k" -le "${n:-0}" ]; do
        show_block "$emu_a" "$1" "$k" "$2" > "$tmp/a"
        show_block "$emu_b" "$1" "$k" "$2" > "$tmp/b"
        cmp -s "$tmp/a" "$tmp/b" || break
        k=$((k + 1))
    done
    echo "=== class $2 seed $seed block $1 len $len repeat $repeat: first difference behind word $((k - 1))"
    if [ "$k" -gt "${n:-0}" ]; then
        echo "    (alone, the block gives the same states on both)"
        return
    fi
    awk -v k="$k" '/^word/ && $2 < k { print "    " $0 } /^run/ { exit }' "$tmp/b"
    word=$(awk -v k="$k" '/^word/ && $2 == k - 1 { print $3; exit }' "$tmp/b")
    if command -v "${assembler%as}objdump" >/dev/null; then
        { printf '%s\n' "$prologue"; inst_directive "$word"; } | $assembler -o "$tmp/w.o" - &&
            "${assembler%as}objdump" -d "$tmp/w.o" | sed -n 's/^ *0:\t/    /p'
    fi
    # Lines differ only in values: print differing registers with the state before the block.
    awk -v A="${emu_a%% *}" -v B="${emu_b%% *}" '
        FNR == 1 { file++; run = when = "" }
        /^run/ { run = $2 }
        /^(before|after)$/ { when = $1; next }
        when == "before" && file == 2 { old[run, $1] = $2 }
        file == 1 { one[run, when, $1] = $2; next }
        /^[a-z]/ && NF == 2 && one[run, when, $1] != $2 && when == "after" {
            printf "    run %s %-6s before %-32s\n        %s: %s\n        %s: %s\n", run, $1, \
                old[run, $1], A, one[run, when, $1], B, $2
        }' "$tmp/a" "$tmp/b"
    echo "    operands before the last word (all registers: fuzz_guest show $seed $1 $((k - 1)) $2 $len $repeat):"
    show_block "$emu_b" "$1" "$((k - 1))" "$2" | awk -v w="$word" -v fields="$register_fields" -v special="^($special_registers) " '
        function reg(shift,   v) { v = int(n / 2 ^ shift) % 32; return v }
        BEGIN { n = 0; for (i = 1; i <= length(w); i++) n = n * 16 + index("0123456789abcdef", substr(w, i, 1)) - 1
                k = split(fields, f, " "); for (i = 1; i <= k; i++) want[reg(f[i])] }
        /^run/ { run = $2; when = "" }
        /^(before|after)$/ { when = $1 }
        when == "after" && ($0 ~ special ||
            (/^[xfv][0-9]+ / && (substr($1, 2) + 0) in want)) { printf "    run %s %s = %s\n", run, $1, $2 }'
}

one_class() {
    blocks=$(($2 * 2 / repeat / (len + 1) + 1))
    [ "$1" = undef ] && blocks=$(($2 / repeat + 1))
    rm -f "$tmp"/ha* "$tmp"/hb*
    run_stream "$emu_a" "$tmp/ha" 0 $blocks "$1" &
    run_stream "$emu_b" "$tmp/hb" 0 $blocks "$1"
    wait $!
    cat "$tmp"/h[ab].crash 2>/dev/null
    ran=$(awk '{ n += $1 } END { print n + 0 }' "$tmp/hb.n" 2>/dev/null || echo 0)
    cmp -l "$tmp/ha" "$tmp/hb" 2>/dev/null | awk '{ print int(($1 - 1) / 8) }' | uniq > "$tmp/differ"
    different=$(wc -l < "$tmp/differ")
    missing=$((blocks - $(stat -c %s "$tmp/ha") / 8))
    head -n "$show" "$tmp/differ" | while read -r block; do
        explain "$block" "$1"
    done
    echo "class $1: $blocks blocks, ${ran:-0} instructions, $different blocks differ, $missing not run"
    total_ran=$((total_ran + ${ran:-0}))
    total_diff=$((total_diff + different + missing))
}

total_ran=0 total_diff=0
if [ "$class" = all ]; then
    for share in $classes; do
        one_class "${share%:*}" $((count / 100 * ${share#*:}))
    done
else
    one_class "$class" "$count"
fi
echo "$total_ran instructions run, $total_diff differences"
[ "$total_diff" -eq 0 ] && [ "$total_ran" -gt 0 ]
