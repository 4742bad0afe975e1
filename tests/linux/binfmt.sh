#!/bin/bash
# ferry-binfmt on a private binfmt_misc (user and mount namespaces of its own) and on plain directories.
#
# usage: binfmt.sh [--guest NAME] [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
# Needs Linux 6.7 and user namespaces, no privilege; as root it also tries set-uid programs. The last line says
# "N passed, N failed".
group=binfmt
. "$(dirname "$(readlink -f "$0")")/binfmt-lib.sh"

if [ -z "${FERRY_BINFMT_INSIDE-}" ]; then
    work=$(mktemp -d)
    chmod 755 "$work"
    # As root all users are mapped, so that set-uid means something.
    ids='0 0 65536'
    [ "$(id -u)" = 0 ] || ids="0 $(id -u) 1"
    export FERRY_BINFMT_INSIDE=1 FERRY_BINFMT_WORK=$work FERRY=$ferry
    start_with_ids "$ids" "$work" -- bash "$0" "$ferry"
    echo >"$work/go"
    wait $inside
    status=$?
    rm -rf "$work"
    exit $status
fi

work=$FERRY_BINFMT_WORK
cd "$work" || exit 2

run() { # COMMAND...: its output and messages in `out`, its status in $code
    "$@" >out 2>&1 </dev/null
    code=$?
}
same() { # NAME WANT GOT
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "expected '$2', got '$3'"; fi
}
clear_all() { echo -1 >$misc/status; }
names() { (cd $misc && find . -type f ! -name register ! -name status -printf '%f\n' | sort | tr '\n' ' '); }
inode() { stat -c %i "$misc/$1"; }
stranger() { # NAME: an entry of another program for aarch64, whose interpreter says what it was given
    printf '%s' ":$1:M::$magic:$mask:/bin/echo:" >$misc/register
}

# Programs.
have_cc=1
[ "${AARCH64_CC:-no}" != no ] || AARCH64_CC=$(command -v aarch64-linux-gnu-gcc) || have_cc=0
[ "${RISCV64_CC:-no}" != no ] || RISCV64_CC=$(command -v riscv64-linux-gnu-gcc) || have_cc=0
cat >prog.c <<'END'
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "exec") == 0) {
        execl(argv[2], "again", "1", (char *)0);
        perror("exec");
    }
    printf("argv0 %s arguments %d uid %d secure %lu\n", argv[0], argc - 1, (int)geteuid(), getauxval(AT_SECURE));
    return 7;
}
END
if [ $have_cc = 1 ]; then
    "$AARCH64_CC" -O1 -static -o prog.aarch64 prog.c && "$RISCV64_CC" -O1 -static -o prog.riscv64 prog.c || exit 2
    chmod 755 prog.*
fi

# Without binfmt_misc, wrong use.
run "$tool" status
expect "status, not mounted" 1 'not mounted at .*ferry-binfmt install all'
run "$tool" install amd64
expect "the host's own architecture" 0 "own architecture"
run "$tool" install vax
expect "unknown architecture" 1 "'vax'.*aarch64 (arm64), riscv64"
run "$tool" --nonsense
expect "unknown option" 2 'no option --nonsense'
run "$tool" install
expect "install what" 2 'install what'
run "$tool" -p maybe
expect "yes or no" 2 'yes or no, not maybe'
run "$tool" --version
expect "version" 0 '^ferry-binfmt [0-9]'
run "$ferry" --explain 0 none
known=$(sed 's/.*ferry knows //; s/,//g' out)
same "offers what ferry runs" "$known" "$("$tool" --help | sed -n 's/.*programs of: //p' | sed 's/ ([a-z0-9]*)//g; s/,//g')"

# Failures.
run setpriv --bounding-set=-all --inh-caps=-all setpriv --no-new-privs "$tool" install all
expect "no permission to mount" 1 'no permission to mount .*\(sudo\|--privileged\)'
# A container's first process that is the only one to mount it: all would be lost.
run unshare --pid --fork --mount --mount-proc "$tool" --interpreter "$ferry" install all
expect "a mount that ends with the container" 1 'lost when it ends.*on the host: mount' 'restart=always'

mount -t binfmt_misc none $misc || exit 2
run "$tool" status
expect "status, nothing registered" 1 'aarch64 .*no: not registered: ferry-binfmt install aarch64'
run "$tool" --interpreter "$work/none" install all
expect "no interpreter" 1 'no interpreter .*--interpreter PATH'
cp "$ferry" noexec && chmod 644 noexec
run setpriv --bounding-set=-dac_override "$tool" --interpreter "$work/noexec" install all
expect "interpreter may not be executed" 1 'may not be executed; chmod +x'
deep=$work/$(printf '%0200d/' 1 2 3 4 5 6 7 8 9)
mkdir -p "$deep" && ln -s "$ferry" "${deep}ferry"
run "$tool" --interpreter "${deep}ferry" install all
expect "path too long" 1 'too long: the kernel takes 1920 bytes'
mkdir colon:bar\| && cp "$ferry" 'colon:bar|/ferry'
run "$tool" --interpreter "$work/colon:bar|/ferry" install all
expect "path the kernel cannot take" 1 'characters the kernel cannot take'
mkdir colon: && cp "$ferry" colon:/ferry
run "$tool" --interpreter "$work/colon:/ferry" install all
expect "path with a colon" 0
unshare --mount --propagation private bash -c "mount -o remount,ro,bind $misc 2>/dev/null || { mount --bind $misc $misc && mount -o remount,ro,bind $misc; }
    '$tool' install --no-credentials all" >out 2>&1
code=$?
expect "read-only" 1 'mounted read-only'
mkdir -p refuse && ln -s /dev/full refuse/register
run "$tool" --mount "$work/refuse" install all
expect "register refuses" 1 'writing to .*refuse fails: No space left'
mkdir -p invalid && ln -s /proc/self/oom_score_adj invalid/register # what is written there is invalid
run "$tool" --mount "$work/invalid" install all
expect "register finds it invalid" 1 'the kernel refuses the registration'
run setarch --uname-2.6 "$tool" --mount "$work/invalid" install all
expect "an old kernel's flag F" 1 'older than Linux 4.8, which flag F'
run setarch --uname-2.6 "$tool" --dry-run install all
expect "an old kernel's argv[0]" 0 'older than Linux 5.12' ':OCF$'
clear_all

# Registered as it must be.
run "$tool" install all
expect "install" 0 '^aarch64: registered, .* flags POCF$' '^riscv64: registered, .* flags POCF$'
printf 'enabled\ninterpreter %s\nflags: POCF\noffset 0\nmagic %s\nmask %s\n' "$ferry" \
    7f454c460201010000000000000000000200b700 ffffffffffffff000000000000000000feffffff >want
run cat $misc/ferry-aarch64
if cmp -s want out; then pass "the entry"; else fail "the entry" "is not as wanted"; fi
before=$(inode ferry-aarch64)
run "$tool" install aarch64
expect "install again" 0 'registered already'
same "install again writes nothing" "$before" "$(inode ferry-aarch64)"
run "$tool" status
expect "status" 0 '^aarch64 .* yes$' '^riscv64 .* yes$' "^ferry-aarch64 .*POCF .*alive .*ferry$" '^page size [0-9]'
run "$tool" --json status
expect "status as JSON" 0 '"ferry": true, "runs": true, "problem": null'
if command -v python3 >/dev/null; then
    cp out status.json
    run python3 -c 'import json; d = json.load(open("status.json")); print(d["entries"][0]["ours"], len(d["architectures"]))'
    expect "JSON is well formed" 0 '^True 2$'
fi

# Programs started by the kernel.
if [ $have_cc = 1 ]; then
    for arch in aarch64 riscv64; do
        run bash -c "exec -a 'my name' ./prog.$arch one two"
        expect "argv[0], $arch" 7 '^argv0 my name arguments 2 '
    done
    chmod 711 prog.aarch64
    if [ "$(awk '{print $3}' /proc/self/uid_map)" != 1 ]; then
        run setpriv --reuid=1234 --regid=1234 --clear-groups ./prog.aarch64
        expect "a program that cannot be read" 7 'uid 1234 '
        chmod 4755 prog.aarch64
        run setpriv --reuid=1234 --regid=1234 --clear-groups ./prog.aarch64
        expect "set-uid with flag C" 7 'uid 0 secure 1'
        "$tool" install --no-credentials aarch64 >/dev/null
        run setpriv --reuid=1234 --regid=1234 --clear-groups ./prog.aarch64
        expect "set-uid without flag C" 7 'uid 1234 secure 0'
        "$tool" install aarch64 >/dev/null
    else
        skip "set-uid" "needs root"
    fi
    chmod 755 prog.aarch64
    # As debootstrap leaves it in a container: ferry cannot find itself there.
    mkdir -p small && cp prog.aarch64 small/prog && ln -sfn /proc small/proc
    run unshare --root=small /prog exec /prog
    expect "a chroot whose /proc is a link to itself" 7 '^argv0 again arguments 1 '
    header() { # NAME OFFSET BYTES: prog.aarch64 with other bytes in its header
        cp prog.aarch64 "$1" && printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
    }
    header osabi.bin 7 '\003'
    run ./osabi.bin
    expect "OSABI of static GNU programs" 7
    header appimage.bin 8 'AI\002'
    run ./appimage.bin
    expect "AppImage's bytes" 7
    header object.bin 16 '\001'
    run bash -c 'exec ./object.bin'
    expect "no object files" 126
else
    skip "programs" "needs gcc-aarch64-linux-gnu and gcc-riscv64-linux-gnu"
fi

# Flags, other interpreters, entries out of order.
run "$tool" install --no-credentials --no-preserve-argv0 --no-fix-binary aarch64
expect "fewer flags" 0 'registered anew, .* flags O$'
run cat $misc/ferry-aarch64
expect "fewer flags, the entry" 0 '^flags: O$'
cp "$ferry" other && run "$tool" --interpreter "$work/other" install aarch64
expect "another interpreter" 0 'registered anew'
cp "$ferry" newer && printf ' ' >>newer && mv newer other
run "$tool" --interpreter "$work/other" install aarch64
expect "an interpreter replaced on disk" 0 'older interpreter was held open'
run "$tool" --interpreter "$work/other" install aarch64
expect "the same again" 0 'registered already'
echo 0 >$misc/ferry-aarch64
run "$tool" install aarch64
expect "a disabled entry" 0 'registered anew'
same "no second entry stays" "ferry-aarch64 ferry-riscv64 " "$(names)"
sed 's/^/:/' <<<"ferry-aarch64.new:M::$magic::/bin/echo:" | tr -d '\n' >$misc/register
run "$tool" install aarch64
same "an installation cut short is mended" "ferry-aarch64 ferry-riscv64 " "$(names)"
cp "$ferry" gone && "$tool" --interpreter "$work/gone" --no-fix-binary install aarch64 >/dev/null && rm gone
run "$tool" status
expect "a dead entry" 1 'aarch64 .*no: a program for aarch64 does not start: No such file' 'dead'
clear_all

# Strangers.
stranger qemu-aarch64
run "$tool" install all
expect "a stranger's entry" 1 'aarch64: entry qemu-aarch64 (/bin/echo, flags none; owner: [a-z]' '--force' '^riscv64: registered'
same "a stranger's entry stays" "ferry-riscv64 qemu-aarch64 " "$(names)"
run "$tool" status
expect "status with a stranger" 1 'qemu-aarch64 has them, not ferry'
mkdir -p root/usr/lib/binfmt.d root/var/lib/binfmts root/etc/binfmt.d "root$misc"
echo ":qemu-aarch64:M::x::/bin/echo:" >root/usr/lib/binfmt.d/qemu.conf
mount --bind $misc "root$misc"
run "$tool" --root "$work/root" install aarch64
expect "owner by binfmt.d" 1 'owner: systemd-binfmt, by /usr/lib/binfmt.d/qemu.conf' 'ln -s /dev/null /etc/binfmt.d/qemu.conf'
rm root/usr/lib/binfmt.d/qemu.conf
printf 'qemu-user-static\nmagic\n' >root/var/lib/binfmts/qemu-aarch64
run "$tool" --root "$work/root" install aarch64
expect "owner by update-binfmts" 1 'binfmt-support, for package qemu-user-static' 'update-binfmts --disable qemu-aarch64'
umount "root$misc"
run "$tool" uninstall qemu-aarch64
expect "uninstall leaves a stranger alone" 0
same "uninstall leaves a stranger's entry" "ferry-riscv64 qemu-aarch64 " "$(names)"
run "$tool" --force install all
expect "force" 0 '^aarch64: registered,' '^riscv64: registered already'
before=$(inode ferry-aarch64)
run "$tool" install all
expect "no force needed any more" 0 'aarch64: registered already'
if [ $have_cc = 1 ]; then
    run ./prog.aarch64
    expect "ferry runs it" 7 '^argv0 ./prog.aarch64'
fi
run "$tool" status
expect "the other entry is behind" 0 'qemu-aarch64 .*behind ferry-aarch64'
run "$tool" uninstall
expect "uninstall" 0 'aarch64: removed' 'riscv64: removed'
same "uninstall gives way to the stranger" "qemu-aarch64 " "$(names)"
run "$tool" uninstall
expect "uninstall again" 0 'was not registered'
"$tool" --force install aarch64 >/dev/null && stranger newer-aarch64
run "$tool" install aarch64
expect "a newer stranger" 1 'entry newer-aarch64'
run "$tool" install --force aarch64
expect "before a newer stranger" 0 'registered anew'
if [ "$(id -u)" = 0 ]; then # an ordinary user's namespace, which sees these entries and may not write
    below() { run setpriv --reuid=1234 --regid=1234 --clear-groups unshare --user --map-root-user --mount sh -c '"$0" install all && ls '$misc "$tool"; }
    clear_all
    "$tool" install all >/dev/null
    below
    expect "in a namespace below, registered above" 0 'aarch64: registered already'
    clear_all
    stranger qemu-aarch64
    below
    expect "in a namespace below, a binfmt_misc of its own" 0 '^aarch64: registered, ' '^ferry-riscv64$' '!qemu-aarch64'
    same "what is registered above stays" "qemu-aarch64 " "$(names)"
fi
clear_all
echo 0 >$misc/status
run "$tool" install aarch64
expect "binfmt_misc switched off" 1 'switched off'
run "$tool" install --force aarch64
expect "switched on by force" 0 registered
clear_all

# No moment without an entry, and installations at the same time.
"$tool" install all >/dev/null
run "$tool" --dry-run install --no-credentials aarch64
same "order of an exchange" ':ferry-aarch64.new -ferry-aarch64 :ferry-aarch64 -ferry-aarch64.new ' \
    "$(sed -n 's|^would write to .*/register: \(:[^:]*\):.*|\1|p; s|^would write to .*/\([^/]*\): -1$|-\1|p' out | tr '\n' ' ')"
if [ $have_cc = 1 ]; then
    (while [ ! -e stop ]; do ./prog.aarch64 >/dev/null 2>&1; [ $? = 7 ] || echo lost; echo run >&2; done) >lost 2>runs &
    loop=$!
    for i in $(seq 300); do
        [ $i -le 10 ] || [ "$(wc -l <runs)" -lt 20 ] || break
        [ $((i % 2)) = 0 ] && flags=--no-credentials || flags=
        "$tool" install $flags all >/dev/null || echo failed >>lost
    done
    touch stop
    wait $loop
    if [ ! -s lost ] && [ "$(wc -l <runs)" -ge 20 ]; then
        pass "no program is lost while entries are exchanged ($(wc -l <runs) runs)"
    else
        fail "no program is lost while entries are exchanged" "$(wc -l <lost) of $(wc -l <runs) were"
    fi
fi
clear_all
pids=() bad=0
for i in 1 2 3 4 5 6; do
    [ $((i % 2)) = 0 ] && flags=--no-credentials || flags=
    "$tool" install $flags all >race.$i 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || bad=$((bad + 1)); done
cat race.* >out
same "six installations at a time" "0 failed, ferry-aarch64 ferry-riscv64 " "$bad failed, $(names)"
exec 8<$misc
flock 8
run timeout 30 "$tool" install aarch64
expect "another installation does not end" 1 'locked by another'
exec 8<&-
clear_all

# As in Kubernetes: a bind mount elsewhere, user 0, and no capability at all.
mkdir -p bound && mount --bind $misc bound
poor=(setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$tool" --mount "$work/bound")
run "${poor[@]}" install all
expect "without capabilities" 0 'aarch64: registered'
run "${poor[@]}" status
expect "status without capabilities" 0 'riscv64 .* yes'
umount bound
clear_all

# The spellings of other tools.
"$tool" --install arm64,riscv64 >list 2>out
code=$?
expect "tonistiigi: --install" 0 '^installing: arm64 OK$' '^installing: riscv64 OK$'
cp list out
expect "tonistiigi: the list" 0 '^  "supported": \[$' '^    "linux/arm64",$' '^    "linux/riscv64"$' '^  "emulators": \[$' 'ferry-aarch64'
run "$tool"
cmp -s list out && pass "tonistiigi: no arguments" || fail "tonistiigi: no arguments" "another list"
run "$tool" --install all
expect "tonistiigi: --install again" 0 'installing: arm64 OK'
run "$tool" --install amd64,arm64,s390x
expect "tonistiigi: one that ferry does not run" 1 "for 's390x'" 'installing: arm64 OK' '"linux/arm64"'
run "$tool" --uninstall=qemu-aarch64
expect "tonistiigi: --uninstall one" 0 'uninstalling: arm64 OK'
run "$tool" -uninstall 'qemu-*' -install all
expect "tonistiigi: both" 0 'uninstalling: riscv64 OK' 'installing: arm64 OK' '"linux/arm64"'
run "$tool" --uninstall 'qemu-*'
same "tonistiigi: --uninstall all" "" "$(names)"
stranger qemu-aarch64
run "$tool" --install all
expect "tonistiigi: a failure is one" 1 'installing: arm64 entry qemu-aarch64' '"emulators"'
run "$tool" --reset -p yes
expect "multiarch: --reset -p yes" 0 'Setting .*/ferry as binfmt interpreter for aarch64'
grep -q '^flags: POCF$' $misc/ferry-aarch64 && pass "multiarch: flags" || fail "multiarch: flags" "not POCF"
run "$tool" --reset --credential no --persistent no --preserve-argv0 no
grep -q '^flags: O$' $misc/ferry-aarch64 && pass "multiarch: no, no, no" || fail "multiarch: no, no, no" "not O"
clear_all

# Keep.
"$tool" keep --interval 1 all >kept 2>&1 &
keeper=$!
wait_for() { for _ in $(seq 100); do [ -e $misc/ferry-aarch64 ] && [ -e $misc/ferry-riscv64 ] && return; sleep 0.1; done; return 1; }
wait_for && echo -1 >$misc/ferry-aarch64 && wait_for && pass "keep registers again" || fail "keep registers again" "lost"
"$tool" keep --interval 1 all >/dev/null 2>&1 &
second=$!
for _ in $(seq 50); do grep -q "FLOCK.*READ *$second " /proc/locks && break; sleep 0.1; done
kill $keeper && wait $keeper
same "another keeper goes on" "0 ferry-aarch64 ferry-riscv64 " "$? $(names)"
kill $second && wait $second
same "the last keeper removes" "0 " "$? $(names)"

# Plain directories.
rm -rf root && mkdir -p "root$misc" root/etc && touch "root$misc/register" && echo enabled >"root$misc/status"
mkdir -p "root${ferry%/*}" && cp "$ferry" "root$ferry"
run "$tool" --root root --interpreter "$ferry" --dry-run --persist install all
expect "dry run" 0 "would write to root$misc/register: :ferry-aarch64:M::" 'would write root/etc/binfmt.d/zz-ferry-riscv64.conf'
same "dry run writes nothing" "" "$(cat "root$misc/register"; ls root/etc)"
run "$tool" --root root --interpreter "$ferry" install aarch64
same "the registration" ":ferry-aarch64:M::$magic"':\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfe\xff\xff\xff:'"$ferry:POCF" \
    "$(cat "root$misc/register")"
rm -rf "root$misc"
run "$tool" --root root --interpreter /usr/bin/ferry --persist install all
expect "persist without an interpreter there" 1 'no root/usr/bin/ferry that could be registered'
mkdir -p root/usr/bin && cp "$ferry" root/usr/bin/ferry
run "$tool" --root root --interpreter /usr/bin/ferry --persist install all
expect "persist in a system that does not run" 0 'to be registered when root starts'
same "binfmt.d" 'zz-ferry-aarch64.conf zz-ferry-riscv64.conf ' "$(ls root/etc/binfmt.d | tr '\n' ' ')"
# What systemd-binfmt writes to the kernel is the line as it is.
sed -n '/^:/p' root/etc/binfmt.d/zz-ferry-aarch64.conf | sed "s|:/usr/bin/ferry:|:$work/root/usr/bin/ferry:|" | tr -d '\n' >$misc/register
same "binfmt.d: the kernel takes the line" "ferry-aarch64 " "$(names)"
clear_all
if [ -x /lib/systemd/systemd-binfmt ]; then
    sed "s|:/usr/bin/ferry:|:$ferry:|" root/etc/binfmt.d/zz-ferry-aarch64.conf >systemd.conf
    run /lib/systemd/systemd-binfmt "$work/systemd.conf"
    run "$tool" install aarch64
    expect "binfmt.d: systemd-binfmt" 0 'registered already'
    clear_all
else
    skip "binfmt.d: systemd-binfmt" "there is no systemd"
fi
mkdir -p root/usr/sbin root/usr/share/binfmts && touch root/usr/sbin/update-binfmts
run "$tool" --root root --interpreter /usr/bin/ferry --persist install all
expect "persist with update-binfmts" 0
printf '%s\n' 'package ferry' 'interpreter /usr/bin/ferry' "magic $magic" \
    'mask \xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\xfe\xff\xff\xff' 'credentials yes' 'preserve yes' \
    'fix_binary yes' >want
cmp -s want root/usr/share/binfmts/ferry-aarch64 && pass "binfmts format" || fail "binfmts format" "another text"
run "$tool" --root root --persist uninstall
same "persist: removed" "" "$(find root/etc/binfmt.d root/usr/share/binfmts -name '*ferry*')"
run "$tool" --root "$work/nowhere" install all
expect "a root without binfmt_misc" 1 'not mounted under'

finish
