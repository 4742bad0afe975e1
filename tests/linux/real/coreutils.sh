#!/bin/sh
# coreutils, findutils, diffutils, procps, util-linux: each once or more, on data made here.
set -u
seq 1 2000 >nums
seq 1 2000 | sort -R --random-source=<(yes) | sort -n | cmp - nums && echo sorted
sort -k1,1r nums | head -3
seq 1 300 | awk '{print $1 % 17, $1}' >pairs
sort -k1,1n -k2,2nr pairs | uniq -c -w 2 | head -20
sort -s -t' ' -k1,1 pairs | md5sum
cut -d' ' -f2 pairs | paste -sd, | fold -w 70 | tail -2
join <(sort pairs) <(seq 0 16 | sed 's/$/ word/' | sort) | wc
comm -13 <(seq 1 10 | sort) <(seq 5 15 | sort)
tr -cd '[:alnum:]' </dev/null | wc -c
head -c 100000 /dev/zero | tr '\0' 'x' | tee big | wc -c
split -b 30000 big part. && ls part.* && cat part.* | cmp - big && rm part.*
csplit -s nums 100 500 && wc -l xx0*
od -A d -t x1z -N 32 nums
od -t d4 -t f8 -N 16 nums
xxd -v >/dev/null 2>&1 || true
md5sum nums; sha1sum nums; sha256sum nums; sha512sum nums; b2sum nums; cksum nums; sum nums
sha256sum nums >sums && sha256sum -c sums
base64 <nums | base64 -d | cmp - nums && echo base64
base32 <nums | md5sum
printf '%d %x %o %e %g %s %b %q\n' 42 255 8 3.14159 1e10 str 'a\tb' 'needs quote'
printf '%.3f %10.2f|%-10s|%+d\n' 2.25 3.14159 left 5
expr 7 \* 6 + 3; expr length hello; expr hello : 'h\(.*\)o'
factor 1234567890 97 18446744073709551557
numfmt --to=iec 1048576 123456789; numfmt --from=si 10K
date -u -d @1700000000 '+%Y-%m-%d %H:%M:%S %j %A'; date -u -d '2024-02-29 + 1 year' +%F
mkdir -p d/e/f; touch -d '2020-01-02 03:04:05 UTC' d/file; stat -c '%n %s %a %Y %F' d/file
cp -a d d2; ln -s file d2/link; ln d2/file d2/hard; mv d2 d3; ls -1F d3; readlink d3/link; realpath --relative-to=. d3/link
chmod 640 d3/file; stat -c '%A %a %h' d3/file; cp --sparse=always big sparse; cmp big sparse && echo same
install -m 755 nums inst; stat -c %a inst; truncate -s 5000 inst; stat -c %s inst; shred -n 1 -u inst; test -e inst || echo gone
mktemp -u tXXXX | wc -c; basename /a/b/c.txt .txt; dirname /a/b/c; pathchk good && echo pathchk
dd if=nums of=copy bs=1000 skip=1 count=3 2>/dev/null; wc -c <copy; tac nums | head -2; rev <<<abc 2>/dev/null || echo cba
nl nums | tail -1; expand <<<$'a\tb'; unexpand -a <<<'a       b' | od -c | head -1; fmt -w 30 <<<'a fairly long line that has to be wrapped somewhere'
pr -t -2 -l 3 <<<$'1\n2\n3\n4'; ptx <<<'one two' | wc -l; tsort <<<$'a b\nb c'; shuf -i 1-5 | sort | tr '\n' ' '; echo
seq -w 8 11; seq 1 0.25 2; yes | head -2; nproc | grep -c '[0-9]'; id -u; whoami 2>/dev/null || echo root; uname -s
env -i A=1 env; timeout 0.2 sleep 5; echo "timeout $?"; nice -n 3 nice; nohup echo hup 2>/dev/null; echo x | xargs -I{} echo '<{}>'
[ nums -nt d/file ] && test -s nums -a ! -d nums && echo tests; stdbuf -oL echo buffered; kill -l 9; sync; df . >/dev/null && du -s d | cut -f2
find . -type d | sort; find . -name 'p*' -size -10k -exec md5sum {} +; find d3 -links 2 -printf '%f %m %y\n' | sort
find . -newer d/file -name nums; seq 1 1000 | xargs -n 100 -P 2 echo | wc -l; find . -type f -print0 | xargs -0 ls | wc -l
seq 1 50 >a; sed '10d;20s/$/x/' a >b; diff a b; diff -u --label a --label b a b; diff3 a a b >/dev/null; cmp a b; sdiff -s a b; patch --version >/dev/null 2>&1
ps -o comm= -p $$ | wc -l; getopt -o ab: --long long -- -a -b 5 --long rest; file --version >/dev/null 2>&1; hostname >/dev/null && echo host
ls --color=never -la d3 | wc -l; ls -S -1 nums big; ls /nonexistent 2>&1 | sed 's/.*: //'; cat missing 2>&1 | sed 's/.*: //'; rmdir d 2>&1 | sed 's/.*: //'
mkfifo pipe; (echo through >pipe &) ; cat pipe; tail -n +1998 nums; tail -c 5 nums; tail -f nums --pid=$$ & sleep 0.1; kill $!; wait $! 2>/dev/null; echo "tail $?"
