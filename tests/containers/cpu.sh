#!/bin/bash
# CPU time of whole process trees: native, with ferry registered, with qemu-user registered, in one run.
#
# usage: cpu.sh [--guest NAME] [--only REGEX] [EMULATOR]     environment: QEMU (a static qemu-user, %s: the guest)
# In Debian roots of the guest and of amd64, of the same suite: `apt` installs gcc, libc6-dev and make whose packages are
# there already; `zlib` is configure, make and make test; `hello` GNU hello's configure. The sides take turns, each in a root
# of its own, and translations are kept only as they are without any option. Prints a line a measurement, with the
# machine's load at its end, and a line a ratio; one above what ferry may take fails.
# shellcheck disable=SC2154
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need qemu-aarch64-static=qemu-user-static
qemu=${QEMU:-/usr/bin/qemu-%s-static}
packages='gcc libc6-dev make'
install="apt-get install -qq -y --no-install-recommends $packages"

side_of() { # SIDE: sets arch, and registers what runs it
    arch=$root_arch
    case $1 in
    native) arch=amd64 ;;
    ferry) register "$emulator" ;;
    qemu) register "$qemu" ;;
    esac
}
# The roots as the measurements find them, in $work/ARCH.over/upper.
prepare() { # ARCH
    make_root "$1" $root_suite && overlay_root "$root_suite-$1" "$1" && enter_root "$root" || return 1
    in_root sh -c "apt-get update -qq && $install --download-only" &&
        mkdir -p "$root/src" && cp -r "$work/src/." "$root/src/" && umount -l "$root"
}
sources() { # bookworm's, whatever the guest's suite, in $work/src
    make_root amd64 bookworm sources "gcc dpkg-dev" || return 1
    overlay_root sources && enter_root "$root"
    echo "deb-src $mirror bookworm main" >"$root/etc/apt/sources.list.d/src.list"
    # hello's own config.guess does not know riscv64.
    in_root sh -c 'mkdir /src && cd /src && apt-get update -qq && apt-get source -qq hello zlib && mv hello-* hello && mv zlib-* zlib &&
        apt-get install -qq -y autotools-dev && cp /usr/share/misc/config.guess /usr/share/misc/config.sub hello/build-aux/' || return 1
    mkdir "$work/src" && mv "$root/src/hello" "$root/src/zlib" "$work/src/"
}
side_root() { # SIDE: sets root
    root=$work/side-$1
    mkdir -p "$root" "$root.over/upper" "$root.over/work"
    mount -t overlay overlay -o "lowerdir=$work/$arch.over/upper:$cache/$root_suite-$arch,upperdir=$root.over/upper,workdir=$root.over/work,userxattr" \
        "$root" && enter_root "$root"
}
declare -A seconds
measure() { # ROW SIDE
    local TIMEFORMAT='%U %S' log=$work/$1-$2.log times command
    side_of "$2"
    root=$work/side-$2
    mountpoint -q "$root" || side_root "$2" || exit 2
    case $1 in
    apt) command=$install ;;
    zlib) command='cd /src/zlib && ./configure && make -s && make -s test' ;;
    hello) command='cd /src/hello && ./configure' ;;
    esac
    times=$({ time in_root sh -c "$command" >"$log" 2>&1 || echo failed >"$work/failed"; } 2>&1)
    if [ -e "$work/failed" ]; then
        rm "$work/failed"
        tail -n 8 "$log" >"$work/end"
        fail "$1 $2" 'the command failed' "$work/end"
        return
    fi
    seconds[$1 $2]=$(awk '{ printf "%.2f", $1 + $2 }' <<<"$times")
    printf '%-6s %-7s %8.2f s CPU (user and system %s), load %s\n' "$1" "$2" "${seconds[$1 $2]}" "$times" "$(cut -d' ' -f1 /proc/loadavg)"
}
declare -A most=([apt]=3 [zlib]=5 [hello]=6)
ratios() { # ROW: to native, where nothing failed
    local n=${seconds[$1 native]-} f=${seconds[$1 ferry]-} q=${seconds[$1 qemu]-}
    [ -n "$n" ] && [ -n "$f" ] && [ -n "$q" ] || return
    awk -v row="$1" -v n="$n" -v f="$f" -v q="$q" -v most="${most[$1]}" \
        'BEGIN { printf "%s: ferry %.1fx, qemu-user %.1fx native\n", row, f / n, q / n; exit f / n > most }' &&
        pass "$1" || fail "$1" "ferry takes more than ${most[$1]} times native"
}

guest_root "${guests[0]}"
register "$emulator"
{ sources && prepare amd64 && prepare $root_arch; } >"$work/prepare" 2>&1 || { cat "$work"/{out,prepare} 2>/dev/null | tail -n 8 >"$work/end"; fail prepare 'see below' "$work/end"; finish; }
for row in apt zlib hello; do
    for side in native ferry qemu; do
        [ $row = apt ] || [[ $row =~ ${only-} ]] && measure $row $side # the others need what apt installs
    done
done
for row in apt zlib hello; do
    ratios $row
done
finish
