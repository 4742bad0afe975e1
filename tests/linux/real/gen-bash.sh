#!/bin/bash
# Writes a bash script of more than 1,000 lines: loops, pipes, traps, here-documents, subshells, arrays, functions.
# Each round of the generator uses other numbers, so no two blocks are alike.
cat <<'HEAD'
set -u
fail() { echo "failed: $*"; exit 1; }
tmp=./bash-work; mkdir -p $tmp
trap 'echo "exit trap $?"; rm -rf $tmp' EXIT
declare -A seen
HEAD
for r in $(seq 1 26); do
    cat <<BLOCK
echo "--- round $r"
sum_$r=0
for i in {1..$((r * 3 + 5))}; do
    (( sum_$r += i * $r ))
    if (( i % 3 == 0 )); then continue; fi
    case \$(( (i + $r) % 4 )) in
        0) seen[zero\$i]=$r ;;
        1|2) seen[few]=\$(( \${seen[few]:-0} + 1 )) ;;
        *) : ;;
    esac
done
echo "sum \$sum_$r, keys \${#seen[@]}, few \${seen[few]}"
f_$r() {
    local n=\$1 x=\${2:-default$r}
    (( n <= 0 )) && { printf '%s' "\$x"; return $((r % 200)); }
    f_$r \$(( n - 1 )) "\$x.$r"
}
out=\$(f_$r $((r % 7)) base); echo "function \$out code \$?"
printf '%s\n' {a..f}$r | tr a-f A-F | sort -r | while read -r w; do
    printf '%s ' "\${w:0:1}-\${w#?}"
done; echo
cat > \$tmp/doc$r <<END
round $r has \$(( $r * $r )) squares
	and a tab, \${out^^}
END
cat <<-'END' >> \$tmp/doc$r
	no \$expansion here \`false\`
	END
while IFS= read -r line; do echo "[\$line]"; done < \$tmp/doc$r
(
    cd \$tmp; x=inner
    trap 'echo "subshell trap $r"' EXIT
    trap 'echo "got USR1 in round $r"' USR1
    kill -USR1 \$BASHPID
    exit $((r * 5 % 256))
)
echo "subshell said \$?"
arr=(\$(seq $r $((r + 2)) $((r * 6)))); arr+=("with space $r")
echo "\${#arr[@]} \${arr[-1]} \${arr[@]:1:2} \${!arr[*]}"
s="The quick brown fox $r"; echo "\${s/quick/slow} \${s//o/0} \${s##* } \${#s} \${s:4:5} \${s%% *} \${s^^}"
[[ \$s =~ ([a-z]+)\ fox\ ([0-9]+) ]] && echo "matched \${BASH_REMATCH[1]} \${BASH_REMATCH[2]}"
n=$r; until (( n > $((r * r + 2)) )); do (( n = n * 2 + 1 )); done; echo "n \$n \$(( n ** 2 % 97 )) \$(( n >> 2 ^ 0x5a ))"
diff <(seq 1 $r) <(seq 1 $((r + 1))) | tail -n 1
true | false | true; echo "pipe \${PIPESTATUS[*]}"
( set -e; false; echo unreachable ); echo "set -e gave \$?"
{ echo to stderr $r >&2; echo to stdout $r; } 2>&1 | sed 's/^/  /'
sleep 0.0$((r % 3)) & pid=\$!; wait \$pid; echo "background \$?"
coproc { read -r q; echo "reply \$q $r"; }; echo "question" >&\${COPROC[1]}; read -r a <&\${COPROC[0]}; echo "\$a"; wait \$COPROC_PID 2>/dev/null
read -r h _ < <(printf '%s\n' "$r$r$r" | md5sum); echo "md5 \$h"
printf -v padded '%05d|%-8s|%x' $r "v$r" $((r * 255)); echo "\$padded"
exec 5> \$tmp/fd$r; echo "through five $r" >&5; exec 5>&-; cat \$tmp/fd$r
BLOCK
done
echo 'mapfile -t lines < <(seq 1 100); echo "${#lines[@]} ${lines[99]}"'
echo 'exit 7'
