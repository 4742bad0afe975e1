#!/bin/bash
# Debian roots of foreign architectures, made and used through chroot with ferry registered.
#
# usage: chroot.sh [--guest NAME] [--only REGEX] [EMULATOR]
# Makes the roots (kept in the cache), installs more than a hundred packages into each, and tries what container builds do
# there: ldconfig, dpkg's triggers, set-user-ID programs, fexecve, busybox, the toolchains of C, Go and Rust.
# shellcheck disable=SC2016
. "$(dirname "$(readlink -f "$0")")/lib.sh"
packages='gcc g++ make git cmake autoconf automake libtool sudo iputils-ping busybox-static golang-go rustc cargo python3 perl'

check_root() { # GUEST
    guest_root "$1"
    make_root $root_arch $root_suite && pass "$1/mmdebstrap $root_suite" || { fail "$1/mmdebstrap $root_suite" 'no root' "$work/out"; return; }
    overlay_root $root_suite-$root_arch
    enter_root "$root"
    check "$1/uname" "^$1\$" in_root uname -m
    check "$1/apt-get update" '^Reading package lists' in_root apt-get update
    check "$1/apt-get install" 'Processing triggers for libc-bin' in_root apt-get install -y --no-install-recommends $packages
    installed=$(grep -c '^Setting up' "$work/out")
    [ "$installed" -gt 100 ] && pass "$1/a hundred packages" || fail "$1/a hundred packages" "$installed packages"
    check "$1/dpkg --audit" '^clean$' in_root sh -c 'test -z "$(dpkg --audit)" && echo clean'
    check "$1/ldconfig a hundred times" '^100$' in_root sh -c 'i=0; while [ $i -lt 100 ] && ldconfig; do i=$((i + 1)); done; echo $i'
    check "$1/trigger" 'Processing triggers for libc-bin' in_root sh -c 'dpkg-trigger --no-await --by-package=dpkg ldconfig && dpkg --configure -a'
    check "$1/sudo" '^0$' in_root sh -c 'echo "nobody ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/n && setpriv --reuid=nobody --regid=nogroup --clear-groups sudo -n id -u'
    # Raw sockets belong to the user namespace that owns the network.
    check "$1/ping, set-user-ID" '1 received' unshare --net sh -c 'ip link set lo up && chmod 4755 "$root/usr/bin/ping" &&
        exec unshare --root="$root" setpriv --reuid=65534 --regid=65534 --clear-groups ping -c 1 127.0.0.1'
    check "$1/busybox" "^$1 /\$" in_root sh -c 'ln -s /bin/busybox /tmp/uname; ln -s /bin/busybox /tmp/dirname; echo "$(/tmp/uname -m) $(/tmp/dirname /etc)"'
    check "$1/fexecve of a program" '^7$' in_root python3 -c 'import os; os.execve(os.open("/bin/echo", os.O_RDONLY | os.O_CLOEXEC), ["echo", "7"], {})'
    check "$1/fexecve of a script" '^a /dev/fd/[0-9]+ b$' in_root sh -c 'printf "#!/bin/sh\necho a \$0 \$1\n" >/tmp/s; chmod 755 /tmp/s
        exec python3 -c "import os; f = os.open(\"/tmp/s\", os.O_RDONLY); os.set_inheritable(f, True); os.execve(f, [\"s\", \"b\"], {})"'
    check "$1/gcc" '^c 42$' in_root sh -c 'cd /tmp && printf "%s\n" "#include <stdio.h>" "int main(void) { return !printf(\"c %d\", 6 * 7); }" >h.c && gcc -O2 h.c -o h && ./h'
    check "$1/go" '^go 4950$' in_root sh -c 'cd /tmp && echo "package main
import \"fmt\"
func main() { c := make(chan int); for i := 0; i < 100; i++ { go func(i int) { c <- i }(i) }; s := 0; for i := 0; i < 100; i++ { s += <-c }; fmt.Println(\"go\", s) }" >h.go && go run h.go'
    check "$1/cargo" '^rust 28$' in_root sh -c 'cd /tmp && cargo new -q --vcs none r && echo "use std::thread;
fn main() { let s: u32 = (0..8).map(|i| thread::spawn(move || i)).map(|t| t.join().unwrap()).sum(); println!(\"rust {}\", s) }" >r/src/main.rs && cd r && cargo run -q --release'
}

register "$emulator"
for guest in "${guests[@]}"; do
    check_root "$guest"
done
finish
