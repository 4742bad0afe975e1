#!/bin/bash
# Wall time of one image build for three architectures, with ferry and with qemu-user registered, in one run.
#
# usage: wall.sh [EMULATOR]     environment: ROUNDS (1)
# buildah builds the image of the folder image for amd64, arm64 and riscv64, one after the other and from nothing, in a machine of
# its own (machine.sh). Wall time is also that of the network and of what else runs here, so CPU time and load are printed beside.
own_network=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"
[ -n "${FERRY_CONTAINERS_MACHINE-}" ] || need qemu-aarch64-static=qemu-user-static
machine_files=(/usr/bin/qemu-aarch64-static /usr/bin/qemu-riscv64-static)
. "$here/machine.sh"

build() { # NAME EMULATOR [PLATFORMS]
    local TIMEFORMAT='%R %U %S' times
    register "$2"
    times=$({ time buildah bud --no-cache --platform "${3:-linux/amd64,linux/arm64,linux/riscv64}" --manifest "$1" "$here/image" >"$work/out" 2>&1 || echo failed >"$work/failed"; } 2>&1)
    tail -n 8 "$work/out" >"$work/end"
    [ -e "$work/failed" ] && { rm "$work/failed"; fail "$1" 'the build failed' "$work/end"; return; }
    awk -v name="$1" -v load="$(cut -d' ' -f1 /proc/loadavg)" '{ printf "%-7s wall %.1f s, CPU %.1f s, load %s\n", name, $1, $2 + $3, load }' <<<"$times"
    pass "$1"
}
for _ in $(seq "${ROUNDS:-1}"); do
    build native "$emulator" linux/amd64
    build ferry "$emulator"
    build qemu /usr/bin/qemu-%s-static
done
finish
