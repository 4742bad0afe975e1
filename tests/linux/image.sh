#!/bin/bash
# Builds the image ferry-binfmt without a container tool and starts its programs where there is nothing else.
#
# usage: image.sh [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
here=$(dirname "$(readlink -f "$0")")
ferry=$(readlink -f "${1:-$FERRY}")
build=$here/../../deploy/image/build.sh
group=image
. "$here/../common.sh"
for tool in jq readelf strip; do
    command -v $tool >/dev/null || skip_all "$tool is missing"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check_ends "build" "$build" --tool tar --output "$work/image.tar" "$(dirname "$ferry")"
"$build" --tool tar --output "$work/again.tar" "$(dirname "$ferry")" >/dev/null
check_ends "the same again" cmp "$work/image.tar" "$work/again.tar"
mkdir "$work/oci" "$work/root" && tar -x -C "$work/oci" -f "$work/image.tar"
cd "$work/oci/blobs/sha256" || exit 2
check_ends "digests" sh -c 'for f in *; do echo "$f  $f"; done | sha256sum -c'
digest() { jq -r "$1" "$2" | sed 's/^sha256://'; }
manifest=$(digest '.manifests[0].digest' ../../index.json)
layer=$(digest '.layers[0].digest' "$manifest")
config=$(digest '.config.digest' "$manifest")
check_ends "layer" [ "$(gzip -dc "$layer" | sha256sum | cut -d' ' -f1)" = "$(digest '.rootfs.diff_ids[0]' "$config")" ]
tar -xz -C "$work/root" -f "$layer"
[ "$(cd "$work/root" && find . -type f | sort | tr '\n' ' ')" = './usr/bin/ferry ./usr/bin/ferry-binfmt ' ] && pass "two files" || fail "two files" "there are others"
# A container's root has /proc and /dev and these two files.
mkdir -p "$work/root/proc" "$work/root/dev"
contain() { # ARGUMENT...: as a container runs the image, in a user namespace instead of with --privileged
    unshare --user --map-root-user --mount --pid --fork --propagation private sh -c 'root=$1; shift
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" || exit 2
        exec unshare --root="$root" --wd=/ $(jq -r ".config.Entrypoint[0]" "'"$work/oci/blobs/sha256/$config"'") "$@"' - "$work/root" "$@"
}
check_ends "--install all" contain --install all
cp "$work/out" "$work/said"
check_ends "its list" grep -q '"linux/arm64"' "$work/said"
check_ends "--reset -p yes" contain --reset -p yes
cp "$work/out" "$work/said"
check_ends "interpreter beside it" grep -q 'Setting /usr/bin/ferry as binfmt interpreter for riscv64' "$work/said"
finish
