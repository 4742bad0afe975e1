#!/bin/bash
# What translation costs as code grows: time per instruction that stays, memory per instruction, and the limit of the cache.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

fresh_dir growth
gcc -O2 -static -w "$here/../bench/measure.c" -o measure &&
    $triple-gcc -O2 -w -static '-DCOUNT="16384"' "$here/growth.c" -o growth || { fail growth "does not compile"; finish; }

# Sets cpu (ms, the least of 3 runs), peak (KiB).
run() { # MIB TIMES OPTION...
    local line
    line=$(timeout -k 5 "$T" ./measure -n 3 -o got "${emu[@]}" "${@:3}" ./growth "$1" "$2") || { fail "growth/$*" "does not run"; finish; }
    read -r cpu _ _ _ peak <<<"$line"
}
check() { # NAME VALUE LIMIT UNIT
    if (($2 <= $3)); then pass "growth/$1 ($2 $4, at most $3)"; else fail "growth/$1" "$2 $4, more than $3"; fi
}
per_insn() { # MIB: ns of CPU for an instruction of so much code
    bc <<<"$cpu * 1000000 / ($1 * 262144) / 1"
}

run 8 1 -tier 1
tier1=${cpu%.*} all=$(cat got)
run 8 1
check 'code run once, in percent of tier 1 alone' $((${cpu%.*} * 100 / tier1)) 105 %
[ "$(cat got)" = "$all" ] || fail growth/result "$(cat got) instead of $all"

run 2 1 -tier 1
small=$(per_insn 2)
run 24 1 -tier 1
large=$(per_insn 24)
check 'time per instruction, 24 MiB of code against 2' $((large * 100 / small)) 170 %

few=$peak
run 2 1 -tier 1
check 'memory per instruction' $(((few - peak - 22 * 1024) * 1024 / (22 * 262144))) 32 bytes

run 8 4 -tb-cache-size 1M
few=$peak
run 24 4 -tb-cache-size 1M
check 'memory over a full cache' $((peak - few - 16 * 1024)) 4096 KiB
finish
