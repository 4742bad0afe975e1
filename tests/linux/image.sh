#!/bin/bash
# Builds the image ferry-binfmt without a container tool, for both hosts, and starts its programs where there is nothing else.
# Those of the arm64 image run under the EMULATOR, which is registered for that.
#
# usage: image.sh [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
here=$(dirname "$(readlink -f "$0")")
ferry=$(readlink -f "${1:-$FERRY}")
build=$here/../../deploy/image/build.sh
. "$here/../common.sh"
for tool in jq readelf strip; do
    command -v $tool >/dev/null || skip_all "$tool is missing"
done
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

digest() { jq -r "$1" "$2" | sed 's/^sha256://'; }

# The image of the programs in DIR, which are for ARCH, unpacked into $work/root.
build_image() { # DIR ARCH
    check_ends "build" "$build" --tool tar --output "$work/image.tar" "$1"
    "$build" --tool tar --output "$work/again.tar" "$1" >/dev/null
    check_ends "the same again" cmp "$work/image.tar" "$work/again.tar"
    mkdir "$work/oci" "$work/root" && tar -x -C "$work/oci" -f "$work/image.tar"
    cd "$work/oci/blobs/sha256" || exit 2
    check_ends "digests" sh -c 'for f in *; do echo "$f  $f"; done | sha256sum -c'
    local manifest layer
    manifest=$(digest '.manifests[0].digest' ../../index.json)
    layer=$(digest '.layers[0].digest' "$manifest")
    config=$(digest '.config.digest' "$manifest")
    check_ends "layer" [ "$(gzip -dc "$layer" | sha256sum | cut -d' ' -f1)" = "$(digest '.rootfs.diff_ids[0]' "$config")" ]
    check_ends "for $2" [ "$(jq -r '.architecture' "$config") $(jq -r '.manifests[0].platform.architecture' ../../index.json)" = "$2 $2" ]
    tar -xz -C "$work/root" -f "$layer"
    [ "$(cd "$work/root" && find . -type f | sort | tr '\n' ' ')" = './usr/bin/ferry ./usr/bin/ferry-binfmt ' ] && pass "two files" || fail "two files" "there are others"
    # A container's root has /proc and /dev and these two files.
    mkdir -p "$work/root/proc" "$work/root/dev"
}

# As a container runs the image, in a user namespace instead of with --privileged. REGISTER: what the machine has done before.
contain() { # REGISTER ARGUMENT...
    unshare --user --map-root-user --mount --pid --fork --propagation private sh -c 'root=$1 register=$2; shift 2
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 2
        $register >/dev/null || exit 2
        unshare --root="$root" --wd=/ $(jq -r ".config.Entrypoint[0]" "'"$work/oci/blobs/sha256/$config"'") "$@" || exit
        cd /proc/sys/fs/binfmt_misc && grep -H ^interpreter ferry-*' - "$work/root" "$@"
}

group=image work=$top/amd64
mkdir "$work"
build_image "$(dirname "$ferry")" amd64
check_ends "--install all" contain true --install all
cp "$work/out" "$work/said"
check_ends "its list" grep -q '"linux/arm64"' "$work/said"
check_ends "entries" [ "$(grep -c '^ferry-\(aarch64\|riscv64\):interpreter /usr/bin/ferry$' "$work/said")" = 2 ]
check_ends "--reset -p yes" contain true --reset -p yes
cp "$work/out" "$work/said"
check_ends "interpreter beside it" grep -q 'Setting /usr/bin/ferry as binfmt interpreter for riscv64' "$work/said"

group=image-arm64 work=$top/arm64
mkdir "$work"
programs=${HOST_BUILD:-${BUILD:-/tmp/ferry-tests.$(id -u)/host}/aarch64}
"$here/../../scripts/cross" "$programs" >"$work/out" 2>&1
case $? in
0) ;;
77) skip build "$(tail -n 1 "$work/out")"; finish ;;
*) fail build 'scripts/cross failed' "$work/out"; finish ;;
esac
build_image "$programs" arm64
register="${ferry%/*}/ferry-binfmt install aarch64"
check_ends "--install all" contain "$register" --install all
cp "$work/out" "$work/said"
check_ends "its list" grep -q '"linux/riscv64"' "$work/said"
check_ends "entries: riscv64" grep -qx 'ferry-riscv64:interpreter /usr/bin/ferry' "$work/said"
check_ends "entries: aarch64 is the machine's own" grep -qx "ferry-aarch64:interpreter $ferry" "$work/said"
check_ends "ferry" sh -c '"$1" "$2/usr/bin/ferry" --version' - "$ferry" "$work/root"
finish
