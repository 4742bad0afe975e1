# Shared by the scripts here: namespaces of their own with an emulator registered, Debian roots, checks. Sourced by bash.
# shellcheck shell=bash disable=SC2034
#
# Options of every script:  [--guest NAME] [--only REGEX] [EMULATOR]
#   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
# Environment: FERRY_CONTAINERS_DIR (cache of roots), MIRROR (of Debian).
#
# A script begins again in a user namespace that maps many ids, with mounts and a binfmt_misc of its own: nothing of the
# machine is changed, and set-user-ID programs mean something. A script that sets own_network has a network of its own as well.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/../common.sh"
options=()
guests=(aarch64 riscv64)
while [[ ${1-} == --* ]]; do
    case $1 in
    --guest) guests=("$2") ;;
    --only) only=$2 ;;
    *) echo "$0: unknown option $1" >&2; exit 2 ;;
    esac
    options+=("$1" "$2")
    shift 2
done
emulator=$(readlink -f "${1:-${FERRY-}}")
[ -x "$emulator" ] || { echo "$0: no emulator ${1:-${FERRY-}}" >&2; exit 2; }
export FERRY=$emulator # for the script when it begins again
cache=${FERRY_CONTAINERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ferry/containers}
mirror=${MIRROR:-$(sed -n 's/^URIs: *//p;s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)}

need() { # PROGRAM=PACKAGE...: installs what is missing
    local p missing=()
    for p; do
        command -v "${p%=*}" >/dev/null || missing+=("${p#*=}")
    done
    [ ${#missing[@]} = 0 ] || apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
        skip_all "cannot install ${missing[*]}"
}

begin_again() { # in namespaces, with $FERRY_CONTAINERS_WORK to write to
    local network status
    [ -n "$mirror" ] || skip_all "apt's sources name no mirror of Debian; set MIRROR"
    [ "$(id -u)" = 0 ] || skip_all 'needs root, for a user namespace that maps all ids'
    need_own_binfmt_misc
    need mmdebstrap=mmdebstrap ip=iproute2 ${own_network:+slirp4netns=slirp4netns}
    mkdir -p "$cache"
    FERRY_CONTAINERS_WORK=$(mktemp -d "$cache/work.XXXXXX")
    export FERRY_CONTAINERS_WORK
    chmod 755 "$FERRY_CONTAINERS_WORK"
    # The machine's own is for root only, and no device can be made in a user namespace.
    [ -z "${own_network-}" ] || mknod -m 666 "$FERRY_CONTAINERS_WORK/tun" c 10 200
    # Not all ids: container tools would take that for no namespace.
    start_with_ids '0 0 1000000' "$FERRY_CONTAINERS_WORK" ${own_network:+--net --cgroup} -- bash "$0" "${options[@]}"
    # TERM does nothing to an unshare that waits, nor to a shell that is the first process of its namespace.
    trap 'kill -KILL $inside' INT TERM
    if [ -n "${own_network-}" ]; then
        slirp4netns --configure --mtu=65520 $inside tap0 >"$FERRY_CONTAINERS_WORK/network.log" 2>&1 &
        network=$!
    fi
    echo >"$FERRY_CONTAINERS_WORK/go"
    wait $inside
    status=$?
    [ -z "${own_network-}" ] || kill $network
    rm -rf --one-file-system "$FERRY_CONTAINERS_WORK"
    exit $status
}
[ -n "${FERRY_CONTAINERS_WORK-}" ] || begin_again
work=$FERRY_CONTAINERS_WORK

check() { # NAME PATTERN COMMAND...: it succeeds, and a line of its output matches
    local name=$1 pattern=$2 code
    shift 2
    [[ $name =~ ${only-} ]] || return 0
    timeout -k 5 "${T:-1500}" bash -c '"$@"' - "$@" >"$work/out" 2>&1 </dev/null
    code=$?
    tail -n 8 "$work/out" >"$work/end"
    if [ $code != 0 ]; then
        fail "$name" "exit status $code" "$work/end"
    elif ! grep -qE -- "$pattern" "$work/out"; then
        fail "$name" "output lacks '$pattern'" "$work/end"
    else
        pass "$name"
    fi
}

register() { # EMULATOR: alone in this namespace, for both guests; %s in its name is the guest's
    local entry g e
    # The mount that was there may be the machine's.
    mountpoint -q $misc && umount $misc 2>/dev/null
    mount -t binfmt_misc none $misc && echo -1 >$misc/status || exit 2
    case $1 in
    */ferry*) "$(dirname "$emulator")/ferry-binfmt" install all --interpreter "$1" >/dev/null || exit 2 ;;
    *)
        for g in aarch64 riscv64; do
            e=b7 entry=${1//%s/$g}
            [ $g = aarch64 ] || e=f3
            printf '%s' ":$g:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x$e\\x00:\\xff\\xff\\xff\\xff\\xff\\xfe\\xfe\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:$entry:POCF" >$misc/register || exit 2
        done ;;
    esac
}

guest_root() { # GUEST: sets root_arch and root_suite
    case $1 in
    aarch64) root_arch=arm64 root_suite=bookworm ;;
    riscv64) root_arch=riscv64 root_suite=trixie ;;
    esac
}

make_root() { # ARCH SUITE [NAME PACKAGES]: a root that mmdebstrap makes with its maintainer scripts run; kept in the cache
    local dir=$cache/${3:-$2-$1}
    (
        flock 8
        [ ! -e "$dir.made" ] || exit 0
        rm -rf --one-file-system "$dir"
        timeout 1500 mmdebstrap --mode=root --architectures="$1" --skip=check/qemu --variant=apt --include="ca-certificates ${4-}" \
            --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/man/*' \
            "$2" "$dir.tar" "deb $mirror $2 main" >"$work/out" 2>&1 && mkdir -p "$dir" &&
            tar -x --numeric-owner --exclude='./dev/*' -C "$dir" -f "$dir.tar" && rm "$dir.tar" && touch "$dir.made"
    ) 8>"$dir.lock"
}

enter_root() { # DIR: what a program in there expects of the machine
    mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 2
    cp /etc/resolv.conf /etc/hosts "$1/etc/"
    cp /etc/apt/apt.conf.d/*proxy* "$1/etc/apt/apt.conf.d/" 2>/dev/null
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" # no daemons
    chmod 755 "$1/usr/sbin/policy-rc.d"
}

overlay_root() { # NAME [AS]: the root NAME of the cache, what is written to it forgotten; sets root
    local name=${2:-$1}
    root=$work/$name
    mkdir -p "$root" "$work/$name.over/upper" "$work/$name.over/work"
    mount -t overlay overlay -o "lowerdir=$cache/$1,upperdir=$work/$name.over/upper,workdir=$work/$name.over/work,userxattr" \
        "$root" || exit 2
}

in_root() { # COMMAND...: in $root, with nothing of our environment but the way to the network
    local proxies
    mapfile -t proxies < <(env | grep -i '_proxy=')
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        DEBIAN_FRONTEND=noninteractive "${proxies[@]}" unshare --root="$root" --wd=/ "$@"
}
export -f in_root # for what check starts
export root
