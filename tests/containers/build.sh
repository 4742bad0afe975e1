#!/bin/bash
# Images for three architectures by real container tools, with ferry registered.
#
# usage: build.sh [--only REGEX] [EMULATOR]
# podman and buildah, as root and as an ordinary user, and Docker with BuildKit run arm64 and riscv64 containers, make the image
# in the folder image for amd64, arm64 and riscv64 (two stages, with apt-get, gcc and python in it), push it as one list of
# manifests to a registry, forget it, pull it and run it. Go and Rust compile in podman's. containerd runs what they made.
# shellcheck disable=SC2016
own_network=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"
. "$here/machine.sh"

platforms=linux/amd64,linux/arm64,linux/riscv64
cp -r "$here/image" /work/image # where the user may read it
chmod -R a+rX /work/image

containers() { # NAME COMMAND...: the command runs foreign containers
    local name=$1
    shift
    check "$name/run arm64" '^aarch64$' "$@" run --rm --network none --platform linux/arm64 debian uname -m
    check "$name/run riscv64" '^riscv64$' "$@" run --rm --network none --platform linux/riscv64 debian uname -m
}
toolchains() { # those of Go and Rust in foreign containers
    local arch
    for arch in arm64 riscv64; do
        check "podman/Go and Rust, $arch" '^go rust$' podman run --rm --network host --platform linux/$arch debian sh -c '
            apt-get update && apt-get install -y --no-install-recommends golang-go rustc libc6-dev && cd /tmp &&
            printf "%s\n" "package main" "import \"fmt\"" "func main() { fmt.Print(\"go\") }" >h.go &&
            echo "fn main() { print!(\"rust\"); }" >h.rs && rustc -O h.rs && echo "$(go run h.go) $(./h)"'
    done
}
pulled() { # NAME COMMAND...: what is in the registry runs, by the command
    local name=$1 arch
    shift
    check "$name/one list of manifests" '^amd64 arm64 riscv64 $' sh -c 'skopeo inspect --raw "$1" | jq -r ".manifests[].platform |
        select(.os == \"linux\").architecture" | sort | tr "\n" " "' - "docker://$registry/$name"
    for arch in amd64:x86_64 arm64:aarch64 riscv64:riscv64; do
        check "$name/pulled again, ${arch%:*}" "^hello from ${arch#*:} report of ${arch%:*}\$" "$@" run --rm --network none --pull always \
            --platform "linux/${arch%:*}" "$registry/$name" sh -c 'echo $(hello) $(report)'
    done
}
built_by() { # TOOL NAME [COMMAND...]: as whom
    local tool=$1 name=$2
    shift 2
    check "$name/image" 'hello from riscv64' "$@" $tool build --no-cache --platform $platforms --manifest "$name" /work/image
    check "$name/push" . "$@" $tool manifest push --all "$name" "docker://$registry/$name"
    "$@" podman rmi --all --force >/dev/null 2>&1
    pulled "$name" "$@" podman
}
docker_image() {
    check docker/image 'hello from riscv64' docker buildx build --progress plain --no-cache --platform $platforms -t $registry/docker --push /work/image
    pulled docker docker
}

register "$emulator"
containers podman podman
toolchains
built_by podman podman
built_by buildah buildah
containers podman-user as_user podman
built_by podman podman-user as_user
built_by buildah buildah-user as_user

start_docker
containers docker docker
check 'docker/image for one platform' 'hello from aarch64' docker buildx build --progress plain --no-cache --platform linux/arm64 -t app:arm64 /work/image
check 'docker/its container' '^hello from aarch64$' docker run --rm --network none app:arm64
stop_docker
start_docker '"containerd-snapshotter": true'
containers docker-containerd docker
docker_image
stop_docker

start_containerd
# Without a share, because the controller of CPUs may not be there in a namespace.
check 'containerd/pull' . ctr image pull --platform linux/arm64 docker.io/library/debian:latest
check 'containerd/run arm64' '^aarch64$' ctr run --rm --cpu-shares 0 --platform linux/arm64 docker.io/library/debian:latest c1 uname -m
finish
