#!/bin/bash
# Builds (once) a Debian root of a foreign architecture without running any of its programs; prints its path.
#
# usage: sysroot.sh [ARCH [SUITE [DIR [PKG...]]]]   default: arm64 bookworm, the cache directory, the tests' packages
#
# The root is cached under ${FERRY_SYSROOT_DIR:-${XDG_CACHE_HOME:-~/.cache}/ferry/sysroots}. A second call with the
# same packages does nothing. Packages are unpacked, not configured, so what maintainer scripts would make and the
# tests need (users, alternatives, /bin/sh) is made here.
set -euo pipefail
umask 022

arch=${1:-arm64}
suite=${2:-bookworm}
cache=${FERRY_SYSROOT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ferry/sysroots}
dir=${3:-$cache/$suite-$arch}
shift $(($# < 3 ? $# : 3))
pkgs=("$@")
if [ ${#pkgs[@]} -eq 0 ]; then
    pkgs=(base-files base-passwd busybox-static bash dash coreutils grep sed mawk gawk tar xz-utils zstd gzip bzip2
        perl python3 libpython3-stdlib gcc g++ libc6-dev make sqlite3 openssl git file libc-bin findutils
        diffutils procps util-linux debianutils hostname ncurses-base tzdata)
    case $suite in
    bookworm) pkgs+=(libpython3.11-testsuite) ;;
    trixie) pkgs+=(libpython3.13-testsuite) ;;
    esac
    # The native root that a guest's programs are compared with has the compilers whose output must be the same.
    case $arch-$suite in
    amd64-bookworm) pkgs+=(gcc-aarch64-linux-gnu g++-aarch64-linux-gnu) ;;
    amd64-trixie) pkgs+=(gcc-riscv64-linux-gnu g++-riscv64-linux-gnu) ;;
    esac
fi
stamp=$dir/.ferry-sysroot
want="$arch $suite ${pkgs[*]}"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    echo "$dir"
    exit 0
fi
command -v mmdebstrap >/dev/null || { echo "sysroot.sh: mmdebstrap is missing: apt-get install mmdebstrap" >&2; exit 1; }

mkdir -p "$(dirname "$dir")"
# Two test runs may start together: the second waits for the first and then finds the stamp.
exec 9>"$dir.lock"
flock 9
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    echo "$dir"
    exit 0
fi

new=$dir.new.$$
trap 'rm -rf "$new"' EXIT
include=$(IFS=,; echo "${pkgs[*]}")
# A suite other than this machine's own comes from the same mirror, the release alone: its updates change under the tests.
mirror=()
codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
[ "$suite" = "$codename" ] ||
    mirror=("$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" | sort -u | head -n 1)")
mode=root
[ "$(id -u)" -eq 0 ] || mode=fakechroot
# The extract variant never calls a package's scripts, so nothing makes /bin a link to usr/bin; do it first,
# or packages that ship /bin/x and packages that ship /usr/bin/x end in two directories.
mmdebstrap --mode=$mode --variant=extract --architectures="$arch" --skip=check/qemu --include="$include" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --setup-hook='mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; for d in bin sbin lib; do ln -sfn "usr/$d" "$1/$d"; done' \
    "$suite" "$new" "${mirror[@]}" >"$dir.log" 2>&1 || {
    echo "sysroot.sh: mmdebstrap failed, its output is in $dir.log" >&2
    exit 1
}

link_if_missing() { # TARGET NAME
    [ -e "$new/$2" ] || [ -L "$new/$2" ] || [ ! -e "$new/usr/bin/$1" ] || ln -s "$1" "$new/$2"
}
link_if_missing dash usr/bin/sh
link_if_missing mawk usr/bin/awk
link_if_missing gcc usr/bin/cc
link_if_missing g++ usr/bin/c++
mkdir -p "$new/etc"
[ -s "$new/etc/passwd" ] || cp "$new/usr/share/base-passwd/passwd.master" "$new/etc/passwd"
[ -s "$new/etc/group" ] || cp "$new/usr/share/base-passwd/group.master" "$new/etc/group"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$new/etc/hosts"
[ -e "$new/etc/nsswitch.conf" ] || printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$new/etc/nsswitch.conf"
# With -L an empty /proc or /tmp of the sysroot would hide the machine's own; chroot tests make them.
rm -rf "$new"/{dev,proc,sys,tmp,run,root,home,boot,mnt,media,srv,opt,var/tmp}
# Absolute links would leave the root when it is used with -L instead of chroot.
find "$new" -xdev -type l -lname '/*' ! -path "$new/proc/*" -print0 | while IFS= read -r -d '' l; do
    t=$(readlink "$l")
    [ -e "$new$t" ] && ln -sfn "$(realpath -sm --relative-to="$(dirname "$l")" "$new$t")" "$l"
done || true
echo "$want" >"$new/.ferry-sysroot"
rm -rf "$dir"
mv "$new" "$dir"
trap - EXIT
echo "$dir"
