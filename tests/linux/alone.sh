#!/bin/bash
# A chroot with one static program (and, without binfmt_misc, the emulator) and nothing else, as BuildKit probes platforms.
args=("$@")
. "$(dirname "$(readlink -f "$0")")/lib.sh"
if [ -z "${FERRY_TEST_ALONE-}" ]; then
    export FERRY_TEST_ALONE=1 FERRY_TEST_INSIDE=1
    exec unshare --user --map-root-user --mount --propagation private "$0" "${args[@]}"
fi
[[ alone =~ $only ]] || finish

dir=$BUILD/alone
prog=$BUILD/alone.$guest
$triple-gcc -O1 -w -static -pthread "$here/alone.c" -o "$prog" || exit 2
cat >"$BUILD/want" <<END
machine $guest, 3 arguments, last two
few names 1, proc -1
thread 6 signal 10 child 16 memory 1
clock 1
END

check() { # NAME PROGRAM-LINE...
    local name=$1
    shift
    timeout -k 5 "$T" unshare --root="$dir" "$@" >"$BUILD/got" 2>"$BUILD/err" </dev/null
    local code=$?
    if [ -s "$BUILD/err" ]; then
        fail "$name" "exit $code, something on stderr" "$BUILD/err"
    else
        compare "$name" "$BUILD/want" 42 "$BUILD/got" $code "$BUILD/err"
    fi
}

rm -rf "$dir"
mkdir -p "$dir"
cp "$prog" "$dir/prog"
cp "$emu_path" "$dir/emulator"
check "alone/chroot with the emulator" /emulator "${emu[@]:1}" /prog one two
rm "$dir/emulator"
# Registered with F: the kernel keeps the interpreter open, it is not in the root at all.
mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
echo -1 >/proc/sys/fs/binfmt_misc/status 2>/dev/null
printf '%s' ':alone:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x'$e_machine'\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$emu_path:PF" \
    >/proc/sys/fs/binfmt_misc/register || fail "alone/binfmt_misc with F" "cannot register"
check "alone/binfmt_misc with F" /prog one two
finish
