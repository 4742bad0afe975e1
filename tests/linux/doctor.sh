#!/bin/bash
# ferry doctor where all is well and in broken situations, each in user and mount namespaces of its own.
#
# usage: doctor.sh [--guest NAME] [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
# Needs Linux 6.7 and user namespaces, no privilege; as root it also tries set-uid programs. The last line says
# "N passed, N failed".
group=doctor
. "$(dirname "$(readlink -f "$0")")/binfmt-lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

# In namespaces of its own COMMANDS are run, then the doctor if they do not do that.
export ferry tool misc work magic mask
export -f register
situation() { # COMMANDS
    unshare --user --map-root-user --mount --propagation private bash -c "mount -t binfmt_misc none $misc || exit 99
$1" >out 2>&1 </dev/null
    code=$?
}

situation 'umount $misc; $ferry doctor'
expect "not mounted" 1 '^note  *binfmt_misc .*not mounted .*remedy: mount -t binfmt_misc' '^ok  *aarch64: by ferry ' \
    '^broken  *riscv64: by the kernel .*exec format error.*remedy: ferry-binfmt install riscv64 .*ferry run PROGRAM'
situation '$ferry doctor riscv64'
expect "no entry" 1 '^ok  *binfmt_misc ' '^broken  *riscv64: by the kernel .*no entry takes it' '!aarch64'
situation '$tool install all >/dev/null && $ferry doctor'
expect "all is well" 0 '^ok  *aarch64: entry ferry-aarch64 .*owner: ferry, flags POCF (P set: .*; C set: ' \
    '^ok  *aarch64: by the kernel .*by this ferry' '^ok  *riscv64: argv\[0\]' '^ok  *riscv64: script' \
    '^ok  *aarch64: other root' '^ok  *user namespaces ' '!broken'
situation '$tool install all >/dev/null && mkdir -p other && mount --bind $misc other && umount $misc && $ferry doctor --mount other'
expect "mounted elsewhere" 0 '^ok  *binfmt_misc ' '^ok  *aarch64: entry ferry-aarch64 '
situation '$tool install all >/dev/null && $ferry doctor --json'
expect "JSON" 0 '"ok": true'
if command -v python3 >/dev/null; then
    situation '$tool install aarch64 >/dev/null; $ferry doctor --json arm64 linux/riscv64 | python3 -c "
import json, sys
d = json.load(sys.stdin)
print(d[\"ok\"], sorted({c[\"state\"] for c in d[\"checks\"]}), [c[\"check\"] for c in d[\"checks\"] if c[\"state\"] == \"broken\"])"'
    expect "JSON is well formed" 0 "^False .*\['riscv64: by the kernel'\]"
fi

# Entries that do not do.
mkdir -p root/proc && cp "$ferry" root/f
situation '$tool install --no-fix-binary aarch64 >/dev/null; $ferry doctor aarch64'
expect "without flag F" 1 '^note .*without flag F it does not work in containers' '^broken  *aarch64: other root .*No such file'
situation '$tool install --no-fix-binary aarch64 >/dev/null; mount --rbind /proc root/proc; chroot root /f doctor aarch64'
expect "without flag F in a chroot" 1 '^note  *aarch64: entry .*there is no .* here' 'remedy: ferry-binfmt install aarch64' \
    '^broken  *aarch64: by the kernel .*No such file'
situation '$tool install aarch64 >/dev/null; mount --rbind /proc root/proc; chroot root /f doctor aarch64'
expect "with flag F in a chroot" 0 '^ok  *aarch64: by the kernel'
situation '$tool install aarch64 >/dev/null; chroot root /f doctor aarch64'
expect "a chroot without /proc" 1 '^note  *\/proc .*remedy: mount -t proc proc /proc'
situation '$tool install --no-preserve-argv0 aarch64 >/dev/null; $ferry doctor aarch64'
expect "without flag P" 1 '^broken  *aarch64: argv\[0\] .*lost.*remedy: ferry-binfmt install aarch64'
situation 'register ferry-aarch64 /bin/true POCF; $ferry doctor aarch64'
expect "wrong interpreter" 1 '^note  *aarch64: entry ferry-aarch64 .*is not' '^broken  *aarch64: by the kernel .*ends with status'
situation 'cp $ferry gone; $tool install --no-fix-binary --interpreter $work/gone aarch64 >/dev/null; rm gone; $ferry doctor aarch64'
expect "interpreter gone" 1 "there is no $work/gone here" '^broken  *aarch64: by the kernel .*does not start: No such file'
situation 'cp $ferry held; printf x >>held; $tool install --interpreter $work/held aarch64 >/dev/null; $ferry doctor aarch64'
expect "another ferry" 1 "held is not this ferry.*remedy: ferry-binfmt install .*--interpreter $ferry aarch64" \
    '^broken  *aarch64: by the kernel .*not by this ferry'
situation '$tool install aarch64 >/dev/null; echo 0 >$misc/ferry-aarch64; $ferry doctor aarch64'
expect "disabled entry" 1 '^broken  *aarch64: entry ferry-aarch64 .*disabled.*remedy: echo 1 > /proc/sys/fs/binfmt_misc/ferry-aarch64'
situation '$tool install aarch64 >/dev/null; echo 0 >$misc/status; $ferry doctor aarch64'
expect "all disabled" 1 '^broken  *binfmt_misc .*remedy: echo 1 > /proc/sys/fs/binfmt_misc/status'
situation '$tool install aarch64 >/dev/null; register qemu-aarch64 /bin/echo F; $ferry doctor aarch64'
expect "a stranger's entry" 1 '^note  *aarch64: entry qemu-aarch64 .*owner: .*remedy: ferry-binfmt install --force' \
    '^note  *aarch64: entry ferry-aarch64 .*behind the newer qemu-aarch64' '^broken  *aarch64: by the kernel '
if [ -n "${QEMU_AARCH64-}" ] && qemu=$(command -v "$QEMU_AARCH64"); then
    export qemu
    situation 'register qemu-aarch64 $qemu F; $ferry doctor aarch64'
    expect "qemu's entry" 1 '^broken  *aarch64: by the kernel .*runs, but not by this ferry.*remedy: ferry-binfmt install --force' \
        '^broken  *aarch64: argv\[0\] '
fi
situation 'printf ":other:E::xyz::/bin/echo:" >$misc/register; $tool install all >/dev/null; $ferry doctor'
expect "entries for other programs" 0 '^ok  *entry other .*/bin/echo, owner: unknown'

# The machine.
situation 'echo 0 >/proc/sys/user/max_user_namespaces; $tool install all >/dev/null; $ferry doctor'
expect "no user namespaces" 0 '^note  *user namespaces .*refused.*remedy: sysctl -w user.max_user_namespaces=15000'
situation '$tool install all >/dev/null; ulimit -v 8000000; $ferry doctor aarch64'
expect "limited address space" 0 '^note  *address space .*remedy: ulimit -v unlimited'
if [ "$(id -u)" = 0 ]; then # ferry run gives root a namespace with all ids
    "$ferry" run "$ferry" doctor >out 2>&1
    code=$?
    expect "set-user-ID" 0 '^ok  *aarch64: set-user-ID '
    # shellcheck disable=SC2016
    "$ferry" run bash -c '$tool install --no-credentials aarch64 >/dev/null; $ferry doctor aarch64' >out 2>&1
    code=$?
    expect "without flag C" 1 '^note .*without flag C' '^broken  *aarch64: set-user-ID .*remedy: ferry-binfmt install aarch64'
fi

# Wrong use, and programs called like commands.
situation '$ferry doctor vax'
expect "unknown architecture" 1 "'vax'.*aarch64 (arm64), riscv64"
situation '$ferry doctor amd64'
expect "the host's architecture" 1 "'amd64'"
situation '$ferry doctor --nonsense'
expect "unknown option" 1 "unknown option '--nonsense'"
cp /bin/true doctor
situation '$ferry ./doctor'
expect "a program called doctor" 126 'doctor is a 64-bit little-endian program for x86_64'
finish
