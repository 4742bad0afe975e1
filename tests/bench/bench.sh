#!/bin/bash
# Compares emulators with native speed on a fixed set of programs, in interleaved rounds, and prints ratios and their spread.
#
# usage: bench.sh [-g GUEST] [-r ROUNDS] [-p REGEX] [-c CSV] [EMULATOR_A [EMULATOR_B]]
# GUEST is aarch64 (default) or riscv64; the emulators are $FERRY and qemu by default. riscv64 runs some programs twice:
# NAME-rvv is made by clang with vectors, NAME-long is NAME with an argument.
# Times are CPU times (user + system, children included) in ms, the least of the rounds; the spread is (max - min) / min.
# Environment: BUILD (scratch directory), FERRY_SYSROOT_DIR (for the dynamic hello). An emulator that cannot start a foreign
# program itself is given one by a private binfmt_misc registration for the fork+exec program (root, kernel 6.7 or newer).
set -u
here=$(dirname "$(readlink -f "$0")")
guest=aarch64 rounds=3 only=. csv=
while getopts g:r:p:c: o; do
    case $o in g) guest=$OPTARG ;; r) rounds=$OPTARG ;; p) only=$OPTARG ;; c) csv=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
set_of=(intmix mcu bytecode sort strings crypto calls indirect nbody floats vector pixels matmul once once-long atomics syscalls signals forkexec)
case $guest in
aarch64)
    set_of+=(cryptoext)
    qemu_name=${QEMU_AARCH64:-qemu-aarch64} machine='\xb7' root=
    ;;
riscv64)
    qemu_name=${QEMU_RISCV64:-qemu-riscv64} machine='\xf3' root='riscv64 trixie'
    set_of+=(vector-rvv pixels-rvv)
    export QEMU_CPU=rv64,v=true,vext_spec=v1.0,vlen=128,elen=64,zba=true,zbb=true,zbc=true,zbs=true
    ;;
*)
    echo "bench.sh: no guest $guest" >&2
    exit 2
    ;;
esac
if [ $# -eq 0 ] && [ -n "${FERRY-}" ]; then
    qemu=$(command -v "$qemu_name") || echo "bench.sh: no $qemu_name to compare with (package qemu-user)" >&2
    set -- "$FERRY" ${qemu:+"$qemu"}
fi
[ $# -ge 1 ] || { echo "usage: bench.sh [-g GUEST] [-r ROUNDS] [-p REGEX] [-c CSV] EMULATOR_A [EMULATOR_B]" >&2; exit 2; }
emus=()
for e; do
    p=$(command -v "$e") || { echo "bench.sh: no emulator $e" >&2; exit 2; }
    emus+=("$(readlink -f "$p")")
done
out=${BUILD:-/tmp/ferry-tests.$(id -u)}/bench-$guest
mkdir -p "$out"
cd "$out" || exit 2
cross=$guest-linux-gnu-gcc
command -v $cross >/dev/null || { echo "bench.sh: $cross is missing" >&2; exit 2; }
clang=$(command -v clang-16 || command -v clang || :)
if [ -z "$clang" ]; then
    echo "bench.sh: no clang: no programs with vectors" >&2
    read -r -a set_of <<<"${set_of[*]//*-rvv/}"
fi

# The same flags for both; no contraction, because the result must be the same to the bit.
build() { # NAME
    local src=$here/$1.c flags nat=gcc for=$cross
    [ "$1" != once ] || src=$out/once.c
    case $1 in
    *-long) ln -sf "${1%-long}.nat" "$1.nat" && ln -sf "${1%-long}.guest" "$1.guest"; return ;;
    *-rvv) src=$here/${1%-rvv}.c nat=$clang for="$clang --target=$guest-linux-gnu -march=rv64gcv -menable-experimental-extensions" ;;
    esac
    [ "$1.guest" -nt "$src" ] && [ "$1.guest" -nt "$here/b.h" ] && return
    flags="-O2 -static -w -ffp-contract=off -I$here $(sed -n 's|^// flags: ||p' "$src")"
    [ "$1" = "${1%-rvv}" ] || flags="$flags -O3"
    # shellcheck disable=SC2046,SC2086
    $nat $flags $(sed -n 's|^// native: ||p' "$src") "$src" -o "$1.nat" -lm &&
        $for $flags $(sed -n "s|^// $guest: ||p" "$src") "$src" -o "$1.guest" -lm || exit 2
}
[ once.c -nt "$here/once.sh" ] || bash "$here/once.sh" >once.c
gcc -O2 -static -w "$here/measure.c" -o measure || exit 2
for p in "${set_of[@]}" tiny hello; do
    build "$p"
done
$cross -O2 "$here/hello.c" -o hello.dyn && gcc -O2 "$here/hello.c" -o hello.natdyn || exit 2
# shellcheck disable=SC2086
sysroot=$("$here/../linux/sysroot.sh" $root) || exit 2

# Runs the rest of the line where EMULATOR is registered for the guest's programs; nobody else sees the registration.
with_binfmt() { # EMULATOR COMMAND...
    # shellcheck disable=SC2016
    unshare --user --map-root-user --mount --propagation private bash -c '
        mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc &&
        printf "%s" ":bench:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00$2\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$1:" >/proc/sys/fs/binfmt_misc/register &&
        shift 2 && exec "$@"' sh "$1" "$machine" "${@:2}"
}

# One measured run; adds "cpu wall" to the program's list and keeps the checksum.
run() { # PROGRAM WHO EMULATOR|-
    local args=() line
    [ "$1" != once-long ] || args=(3000)
    if [ "$3" = - ]; then
        [ "$1" != forkexec ] || args=(500 "$out/tiny.nat")
        line=$(./measure -o "sum.$1.$2" "./$1.nat" "${args[@]}")
    elif [ "$1" = forkexec ]; then
        if can_start "$3"; then
            line=$(./measure -o "sum.$1.$2" "$3" ./forkexec.guest 500 "$out/tiny.guest")
        else
            line=$(with_binfmt "$3" ./measure -o "sum.$1.$2" "$3" ./forkexec.guest 500 "$out/tiny.guest")
        fi
    else
        line=$(./measure -o "sum.$1.$2" "$3" "./$1.guest" "${args[@]}")
    fi || { echo "bench.sh: $1 failed under $2" >&2; broken=$((broken + 1)); return; }
    read -r _ cpu _ wall _ <<<"$line"
    echo "$1 $2 $cpu $wall" >>times
}

# Does this emulator start foreign programs without the kernel's help?
declare -A starts
can_start() {
    if [ -z "${starts[$1]-}" ]; then
        starts[$1]=no
        # The checksum of one round is that of a child that exits with 6 or 5; 127 is what a failed exec gives.
        "$1" ./forkexec.guest 1 "$out/tiny.guest" >one.emu 2>/dev/null
        ./forkexec.nat 1 "$out/tiny.nat" >one.nat
        cmp -s one.emu one.nat && starts[$1]=yes
    fi
    [ ${starts[$1]} = yes ]
}

: >times
broken=0
names=(A B)
for ((r = 0; r < rounds; r++)); do
    for p in "${set_of[@]}"; do
        [[ $p =~ $only ]] || continue
        run "$p" native -
        for i in "${!emus[@]}"; do
            run "$p" "${names[i]}" "${emus[i]}"
        done
    done
done
for p in "${set_of[@]}"; do
    [[ $p =~ $only ]] || continue
    for i in "${!emus[@]}"; do
        cmp -s "sum.$p.native" "sum.$p.${names[i]}" || {
            echo "bench.sh: $p: wrong checksum under ${names[i]}: $(cat "sum.$p.${names[i]}") is not $(cat "sum.$p.native")" >&2
            broken=$((broken + 1))
        }
    done
done

echo "native: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-)"
for i in "${!emus[@]}"; do
    echo "${names[i]}: ${emus[i]} ($("${emus[i]}" -version 2>/dev/null | head -n 1))"
done
echo "$rounds rounds; CPU ms, least of the rounds; wall in brackets; spread = (max - min) / min"
for p in "${set_of[@]}"; do
    case $p in
    *-rvv) echo "$p vector" ;;
    once) echo "$p once" ;;
    once-long) echo "$p integer" ;;
    *) echo "$p $(sed -n 's|^// class: \([a-z]*\)\..*|\1|p' "$here/$p.c")" ;;
    esac
done >classes
awk -v csv="$csv" -v emus="${#emus[@]}" -f "$here/report.awk" classes times

startup() { # LABEL TIMES COMMAND...
    local label=$1 n=$2
    shift 2
    read -r least mean _ wall peak < <(./measure -n "$n" "$@") || return
    printf '%-26s %8.2f mean %8.2f min  wall %8.2f  peak %6d KiB\n' "$label" "$mean" "$least" "$wall" "$peak"
}
echo
echo "start-up, CPU ms a run (200 runs; mean, min), peak memory"
startup "static hello, native" 200 ./hello.nat
startup "dynamic hello, native" 200 ./hello.natdyn
for i in "${!emus[@]}"; do
    startup "static hello, ${names[i]}" 200 "${emus[i]}" ./hello.guest
    startup "dynamic hello, ${names[i]}" 200 "${emus[i]}" -L "$sysroot" ./hello.dyn
done
[ $broken -eq 0 ] || { echo "bench.sh: $broken failures" >&2; exit 1; }
