#!/bin/bash
# The recipes of docs/howto-*.md, run as they are written there.
#
# usage: howto.sh [--only REGEX] [EMULATOR]
# In a machine of its own (machine.sh), where docker.io and registry.example.com are a registry on loopback. A line that
# the page does not have, word for word, fails. What cannot be run here is said at the end.
# shellcheck disable=SC2016
own_network=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"
if [ -z "${FERRY_CONTAINERS_MACHINE-}" ]; then
    need aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu
    aarch64-linux-gnu-gcc -static -o "$work/hello-arm64" "$here/image/hello.c" || exit 2
fi
. "$here/machine.sh"

page=
recipe() { # PATTERN LINE [INSTEAD]: a line of the page; it, or what is run instead, succeeds, and a line of its output matches
    local command
    command=$(sed -E 's/^ *- (run: )?//' <<<"${3:-$2}") # a step of a CI's job
    grep -qxF -- "    $2" "/src/docs/howto-$page.md" || { fail "$page: $2" 'the page has no such line'; return; }
    check "$page: $2" "$1" "${as[@]}" sh -c "cd $dir && $command"
}
as=()
as_me() { as_user "$@"; }
export -f as_me

# What a build tree has, and a context for builds.
mkdir -p /work/tree /work/context /work/home/user
mv /work/hello-arm64 /work/context/
cp /usr/bin/ferry /usr/bin/ferry-binfmt /work/tree/
ln -s /src/deploy /work/tree/deploy
printf 'FROM debian\nRUN uname -m\n' >/work/context/Dockerfile

page=docker dir=/work/tree
start_docker '"containerd-snapshotter": true'
recipe 'built ferry-binfmt .* with docker' 'deploy/image/build.sh .'
recipe '"linux/riscv64"' 'docker run --rm --privileged ferry-binfmt --install all'
recipe '^aarch64$' 'docker run --rm --platform linux/arm64 debian uname -m'
recipe '^riscv64$' 'docker run --rm --platform linux/riscv64 debian:trixie uname -m'
recipe 'ferry-aarch64' 'docker run --rm --privileged ferry-binfmt status'
page=buildx dir=/work/context
check 'buildx: docker buildx ls' 'linux/arm64.*linux/riscv64' docker buildx ls
recipe aarch64 'docker buildx build --platform linux/arm64 -t app:arm64 .'
recipe 'pushing manifest' 'docker buildx build --platform linux/amd64,linux/arm64,linux/riscv64 -t registry.example.com/app --push .'
page=kubernetes dir=/work/tree
recipe . 'deploy/image/build.sh --tag registry.example.com/ferry-binfmt .'
recipe . 'docker push registry.example.com/ferry-binfmt'
page=ci dir=/work/context
recipe '"linux/riscv64"' '      - run: docker run --rm --privileged registry.example.com/ferry-binfmt --install all'
recipe 'linux/riscv64' '      - run: docker buildx build --platform linux/amd64,linux/arm64,linux/riscv64 .'
recipe '"linux/riscv64"' '    - docker run --rm --privileged registry.example.com/ferry-binfmt --install all'
page=docker dir=/work/tree
recipe . 'docker run --rm --privileged ferry-binfmt uninstall'
check 'docker: nothing is registered' '^0$' sh -c 'ls /proc/sys/fs/binfmt_misc | grep -c ferry || true'
recipe . 'docker run -d --name ferry-binfmt --restart=always --privileged ferry-binfmt keep'
sleep 2
check 'docker: kept' '^aarch64$' docker run --rm --platform linux/arm64 debian uname -m
stop_docker # as a restart of the machine
echo -1 >$misc/status
start_docker '"containerd-snapshotter": true'
sleep 5
check 'docker: kept after a restart' '^aarch64$' docker run --rm --platform linux/arm64 debian uname -m
check 'docker: docker stop ferry-binfmt' '^0$' sh -c 'docker stop ferry-binfmt >/dev/null; ls /proc/sys/fs/binfmt_misc | grep -c ferry || true'
stop_docker

page=podman dir=/work/context as=(as_me)
recipe 'ferry with|registered' 'podman unshare ferry-binfmt install all'
recipe '^aarch64$' 'podman run --rm --arch arm64 docker.io/library/debian uname -m'
recipe '^riscv64$' 'podman unshare buildah bud --platform linux/amd64,linux/arm64,linux/riscv64 --manifest app .'
recipe 'ferry-riscv64' 'podman unshare ferry-binfmt status'
as=()
recipe 'registered' 'sudo ferry-binfmt install all --persist'
recipe '^aarch64$' 'podman run --rm --arch arm64 docker.io/library/debian uname -m'
recipe '^aarch64$' 'podman build --platform linux/arm64 -t app .'
podman rmi app >/dev/null 2>&1
recipe '^riscv64$' 'buildah bud --platform linux/amd64,linux/arm64,linux/riscv64 --manifest app .'
recipe . 'buildah manifest push --all app docker://registry.example.com/app'
dir=/work/tree
recipe 'built ferry-binfmt .* with podman' 'deploy/image/build.sh --tool podman .'
recipe '"linux/riscv64"' 'sudo podman run --rm --privileged ferry-binfmt --install all'

echo -1 >$misc/status
check "kubernetes: the pod's command with the pod's rights" 'riscv64: registered' podman run --rm --network none --cap-drop all --read-only \
    --security-opt no-new-privileges -v $misc:/binfmt_misc ferry-binfmt --mount /binfmt_misc install all
check 'kubernetes: is it ready' '^ok *riscv64: by the kernel' podman run --rm --network none --cap-drop all --read-only \
    --security-opt no-new-privileges -v $misc:/binfmt_misc --entrypoint ferry ferry-binfmt doctor --mount /binfmt_misc

page=containerd
recipe 'registered' 'sudo ferry-binfmt install all --persist'
start_containerd
recipe . 'sudo ctr image pull --platform linux/arm64 docker.io/library/debian:latest'
# Without a share, because the controller of CPUs may not be there in a namespace.
recipe '^aarch64$' 'sudo ctr run --rm --platform linux/arm64 docker.io/library/debian:latest c1 uname -m' \
    'sudo ctr run --rm --cpu-shares 0 --platform linux/arm64 docker.io/library/debian:latest c1 uname -m'

page=chroot
recipe 'registered' 'sudo ferry-binfmt install all'
recipe 'Base system installed successfully' 'sudo debootstrap --arch=arm64 bookworm /srv/arm64'
recipe '^Reading package lists' 'sudo chroot /srv/arm64 apt-get update'
# Without the suites of updates, whose lists a mirror that is behind does not have as they are signed.
mmdebstrap='sudo mmdebstrap --architectures=riscv64 --skip=check/qemu trixie /srv/riscv64'
recipe success "$mmdebstrap" "$mmdebstrap 'deb $mirror trixie main'"
as=(as_me)
recipe 'registered' "unshare --user --map-root-user --mount sh -c 'ferry-binfmt install all && /usr/sbin/chroot /srv/arm64 /bin/bash'"
page=ci dir=/work/context
recipe '^hello from aarch64$' "    - unshare --user --map-root-user --mount sh -c 'ferry-binfmt install all && ./hello-arm64'"

skip 'buildx: driver docker-container' 'its image moby/buildkit is in no package'
skip 'containerd: nerdctl' 'is in no package'
skip 'kubernetes' 'there is no cluster; tests/linux/kubernetes.sh checks the manifests'
skip 'ci' 'the services are elsewhere; tests/linux/deb.sh installs the packages'
finish
