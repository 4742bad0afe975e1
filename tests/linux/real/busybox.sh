#!/bin/sh
# busybox-static: the applets, its shell, its awk, called by applet name.
set -u
bb=${ROOT}/usr/bin/busybox
[ -x "$bb" ] || bb=$(command -v busybox)
$bb seq 1 100 | $bb awk '{s += $1} END {print s}'
$bb sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); done; echo $i; f() { echo "f $1"; }; f x; case abc in a*) echo star;; esac; echo $(echo sub) | { read a; echo "[$a]"; }; trap "echo bye" EXIT'
$bb printf '%s %05d\n' abc 42; $bb echo hello | $bb sed 's/l/L/g' | $bb tr a-z A-Z | $bb rev
$bb seq 1 1000 >n; $bb md5sum n; $bb sha256sum n; $bb sha512sum n; $bb cksum n; $bb wc n; $bb sort -rn n | $bb head -n 2; $bb grep -c 7 n; $bb tail -n 1 n
$bb gzip -c n | $bb gunzip -c | $bb cmp - n && echo gzip; $bb tar cf - n | $bb tar tf -; $bb bzip2 -c n | $bb bunzip2 -c | $bb cmp - n && echo bzip2
$bb mkdir -p d/e && $bb touch d/e/f && $bb find d | $bb sort; $bb cp n m; $bb diff n m && echo nodiff; $bb ln -s n l; $bb readlink l; $bb rm -r d; $bb ls
$bb expr 6 '*' 7; $bb factor 360; $bb cal 2 2024; $bb date -u -d @86400 +%F; $bb basename /x/y; $bb dirname /x/y; $bb uname -s; $bb hexdump -C n | $bb head -n 2; $bb od -c n | $bb head -n 1
$bb vi --help 2>/dev/null; $bb bc -l <<<'scale=10; sqrt(2); 2^64' 2>/dev/null || echo nobc; $bb dc -e '2 3 + p' 2>/dev/null || echo nodc; $bb cut -c1-3 n | $bb uniq | $bb tail -n 1; $bb xargs -n 2 echo <<<'1 2 3'
$bb nosuchapplet 2>&1 | $bb head -n 1; echo "code $?"; $bb true; echo $?; $bb false; echo $?; $bb test 1 -lt 2 && echo less; $bb env -i A=b $bb env; $bb sleep 0.05; $bb timeout 1 $bb sleep 3; echo "timeout $?"
$bb ash -c 'echo $((1<<40)) ${x:-none} "$@"' name one two; $bb stat -c '%s %a' n; $bb yes | $bb head -n 1; $bb base64 n | $bb base64 -d | $bb cmp - n && echo b64; $bb unzip 2>/dev/null; $bb xxd n | $bb head -n 1
