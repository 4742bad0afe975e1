#!/bin/sh
# Git program of real.sh: a repository of 200 files and 5 commits, read in several ways and packed; prints what came out.
set -e
export GIT_AUTHOR_NAME=n GIT_AUTHOR_EMAIL=e GIT_COMMITTER_NAME=n GIT_COMMITTER_EMAIL=e GIT_CONFIG_NOSYSTEM=1
git init -q -b main r
cd r
git config gc.autoDetach false
git config pack.threads 1
mkdir d0 d1 d2 d3
n=1
while [ $n -le 5 ]; do
    gawk -v n=$n 'BEGIN {
        for (i = 0; i < 200; i++) {
            if (n > 1 && i % 5 != n % 5) {
                continue
            }
            f = "d" i % 4 "/f" i
            for (l = 0; l < 40; l++) {
                print "line " l * i " of " (l % n ? i : n * i) >f
            }
            close(f)
        }
    }'
    export GIT_AUTHOR_DATE="$((1700000000 + n)) +0000" GIT_COMMITTER_DATE="$((1700000000 + n)) +0000"
    git add .
    git commit -q -m "commit $n"
    n=$((n + 1))
done
git log --stat --oneline | tail -n 2
git log -p | cksum
git diff HEAD~3 --shortstat
git grep -c 'of 1[0-9]*0$' | cksum
git gc -q
git fsck --full
git rev-parse HEAD
