#!/bin/sh
# git: init, add, commit, branch, merge, log, diff, blame, rebase, stash, tag, clone, gc, fsck; object names must match.
set -u
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@x
export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' GIT_PAGER=cat
export GIT_CONFIG_COUNT=3 GIT_CONFIG_KEY_0=init.defaultBranch GIT_CONFIG_VALUE_0=main GIT_CONFIG_KEY_1=safe.directory GIT_CONFIG_VALUE_1='*' GIT_CONFIG_KEY_2=gc.auto GIT_CONFIG_VALUE_2=0
git init -q repo && cd repo || exit 1
for i in $(seq 1 30); do
    mkdir -p dir$((i % 4)); seq $i $((i * 20)) >dir$((i % 4))/f$i; echo "line $i" >>journal; git add -A; git commit -q -m "commit $i"
done
git rev-parse HEAD HEAD^{tree}; git log --oneline | md5sum; git log --stat -3 | md5sum; git shortlog -sn HEAD; git diff HEAD~3 | md5sum
git checkout -q -b side HEAD~5; echo side >side; git add side; git commit -q -m side; git checkout -q main; git merge -q --no-edit side && git rev-parse HEAD
git blame -s journal | tail -2; git grep -c 'line 1' ; git ls-files | wc -l; git ls-tree -r HEAD | md5sum
git checkout -q -b re HEAD~2 && echo r >r && git add r && git commit -q -m r && git rebase -q main && git rev-parse HEAD; git checkout -q main
echo dirty >>journal; git stash -q; git status --short; git stash pop -q; git status --short; git checkout -q -- journal
git tag -a -m v1 v1; git describe; git cat-file -p v1 | head -3; git rev-list --count HEAD; git archive HEAD | md5sum; git format-patch -1 --stdout | sed '$d' | sed '$d' | md5sum
git gc -q && git fsck --full 2>&1; git count-objects -v | grep -E 'in-pack|^count'; git clone -q . ../clone && git -C ../clone rev-parse HEAD
git cherry-pick side >/dev/null 2>&1; echo "cherry $?"; git cherry-pick --abort 2>/dev/null; git reset -q --hard; git bisect start -q HEAD HEAD~20 >/dev/null 2>&1; git bisect run sh -c '! grep -q "line 20" journal' 2>/dev/null | grep -c 'first bad'
git bisect reset -q 2>/dev/null; git reflog | wc -l; git hash-object journal; git config --get init.defaultBranch; git show nothing 2>&1 | head -1; git log --format=%an --since=2000-01-01 | sort -u
