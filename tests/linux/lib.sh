# Shared by the scripts here: options, the sysroot, running a program as guest or natively, counting. Sourced by bash.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Options of every script:  [--guest NAME] [--chroot] [--binfmt] [--only REGEX] EMULATOR [ARG...]
#   --guest     aarch64 (default) or riscv64
#   default     EMULATOR -L SYSROOT PROGRAM, in the machine's own root
#   --chroot    the emulator is copied into the sysroot and everything runs under chroot (static emulator; root)
#   --binfmt    the emulator is registered with a private binfmt_misc instance, so that programs started by
#               programs run even under an emulator that does not start them itself
# Environment: BUILD (scratch directory), FERRY_SYSROOT_DIR (cache of sysroots), T (seconds a test may take).

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/../common.sh"
. "$here/guests.sh"
mode=prefix binfmt=0 only=.
guest_set "${GUEST:-aarch64}"
all_args=("$@")
while [ $# -gt 0 ]; do
    case $1 in
    --guest) guest_set "$2"; shift ;;
    --chroot) mode=chroot ;;
    --binfmt) binfmt=1 ;;
    --only) only=$2; shift ;;
    --) shift; break ;;
    -*) echo "$0: unknown option $1" >&2; exit 2 ;;
    *) break ;;
    esac
    shift
done
if [ $# -eq 0 ]; then
    echo "usage: $0 [--guest NAME] [--chroot] [--binfmt] [--only REGEX] EMULATOR [ARG...]" >&2
    exit 2
fi
emu=("$@")
emu_path=$(command -v "$1") || { echo "$0: no emulator $1" >&2; exit 2; }
emu_path=$(readlink -f "$emu_path")
emu[0]=$emu_path
export BUILD=${BUILD:-/tmp/ferry-tests.$(id -u)/$guest}
mkdir -p "$BUILD"
export T=${T:-120}

# A script that runs Debian's programs natively as well says so by debian_native=1: they are those of an amd64 root of
# the same suite, so that versions are the same and nothing of this machine is needed.
native_suite=${debian_native:+$suite}
# Everything runs in namespaces of its own: mounts, and a binfmt_misc that others neither see nor disturb.
if [ -z "${FERRY_TEST_INSIDE-}" ] && { [ $mode = chroot ] || [ $binfmt = 1 ] || [ -n "$native_suite" ]; }; then
    export FERRY_TEST_INSIDE=1
    exec unshare --user --map-root-user --mount --propagation private "$0" "${all_args[@]}"
fi

sysroot=${SYSROOT:-$("$here/sysroot.sh" $deb_arch $suite)} || exit 2
[ -z "$native_suite" ] || native_sysroot=$("$here/sysroot.sh" amd64 "$native_suite") || exit 2
work=$BUILD/work
mkdir -p "$work"

register_binfmt() { # INTERPRETER as the guest's programs name it
    mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || return 1
    printf '%s' ':ferrytest:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x'$e_machine'\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$1:PF" \
        >/proc/sys/fs/binfmt_misc/register
}

overlays=()
trap 'cd /; rm -rf "${overlays[@]}"' EXIT
# The cached sysroot stays as it is: what tests write lands in an overlay.
mount_root() { # SYSROOT ROOT
    local over=$2.over.$$ # two scripts may run at a time
    mkdir -p "$2" "$over/upper" "$over/work"
    overlays+=("$over")
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$over/upper,workdir=$over/work,userxattr" "$2" ||
        { echo "$0: cannot mount an overlay of the sysroot" >&2; exit 2; }
    mkdir -p "$2"/{proc,dev,sys,root,run,home} "$2$BUILD" "$2/tmp" "$2/var/tmp"
    chmod 1777 "$2/tmp" "$2/var/tmp"
    mount --rbind /proc "$2/proc"
    mount --rbind /dev "$2/dev"
    mount --bind "$BUILD" "$2$BUILD"
}
if [ -n "$native_suite" ]; then
    native_root=$BUILD/native-root
    mount_root "$native_sysroot" "$native_root"
fi
if [ $mode = chroot ]; then
    root=$BUILD/root
    mount_root "$sysroot" "$root"
    cp "$emu_path" "$root/emulator"
    inside=(/emulator "${emu[@]:1}")
    guest_path=/usr/bin:/bin:/usr/sbin
    guest_root=
else
    guest_path=$sysroot/usr/bin:$sysroot/usr/sbin
    guest_root=$sysroot
fi
[ $binfmt = 0 ] || register_binfmt "$emu_path" || { echo "$0: cannot register with binfmt_misc" >&2; exit 2; }

# The variables by which emulators and programs find their files when the root is not the sysroot.
guest_env=(env -i HOME="$work" LANG=C.UTF-8 TERM=dumb TZ=UTC PATH="$guest_path" ROOT="$guest_root"
    GIT_CONFIG_NOSYSTEM=1 SIDE=guest)
native_env=(env -i HOME="$work" LANG=C.UTF-8 TERM=dumb TZ=UTC PATH="/usr/bin:/bin:/usr/sbin:/sbin" ROOT=
    GIT_CONFIG_NOSYSTEM=1 SIDE=native)
if [ $mode = prefix ]; then
    guest_env+=(QEMU_LD_PREFIX="$sysroot" FERRY_LD_PREFIX="$sysroot" GIT_EXEC_PATH="$sysroot/usr/lib/git-core"
        GIT_TEMPLATE_DIR="$sysroot/usr/share/git-core/templates")
fi
# Options for the emulator itself, such as FERRY_LOG=stats, reach it through EMU_ENV="A=b C=d".
read -ra more_env <<<"${EMU_ENV-}"
guest_env+=("${more_env[@]}")

guest() { # PROGRAM ARG...: runs a program of the guest; an absolute path is one inside the sysroot
    local prog=$1
    shift
    if [ $mode = chroot ]; then
        timeout -k 5 "$T" "${guest_env[@]}" unshare --root="$root" --wd="$PWD" "${inside[@]}" "$prog" "$@"
    else
        case $prog in
        "$BUILD"/*) ;;
        /*) prog=$sysroot$prog ;;
        esac
        timeout -k 5 "$T" "${guest_env[@]}" "${emu[@]}" -L "$sysroot" "$prog" "$@"
    fi
}

native() { # PROGRAM ARG...: of this machine if we built it, else Debian's of the guest's suite
    if [ -n "$native_suite" ] && [[ $1 != "$BUILD"/* ]]; then
        timeout -k 5 "$T" "${native_env[@]}" unshare --root="$native_root" --wd="$PWD" "$@"
    else
        timeout -k 5 "$T" "${native_env[@]}" "$@"
    fi
}

known_failure() { # NAME
    local known
    known=$(sed -n "s|^${1%% *}: *||p" "$here/qemu-fails.txt" 2>/dev/null)
    echo "${known:+ (qemu-user 7.2 fails here too: $known)}"
}

fresh_dir() { # NAME: an empty directory, and goes there
    rm -rf "$work/$1"
    mkdir -p "$work/$1"
    cd "$work/$1" || exit 2
}

# Compares two results (output and exit code) and counts.
compare() { # NAME WANT WANT_CODE GOT GOT_CODE STDERR
    if [ "$3" != "$5" ]; then
        local why="exit $5, expected $3"
        [ "$5" != 124 ] && [ "$5" != 137 ] || why="hangs (killed after $T s)"
        diff "$2" "$4" >"$BUILD/diff"
        cat "$6" >>"$BUILD/diff" 2>/dev/null
        fail "$1" "$why" "$BUILD/diff"
    elif ! cmp -s "$2" "$4"; then
        diff "$2" "$4" >"$BUILD/diff"
        fail "$1" "output differs (< expected, > got)" "$BUILD/diff"
    else
        pass "$1"
    fi
}
