# Continues a script in a machine of its own that has container tools and a registry. Sourced by bash after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154
#
# The machine is a root of Debian 13 with the packages below, in the namespaces that lib.sh made and a pid namespace, so that its
# daemons end with it; files that machine_files lists are in its /usr/bin. Its root is an overlay: nothing of it lasts. There are
#   ferry, ferry-binfmt    /usr/bin, not registered
#   docker.io              a registry of its own that answers under that name and as registry.example.com, by a
#                          certificate of its own; it has debian:latest and debian:trixie for amd64, arm64 and riscv64
#   user                   an ordinary user with subordinate ids
engines='mount iproute2 podman buildah skopeo runc crun uidmap passt netavark aardvark-dns nftables iptables docker.io docker-cli docker-buildx
 containerd docker-registry openssl curl jq sudo file binutils debootstrap mmdebstrap busybox-static git'
registry=registry.example.com

enter_machine() {
    make_root amd64 trixie engines "${engines//$'\n'/}" && make_root amd64 trixie || { fail machine 'no root' "$work/out"; finish; }
    register "$emulator"
    for guest in "${guests[@]}"; do
        guest_root "$guest"
        make_root $root_arch $root_suite || { fail "root of $guest" 'not made' "$work/out"; finish; }
    done
    echo -1 >$misc/status
    overlay_root engines machine
    cp "$emulator" "$root/usr/bin/ferry" && cp "$(dirname "$emulator")/ferry-binfmt" "${machine_files[@]}" "$root/usr/bin/"
    # Where slirp4netns answers; a name server of the machine's loopback would not.
    printf 'nameserver 10.0.2.3\n' >"$root/etc/resolv.conf"
    printf '127.0.0.1 localhost docker.io registry-1.docker.io %s\n' "$registry" >"$root/etc/hosts"
    mkdir -p "$root/work" "$root/cache" "$root/src" "$work/containers" "$work/docker" "$work/containerd" "$work/home"
    export FERRY_CONTAINERS_WORK=/work FERRY_CONTAINERS_DIR=/cache FERRY=/usr/bin/ferry FERRY_CONTAINERS_MACHINE=1
    exec unshare --mount --pid --fork --kill-child --propagation private bash -c '
        root=$1 work=$2 cache=$3 src=$4 script=$5; shift 5
        mount -t proc proc "$root/proc" && mount -t binfmt_misc none "$root/proc/sys/fs/binfmt_misc" &&
        mount --rbind /dev "$root/dev" && mount --bind "$work/tun" "$root/dev/net/tun" && mount -t sysfs none "$root/sys" &&
        mount -t tmpfs none "$root/sys/fs/cgroup" && mount -t cgroup2 none "$root/sys/fs/cgroup" &&
        mount -t tmpfs none "$root/run" && mount --bind "$work" "$root/work" && mount --bind "$cache" "$root/cache" &&
        mount --bind "$src" "$root/src" && for d in containers docker containerd; do
            mkdir -p "$root/var/lib/$d" && mount --bind "$work/$d" "$root/var/lib/$d" || exit 2; done &&
        mount --bind "$work/home" "$root/home" && cd "$root" && pivot_root . mnt && umount -l /mnt || exit 2
        exec bash "/src/tests/containers/$script" "$@"' - \
        "$root" "$work" "$cache" "$here/../.." "$(basename "$0")" "${options[@]}"
}

start_registry() {
    local dir=/work/registry
    mkdir -p $dir/data
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=registry -keyout $dir/key -out $dir/cert \
        -addext "subjectAltName=DNS:docker.io,DNS:registry-1.docker.io,DNS:$registry" 2>/dev/null
    cp $dir/cert /usr/local/share/ca-certificates/registry.crt && update-ca-certificates >/dev/null 2>&1
    cat >$dir/config <<END
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: $dir/data}, delete: {enabled: true}}
http: {addr: '127.0.0.1:443', tls: {certificate: $dir/cert, key: $dir/key}}
END
    docker-registry serve $dir/config >$dir/log 2>&1 &
    wait_for 'the registry' curl -sf https://$registry/v2/
}

wait_for() { # WHAT COMMAND...
    local what=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    fail "$what" 'does not answer'
    finish
}

fill_registry() { # with the base image
    local name tag
    buildah manifest create base >/dev/null || return 1
    for name in trixie-amd64 bookworm-arm64 trixie-riscv64; do
        [ -e "/cache/$name.made" ] || continue
        tar -C "/cache/$name" -cf - . | podman import --quiet --arch ${name#*-} --os linux -c 'CMD=["/bin/bash"]' - localhost/base:${name#*-} >/dev/null &&
            buildah manifest add base containers-storage:localhost/base:${name#*-} >/dev/null || return 1
    done
    for tag in latest trixie; do
        buildah manifest push --quiet --all base docker://docker.io/library/debian:$tag || return 1
    done
}

as_user() { # COMMAND...: by the ordinary user, as after a login
    setpriv --reuid=user --regid=user --init-groups env -i HOME=/home/user USER=user LOGNAME=user XDG_RUNTIME_DIR=/run/user/1000 \
        PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 sh -c 'cd && exec "$@"' - "$@"
}

start_docker() { # [FEATURES]
    mkdir -p /etc/docker
    printf '{"features": {%s}}' "${1-}" >/etc/docker/daemon.json
    dockerd >/work/dockerd.log 2>&1 &
    docker=$!
    wait_for dockerd docker version
}
stop_docker() {
    kill $docker
    wait $docker
}

start_containerd() {
    containerd >/work/containerd.log 2>&1 &
    wait_for containerd ctr version
}

set_up_machine() {
    export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb
    mount --make-rshared /
    ip link set lo up
    wait_for 'the network' sh -c 'ip route | grep default'
    useradd --create-home --shell /bin/bash --uid 1000 user
    install -d -m 700 -o user /run/user/1000
    # What this kernel cannot give a user namespace: limits above its own, a limit of processes by cgroup.
    cat >/etc/containers/containers.conf <<END
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(ulimit -Hu):$(ulimit -Hu)"]
log_driver = "k8s-file"
pids_limit = 0
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
END
    start_registry
    fill_registry >"$work/out" 2>&1 || { fail 'base image' 'not pushed' "$work/out"; finish; }
}

[ -n "${FERRY_CONTAINERS_MACHINE-}" ] || enter_machine
set_up_machine
export -f as_user
