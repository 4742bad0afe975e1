#!/bin/bash
# Builds the image ferry-binfmt from programs that are there already; needs no network.
#
# usage: build.sh [--tool docker|podman|buildah|tar] [--tag NAME] [--output FILE] BUILD_DIR
#   BUILD_DIR  has the programs ferry and ferry-binfmt
#   --tool     what builds; the default is the first of docker, podman, buildah that answers
#   --output   with --tool tar: an OCI archive written without any of these tools (docker load, podman load,
#              skopeo copy oci-archive:...)
# The image is for the architecture the programs were built for, amd64 or arm64 (scripts/cross builds those elsewhere).
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
tool='' tag=ferry-binfmt output=
while [ $# -gt 1 ]; do
    case $1 in
    --tool) tool=$2 ;;
    --tag) tag=$2 ;;
    --output) output=$2 ;;
    *) echo "build.sh: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done
[ $# = 1 ] || { sed -n '4,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
programs=$1

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
for name in ferry ferry-binfmt; do
    [ -x "$programs/$name" ] || { echo "build.sh: there is no $programs/$name; run make first" >&2; exit 1; }
    if readelf -l "$programs/$name" | grep -q INTERP; then
        echo "build.sh: $programs/$name is not static, so it would not start in an empty image" >&2
        exit 1
    fi
done
case $(readelf -h "$programs/ferry" | sed -n 's/^ *Machine: *//p') in
*X86-64) arch=amd64 machine=x86_64 ;;
AArch64) arch=arm64 machine=aarch64 ;;
*) echo "build.sh: $programs/ferry is for an unknown machine" >&2; exit 1 ;;
esac
strip=$machine-linux-gnu-strip
command -v "$strip" >/dev/null || { echo "build.sh: $strip is missing: install binutils-${machine//_/-}-linux-gnu" >&2; exit 1; }
for name in ferry ferry-binfmt; do
    install -m 755 "$programs/$name" "$context/$name"
    "$strip" "$context/$name"
done

answers() { # TOOL
    command -v "$1" >/dev/null && case $1 in docker) docker version >/dev/null 2>&1 ;; esac
}
if [ -z "$tool" ]; then
    for tool in docker podman buildah tar; do answers $tool && break; done
fi

# $tag as the engines store it: with registry, folder and version.
full_name() {
    local name=$tag
    case $name in
    localhost/* | *.*/* | *:*/*) ;;
    */*) name=docker.io/$name ;;
    *) name=docker.io/library/$name ;;
    esac
    case ${name##*/} in *:*) ;; *) name=$name:latest ;; esac
    echo "$name"
}

# The image as files, of which nothing depends on when or where it was built.
write_oci() { # FILE
    local dir=$context/oci layer config manifest
    blob() { # FILE: moves it to its name; prints digest and size
        local digest size
        digest=$(sha256sum "$1" | cut -d' ' -f1) size=$(stat -c %s "$1")
        mv "$1" "$dir/blobs/sha256/$digest"
        echo "\"digest\":\"sha256:$digest\",\"size\":$size"
    }
    mkdir -p "$dir/blobs/sha256" "$context/root/usr/bin"
    mv "$context/ferry" "$context/ferry-binfmt" "$context/root/usr/bin/"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$context/root" -cf "$context/layer" usr
    local diff_id
    diff_id=$(sha256sum "$context/layer" | cut -d' ' -f1)
    gzip -n9 <"$context/layer" >"$context/layer.gz"
    layer=$(blob "$context/layer.gz")
    printf '{"architecture":"%s","os":"linux","config":{"Env":["PATH=/usr/bin"],"Entrypoint":["/usr/bin/ferry-binfmt"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        $arch "$diff_id" >"$context/config"
    config=$(blob "$context/config")
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",%s}]}' \
        "$config" "$layer" >"$context/manifest"
    manifest=$(blob "$context/manifest")
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s,"annotations":{"io.containerd.image.name":"%s","org.opencontainers.image.ref.name":"%s"},"platform":{"architecture":"%s","os":"linux"}}]}' \
        "$manifest" "$(full_name)" "$tag" $arch >"$dir/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
    # For docker load, which reads this file instead of index.json.
    local path='s|"digest":"sha256:\([0-9a-f]*\)".*|"blobs/sha256/\1"|'
    printf '[{"Config":%s,"RepoTags":["%s"],"Layers":[%s]}]' "$(sed "$path" <<<"$config")" "$(full_name)" \
        "$(sed "$path" <<<"$layer")" >"$dir/manifest.json"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$dir" -cf "$1" .
}

platform=()
[ "$machine" = "$(uname -m)" ] || platform=(--platform "linux/$arch")
case $tool in
docker | podman) $tool build -q "${platform[@]}" -t "$tag" -f "$here/Containerfile" "$context" ;;
buildah) buildah bud -q "${platform[@]}" -t "$tag" -f "$here/Containerfile" "$context" ;;
tar) write_oci "${output:?build.sh: --tool tar needs --output FILE}" ;;
*) echo "build.sh: unknown tool $tool" >&2; exit 2 ;;
esac
echo "built $tag for linux/$arch with $tool"
