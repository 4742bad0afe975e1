#!/bin/bash
# Builds the Debian packages from the source tree and tries them in a Debian root: files, registration, removal.
#
# usage: deb.sh   in the environment: SRCDIR; DEBS (directory of packages built before, else they are built)
here=$(dirname "$(readlink -f "$0")")
src=${SRCDIR:-$here/../..}
group=deb
. "$here/../common.sh"
for tool in dpkg-buildpackage dh mmdebstrap; do
    command -v $tool >/dev/null || skip_all "$tool is missing (Debian packages debhelper, mmdebstrap)"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

debs=${DEBS-}
if [ -z "$debs" ]; then
    debs=$work/debs
    mkdir -p "$debs/ferry"
    (cd "$src" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - ) | tar -x -C "$debs/ferry"
    (cd "$debs/ferry" && DEB_BUILD_OPTIONS=parallel=2 dpkg-buildpackage -b -us -uc) >"$work/out" 2>&1 || { tail -n 12 "$work/out" >"$work/end"; fail build 'no packages' "$work/end"; finish; }
    pass build
fi
ferry_deb=$(echo "$debs"/ferry_*_amd64.deb)
binfmt_deb=$(echo "$debs"/ferry-binfmt_*_amd64.deb)
content() { dpkg-deb -c "$1" | awk '$1 !~ /^d/ {print $6}' | sort; }
printf '%s\n' ./usr/bin/ferry ./usr/share/bash-completion/completions/ferry ./usr/share/man/man1/ferry.1.gz \
    ./usr/share/zsh/vendor-completions/_ferry >"$work/want"
check_ends "files of ferry" diff "$work/want" <(content "$ferry_deb" | grep -v /doc/)
printf '%s\n' ./usr/lib/binfmt.d/ferry-aarch64.conf ./usr/lib/binfmt.d/ferry-riscv64.conf ./usr/bin/ferry-binfmt \
    ./usr/share/bash-completion/completions/ferry-binfmt ./usr/share/binfmts/ferry-aarch64 \
    ./usr/share/binfmts/ferry-riscv64 ./usr/share/man/man8/ferry-binfmt.8.gz \
    ./usr/share/zsh/vendor-completions/_ferry-binfmt | sort >"$work/want"
check_ends "files of ferry-binfmt" diff "$work/want" <(content "$binfmt_deb" | grep -v /doc/)

# A root of its own, in which the packages are installed with a private binfmt_misc.
root=$work/root
mmdebstrap --mode=root --variant=essential --include=binfmt-support bookworm "$root" >"$work/out" 2>&1 || { fail "a Debian root" 'not made' "$work/out"; finish; }
cp "$ferry_deb" "$binfmt_deb" "$root/tmp/"
in_root() { # COMMAND: in the root, with a /proc and a binfmt_misc that others do not see
    unshare --user --map-root-user --mount --pid --fork --propagation private bash -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 2
        [ -z "$3" ] || mount -t binfmt_misc none "$1/proc/sys/fs/binfmt_misc" || exit 2
        unshare --root="$1" --wd=/ /bin/sh -c "$2"
        exit $? # and so bash stays process 1, outside the root' - "$root" "$1" "${2-}"
}
check_ends "install" in_root 'dpkg -i /tmp/*.deb' misc
cp "$work/out" "$work/said"
check_ends "in a chroot nothing is registered" grep 'in a chroot, nothing registered' "$work/said"
# As on the machine itself: ischroot says no.
printf '#!/bin/sh\nexit 1\n' >"$root/usr/local/bin/ischroot"
chmod 755 "$root/usr/local/bin/ischroot"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
check_ends "configure registers" in_root 'dpkg-reconfigure -f noninteractive ferry-binfmt 2>/dev/null || /var/lib/dpkg/info/ferry-binfmt.postinst configure;
    ferry-binfmt status' misc
check_ends "systemd's lines are taken as they are" in_root '
    for f in /usr/lib/binfmt.d/ferry-*.conf; do sed -n "/^:/p" $f | tr -d "\n" >/proc/sys/fs/binfmt_misc/register || exit 1; done
    ferry-binfmt install all | grep -c "registered already" | grep -x 2' misc
check_ends "update-binfmts" in_root '
    update-binfmts --import ferry-aarch64 && cat /proc/sys/fs/binfmt_misc/ferry-aarch64 &&
    grep -x "flags: POCF" /proc/sys/fs/binfmt_misc/ferry-aarch64 && ferry-binfmt install aarch64 | grep "registered already"' misc
check_ends "remove" in_root '/var/lib/dpkg/info/ferry-binfmt.postinst configure; dpkg -r ferry-binfmt &&
    [ "$(ls /proc/sys/fs/binfmt_misc | tr "\n" " ")" = "register status " ]' misc
finish
