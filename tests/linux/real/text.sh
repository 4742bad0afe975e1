#!/bin/sh
# grep, sed, mawk and gawk on generated text.
set -u
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "%05d %s user%d@host%d.example %d.%d.%d.%d /path/%x/file.%s\n", i, (i % 7 ? "INFO" : "ERROR"), i % 31, i % 5, i % 256, i * 7 % 256, i * 13 % 256, i % 3, i * 2654435761 % 65536, (i % 3 ? "txt" : "log") }' >log
wc log; md5sum log
grep -c ERROR log; grep -E '^0+[0-9]7 ' log | head -3; grep -P '(?<=user)7(?=@)' log | wc -l; grep -oE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+' log | sort -u | wc -l
grep -n -m 2 -A 1 -B 1 'host4' log; grep -vE 'INFO|ERROR' log | wc -l; grep -F -f <(seq 100 7 200) log | wc -l; grep -i 'eRRoR.*LOG$' log | tail -1; grep -w user3 log | wc -l; grep -q nothing log; echo $?
grep -E '(a|b)*c|(txt|log)$' log | wc -l; grep -E '([0-9])\1\1' log | wc -l; printf 'áéí\nabc\n' | grep -c 'é'
sed -n '5,7p;$p' log; sed -E 's/([a-z]+)([0-9]+)@/\2\1 at /' log | sed -n 100p; sed '/INFO/d' log | wc -l; sed -e '1!G;h;$!d' <<<$'1\n2\n3'
sed -E ':a;s/^([0-9]+)([0-9]{3})/\1,\2/;ta' <<<1234567890; sed 'y/abc/xyz/' <<<aabbcc; sed -n '/00010/,/00012/{=;p}' log; sed '2~3d' <<<$'a\nb\nc\nd\ne\nf'; sed 's/x/&&/2g' <<<xxxx
cp log copy; sed -i.bak 's/user/U/g' copy; cmp -s copy log; echo "cmp $?"; cmp copy.bak log && echo backup
for awk in mawk gawk; do
    echo "== $awk"
    $awk '{ n[$2]++; split($4, a, "."); s += a[1] * a[2] } END { for (k in n) print k, n[k] | "sort"; close("sort"); print s }' log
    $awk -F'[@. ]' 'NR % 500 == 0 { print NR, $3, toupper($2), length($0), substr($0, 7, 5), index($0, "host") }' log
    $awk 'BEGIN { for (i = 1; i <= 20; i++) printf "%d %.6f %e %s|", i, sqrt(i), exp(i / 3), sprintf("%x", i * 37); print "" }'
    $awk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18), int(-3.7), 2 ** 10, 7 % 3, "a" < "b", match("foobar", /o+/), RSTART, RLENGTH }'
    $awk '{ gsub(/[0-9]+/, "<&>"); if (NR == 42) print }' log
    $awk 'BEGIN { while (("seq 1 5" | getline x) > 0) t += x; print t; "echo piped" | getline y; print y; print substr("hello", 2, 3) tolower("ABC") }'
    $awk 'BEGIN { srand(1); a = rand(); srand(1); print a == rand(), sin(1) ^ 2 + cos(1) ^ 2, atan2(0, -1), log(10) }'
    $awk 'END { print NR, NF, $1 }' OFS=- log
done
gawk 'BEGIN { n = split("b a d c", a); asort(a); for (i = 1; i <= n; i++) printf "%s ", a[i]; print strftime("%Y", 0, 1), gensub(/(a)(b)/, "\\2\\1", "g", "abab"), and(12, 10), strtonum("0x1f") }'
gawk --version | head -1 | cut -c1-7
