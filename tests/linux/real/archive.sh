#!/bin/sh
# Round trips: tar with each compressor, plain compressors at several levels, damaged input, and fixed sums of what they emit.
set -u
mkdir -p tree/a/b tree/empty
for i in $(seq 1 40); do seq $i $((i * 50)) >tree/a/f$i; done
head -c 300000 /dev/zero >tree/a/zeros
awk 'BEGIN { x = 12345; for (i = 0; i < 60000; i++) { x = (x * 1103515245 + 12345) % 2147483648; printf "%c", 33 + x / 65536 % 90 } }' >tree/a/b/noise
ln -s ../f1 tree/a/b/link; ln tree/a/f2 tree/a/b/hard; chmod 750 tree/a/b
find tree -exec touch -h -d @1600000000 {} +
fixed='--sort=name --owner=0 --group=0 --numeric-owner --mtime=@1600000000'
tar $fixed -cf t.tar tree && md5sum t.tar && tar -tvf t.tar --numeric-owner | md5sum
for z in gzip xz zstd bzip2; do
    command -v $z >/dev/null || continue
    tar $fixed -I $z -cf t.$z tree
    mkdir x.$z && tar -C x.$z -xf t.$z && diff -r tree x.$z/tree && echo "$z tree equal"
    (cd x.$z && find . -printf '%p %m %s %y %l\n' | sed 's/^\(.*\) \([0-9]*\) d/\1 d/' | sort | md5sum)
    for level in 1 6 9; do
        $z -$level -k -c tree/a/b/noise >n.$z.$level; $z -dc n.$z.$level | cmp - tree/a/b/noise && md5sum n.$z.$level
    done
    $z -t n.$z.6 && echo "$z test ok"
    head -c 1000 n.$z.6 >cut; $z -t cut 2>/dev/null; echo "$z cut $?"
done
gzip -n <t.tar | md5sum; xz -T1 -6 <t.tar | md5sum; zstd -19 -q <t.tar | md5sum; xz --format=lzma <tree/a/f7 | xz -d --format=lzma | cmp - tree/a/f7 && echo lzma
zstd -q --train tree/a/f* -o dict --maxdict=2000 2>/dev/null; zstd -T2 -q <t.tar | zstd -dq | cmp - t.tar && echo zstd threads
tar -cf - tree | tar -xf - --transform 's/^tree/copy/' && diff -r tree copy && echo piped
tar -rf t.tar --mtime=@0 /dev/null 2>/dev/null; tar -df t.tar 2>&1 | tail -1; tar -xOf t.tar tree/a/f3 | md5sum
printf 'stored\n' | gzip -9 | zcat; zgrep -c 1 n.gzip.6 2>/dev/null | grep -c .
file n.xz.6 n.gzip.6 t.tar tree/a/f1 tree/a/b/link 2>/dev/null | cut -d, -f1
