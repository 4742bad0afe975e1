# Shared by the scripts here: namespaces of their own with an emulator registered, Debian roots, counting. Sourced by bash.
# shellcheck shell=bash disable=SC2034
#
# Options of every script:  [--guest NAME] [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
# Environment: FERRY_CONTAINERS_DIR (cache of roots), MIRROR (of Debian).
#
# A script begins again in a user namespace that maps all ids, with mounts and a binfmt_misc of its own: nothing of the
# machine is changed, and set-user-ID programs mean something.
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
all_args=("$@")
guests=(aarch64 riscv64)
while [[ ${1-} == --* ]]; do
    case $1 in
    --guest) guests=("$2"); shift ;;
    *) echo "$0: unknown option $1" >&2; exit 2 ;;
    esac
    shift
done
emulator=$(readlink -f "${1:-$FERRY}")
[ -x "$emulator" ] || { echo "$0: no emulator ${1:-$FERRY}" >&2; exit 2; }
cache=${FERRY_CONTAINERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ferry/containers}
mirror=${MIRROR:-$(sed -n 's/^URIs: *//p;s/^deb \(\[[^]]*\] \)\?\([^ ]*\).*/\2/p' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)}

skip_all() { echo "SKIP: $1"; exit 77; }
[ -n "$mirror" ] || skip_all "apt's sources name no mirror of Debian; set MIRROR"
need() { # PROGRAM=PACKAGE...: installs what is missing
    local p missing=()
    for p; do
        command -v "${p%=*}" >/dev/null || missing+=("${p#*=}")
    done
    [ ${#missing[@]} = 0 ] || apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
        skip_all "cannot install ${missing[*]}"
}
[ "$(id -u)" = 0 ] || skip_all 'needs root, for a user namespace that maps all ids'
need mmdebstrap=mmdebstrap ip=iproute2

if [ -z "${FERRY_CONTAINERS_WORK-}" ]; then
    unshare --user --map-root-user --mount mount -t binfmt_misc none /proc/sys/fs/binfmt_misc 2>/dev/null ||
        skip_all 'needs user namespaces and a binfmt_misc in them (Linux 6.7)'
    mkdir -p "$cache"
    FERRY_CONTAINERS_WORK=$(mktemp -d "$cache/work.XXXXXX")
    export FERRY_CONTAINERS_WORK
    mkfifo "$FERRY_CONTAINERS_WORK/go"
    # shellcheck disable=SC2016
    unshare --user --mount --propagation private bash -c 'read -r _ <"$1/go"; shift; exec bash "$@"' - \
        "$FERRY_CONTAINERS_WORK" "$0" "${all_args[@]}" &
    while [ "$(readlink /proc/$!/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
    echo '0 0 65536' >/proc/$!/uid_map
    echo '0 0 65536' >/proc/$!/gid_map
    echo >"$FERRY_CONTAINERS_WORK/go"
    wait $!
    status=$?
    rm -rf --one-file-system "$FERRY_CONTAINERS_WORK"
    exit $status
fi
work=$FERRY_CONTAINERS_WORK
chmod 755 "$work"

passed=0 failed=0
pass() { passed=$((passed + 1)); echo "ok   $1"; }
fail() { failed=$((failed + 1)); echo "FAIL $1: $2"; [ ! -s "$work/out" ] || tail -n 8 "$work/out" | cut -c1-200 | sed 's/^/     /'; }
skip() { echo "SKIP $1: $2"; }
check() { # NAME PATTERN COMMAND...: it succeeds, and a line of its output matches
    local name=$1 pattern=$2 code
    shift 2
    timeout -k 5 "${T:-1500}" bash -c '"$@"' - "$@" >"$work/out" 2>&1 </dev/null
    code=$?
    if [ $code != 0 ]; then
        fail "$name" "exit status $code"
    elif ! grep -qE -- "$pattern" "$work/out"; then
        fail "$name" "output lacks '$pattern'"
    else
        pass "$name"
    fi
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

misc=/proc/sys/fs/binfmt_misc
register() { # EMULATOR: alone in this namespace, for both guests; %s in its name is the guest's
    local entry g e
    mountpoint -q $misc && umount $misc
    mount -t binfmt_misc none $misc || exit 2
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

make_root() { # ARCH SUITE: a root that mmdebstrap makes with its maintainer scripts run; kept in the cache
    local dir=$cache/$2-$1
    [ -e "$dir/.made" ] && return 0
    rm -rf --one-file-system "$dir"
    timeout 1500 mmdebstrap --mode=root --architectures="$1" --skip=check/qemu --variant=apt --include=ca-certificates \
        --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/man/*' \
        "$2" "$dir.tar" "deb $mirror $2 main" >"$work/out" 2>&1 || return 1
    mkdir -p "$dir"
    tar -x --numeric-owner --exclude='./dev/*' -C "$dir" -f "$dir.tar" && rm "$dir.tar" && touch "$dir/.made"
}

enter_root() { # DIR: what a program in there expects of the machine
    mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 2
    cp /etc/resolv.conf /etc/hosts "$1/etc/"
    cp /etc/apt/apt.conf.d/*proxy* "$1/etc/apt/apt.conf.d/" 2>/dev/null
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d" # no daemons
    chmod 755 "$1/usr/sbin/policy-rc.d"
}

overlay_root() { # ARCH SUITE NAME: the root, what is written to it forgotten; sets root
    root=$work/$3
    mkdir -p "$root" "$work/$3.over/upper" "$work/$3.over/work"
    mount -t overlay overlay -o "lowerdir=$cache/$2-$1,upperdir=$work/$3.over/upper,workdir=$work/$3.over/work,userxattr" \
        "$root" || exit 2
    enter_root "$root"
}

in_root() { # COMMAND...: in $root, with nothing of our environment but the way to the network
    local proxies
    mapfile -t proxies < <(env | grep -i '_proxy=')
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
        DEBIAN_FRONTEND=noninteractive "${proxies[@]}" unshare --root="$root" --wd=/ "$@"
}
export -f in_root # for what check starts
export root
