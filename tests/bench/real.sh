#!/bin/bash
# Compares emulators with native speed on Debian's programs of the same version, in interleaved rounds.
#
# usage: real.sh [-g GUEST] [-r ROUNDS] [-p REGEX] [-q] [-w DIR] [EMULATOR_A [EMULATOR_B]]
# GUEST is aarch64 (default: bookworm), or riscv64 (trixie); the emulators are $FERRY and qemu-user by default. -q (quick) is one
# round of the short programs. -w writes DIR/bench-GUEST.md and DIR/bench-GUEST.svg.
#
# All run in roots of the same suite, of the guest's packages and of amd64's, the foreign ones by a private binfmt_misc
# registration (root in a user namespace, kernel 6.7 or newer). Times are CPU times (user + system, children included) in ms,
# the least of the rounds; spread is (max - min) / min. openssl-* is ms for a MiB, or for a thousand operations, by what
# openssl's own speed command counts. What a program prints is compared with what it prints natively.
# Environment: BUILD (scratch directory), FERRY_SYSROOT_DIR (where the roots are cached).
# shellcheck disable=SC2154
set -u
here=$(dirname "$(readlink -f "$0")")
all_args=("$@")
guest=aarch64 rounds=3 only=. quick=0 write=
while getopts g:r:p:qw: o; do
    case $o in g) guest=$OPTARG ;; r) rounds=$OPTARG ;; p) only=$OPTARG ;; q) quick=1 rounds=1 ;; w) write=$OPTARG ;; *) exit 2 ;; esac
done
shift $((OPTIND - 1))
. "$here/../linux/guests.sh"
guest_set "$guest"
if [ $# -eq 0 ] && [ -n "${FERRY-}" ]; then
    qemu=$(command -v "qemu-$guest") || echo "real.sh: no qemu-$guest to compare with (package qemu-user)" >&2
    set -- "$FERRY" ${qemu:+"$qemu"}
fi
[ $# -ge 1 ] || { echo "usage: real.sh [-g GUEST] [-r ROUNDS] [-p REGEX] [-q] [-w DIR] EMULATOR_A [EMULATOR_B]" >&2; exit 2; }
[ -n "${REAL_INSIDE-}" ] || REAL_INSIDE=1 exec unshare --user --map-root-user --mount --propagation private "$0" "${all_args[@]}"

names=(A B)
emus=()
for e; do
    emus+=("$(readlink -f "$(command -v "$e")")") || { echo "real.sh: no emulator $e" >&2; exit 2; }
done
case $suite in bookworm) java=17 ;; *) java=21 ;; esac
packages=(base-files base-passwd bash dash coreutils libc-bin grep sed gawk python3 python3-numpy perl lua5.4 sqlite3 openssl zstd
    xz-utils gzip bzip2 7zip gcc libc6-dev git imagemagick nodejs tzdata findutils "openjdk-$java-jdk-headless")
cache=${FERRY_SYSROOT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ferry/sysroots}
guest_sysroot=$("$here/../linux/sysroot.sh" $deb_arch $suite "$cache/$suite-$deb_arch-bench" "${packages[@]}") &&
    native_sysroot=$("$here/../linux/sysroot.sh" amd64 $suite "$cache/$suite-amd64-bench" "${packages[@]}" gcc-$triple) || exit 2
out=${BUILD:-/tmp/ferry-tests.$(id -u)}/real-$guest
mkdir -p "$out/bench" && [ -z "$write" ] || write=$(readlink -f "$write")
cd "$out" || exit 2

# Two roots with /bench, which both share; what is written elsewhere goes away with the mounts.
mount_root() { # SYSROOT ROOT
    mkdir -p "$2" && mount -t tmpfs tmpfs "$2" && mkdir "$2"/{up,work,root} &&
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/up,workdir=$2/work,userxattr" "$2/root" &&
        mkdir -p "$2"/root/{proc,dev,tmp,bench} && mount --rbind /proc "$2/root/proc" && mount --rbind /dev "$2/root/dev" &&
        mount --bind "$out/bench" "$2/root/bench" || { echo "real.sh: cannot mount $1 for its programs" >&2; exit 2; }
}
mount_root "$native_sysroot" "$out/native"
mount_root "$guest_sysroot" "$out/guest"
# An emulator that is linked dynamically finds this machine's libraries where the guest's programs do not look.
for d in /lib64 /usr/lib/x86_64-linux-gnu; do
    mkdir -p "$out/guest/root$d" && mount --rbind $d "$out/guest/root$d" || exit 2
done
binfmt=/proc/sys/fs/binfmt_misc
mount -t binfmt_misc binfmt_misc $binfmt || { echo "real.sh: no binfmt_misc of our own (kernel 6.7 or newer)" >&2; exit 2; }
for i in "${!emus[@]}"; do
    printf '%s' ":${names[i]}:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x$e_machine\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:${emus[i]}:F" >$binfmt/register || exit 2
done

gcc -O2 -static -w "$here/measure.c" -o bench/measure || exit 2
cp "$here"/real/* bench/
bash bench/gen-text.sh 40000 >bench/text
head -n 10000 bench/text >bench/short
bash bench/gen-c.sh 2000 >bench/c2k.i
bash bench/gen-c.sh 5000 >bench/c5k.i
bash bench/gen-c.sh 20000 >bench/c20k.i
bash bench/speed.sh >bench/speed.sql
cat bench/*.i bench/text >bench/mixed

in_root() { # native|guest COMMAND...: with the time it took, where measure is the command
    local root=$out/$1/root
    shift
    env -i HOME=/tmp LANG=C.UTF-8 TZ=UTC PATH=/usr/bin OMP_NUM_THREADS=1 MAGICK_THREAD_LIMIT=1 \
        timeout -k 5 900 unshare --root="$root" --wd=/bench/work "$@"
}
mkdir -p bench/work
rm -rf "${out:?}"/bench/work/*
in_root native /usr/lib/jvm/java-$java-openjdk-amd64/bin/javac -d /bench /bench/Kernels.java && in_root native zstd -qf -10 /bench/mixed -o /bench/mixed.zst &&
    in_root native xz -kf2 /bench/mixed && in_root native gzip -kf6 /bench/mixed || exit 2

# NAME CLASS: the programs, in the order of the table. What is long comes once, in the first round.
list=$(sed 's/ *#.*//' <<'END'
py-start start
perl-start start
node-start start
java-start start
cc1-start start
py-json python
py-regex python
py-float python
py-dict python
py-class python
py-generators python
py-numpy numeric
perl scripts
lua scripts
sqlite3 data
sort data
sort-numeric data
grep data
grep-regex data
gawk data
git data
zstd pack
unzstd pack
xz pack
unxz pack
gzip pack
gunzip pack
7zip pack
cc1-2k compile
cc1-5k compile
cc1-20k compile
openssl-sha256 crypto
openssl-aes-128-gcm crypto
openssl-chacha20 crypto
openssl-rsa2048 crypto
openssl-x25519 crypto
magick-resize media
magick-blur media
node jit
java jit
END
)
long=' cc1-5k cc1-20k '
asked=' cc1-20k ' # only when -p names it
slow=' cc1-2k git java node magick-resize magick-blur 7zip xz ' # not with -q

command_of() { # NAME native|guest: sets cmd
    local lib=/usr/lib/$triple cc1=gcc/$triple java_arch=$deb_arch
    [ "$2" = guest ] || lib=/usr/lib/x86_64-linux-gnu cc1=gcc-cross/$triple java_arch=amd64
    cc1=$(echo "$out/$2/root/usr"/lib*/$cc1/[0-9]*/cc1)
    cc1=${cc1#"$out/$2/root"}
    local java=("/usr/lib/jvm/java-$java-openjdk-$java_arch/bin/java" -XX:+UseSerialGC)
    case $1 in
    py-numpy) cmd=(env LD_LIBRARY_PATH="$lib/blas:$lib/lapack" python3 ../kernels.py numpy) ;;
    py-*) cmd=(python3 ../kernels.py "${1#py-}") ;;
    perl-start) cmd=(perl -e 'print "started\n"') ;;
    node-start) cmd=(node -e 'console.log("started")') ;;
    java-start) cmd=("${java[@]}" --version) ;;
    cc1-start) cmd=("$cc1" -quiet -fno-ident -O2 /dev/null -o /dev/stdout) ;;
    perl) cmd=(perl ../kernels.pl) ;;
    lua) cmd=(lua5.4 ../kernels.lua) ;;
    sqlite3) cmd=(sqlite3 :memory: '.read ../speed.sql') ;;
    sort) cmd=(env LC_ALL=C sort --parallel=1 -k3 ../text) ;;
    sort-numeric) cmd=(sort --parallel=1 -n -k2 ../text) ;;
    grep) cmd=(env LC_ALL=C grep -cF -e 'timeout7' -e 'page1' -e 'put("9' -e nothing ../mixed) ;;
    grep-regex) cmd=(grep -m 300 -cE '(error|info)[0-9]+ .*(page|user) (to|from)|[a-z]+([0-9])\4 ' ../text) ;;
    gawk) cmd=(gawk '{ n[$3]++; s += length($0) * NF; if (/user [a-z]+ page/) h++ }
        END { for (k in n) t += n[k] % 7; print s, h, t }' ../text) ;;
    git) cmd=(sh ../repo.sh) ;;
    zstd) cmd=(zstd -q -6 -c --single-thread ../mixed) ;;
    unzstd) cmd=(zstd -qdc ../mixed.zst) ;;
    xz) cmd=(xz -2 -T1 -c ../short) ;;
    unxz) cmd=(xz -dc ../mixed.xz) ;;
    gzip) cmd=(gzip -6 -c ../text) ;;
    gunzip) cmd=(gzip -dc ../mixed.gz) ;;
    7zip) cmd=("$sevenzip" a -mmt1 -mx3 -bd -so -txz -an ../short) ;;
    cc1-*) cmd=("$cc1" -quiet -w -fno-ident -O2 "../c${1#cc1-}.i" -o /dev/stdout) ;;
    openssl-rsa2048) cmd=(openssl speed -mr -seconds 1 rsa2048) ;;
    openssl-x25519) cmd=(openssl speed -mr -seconds 1 ecdhx25519) ;;
    openssl-*) cmd=(openssl speed -mr -seconds 1 -bytes 16384 -evp "${1#openssl-}") ;;
    magick-resize) cmd=("$convert" -size 800x600 gradient:red-blue -rotate 20 -resize 500x400 -quality 85 jpeg:-) ;;
    magick-blur) cmd=("$convert" -size 500x400 gradient:white-navy -wave 20x60 -blur 0x4 -sharpen 0x1 -depth 8 gray:-) ;;
    node) cmd=(node ../kernels.js) ;;
    java) cmd=("${java[@]}" -cp .. Kernels) ;;
    *) echo "real.sh: no program $1" >&2; exit 2 ;;
    esac
}
sevenzip=$([ -e "$out/guest/root/usr/bin/7zz" ] && echo 7zz || echo 7z)
convert=$(cd "$out/guest/root/usr/bin" && echo convert-im*)

# What openssl speed counted, as ms for a MiB, or for a thousand signatures or agreements.
speed_ms() { # OUTPUT
    awk -F: '/^\+F:/ { if ($NF > 0) print 1048576e3 / $NF }
        /^\+F2:/ { if ($(NF - 1) > 0) print 1e6 * ($(NF - 1) < 1 ? $(NF - 1) : 1 / $(NF - 1)) }
        /^\+F5:/ { if ($(NF - 1) > 0) print 1e6 * ($NF < 1 ? $NF : 1 / $NF) }' "$1" | tail -n 1
}

# One measured run; adds "cpu wall peak" to the program's list and keeps what it prints.
run() { # PROGRAM WHO
    local side=guest line cpu wall peak
    [ "$2" != native ] || side=native
    command_of "$1" $side
    rm -rf "${out:?}"/bench/work/* "${out:?}"/bench/work/.[a-z]*
    line=$(in_root $side ../measure -o ../result "${cmd[@]}" 2>errors) || {
        echo "real.sh: $1 failed under $2: $(tail -n 1 errors)" >&2
        broken=$((broken + 1))
        return
    }
    read -r _ cpu _ wall peak <<<"$line"
    mv bench/result "result.$1.$2"
    [[ $1 != openssl-* ]] || cpu=$(speed_ms "result.$1.$2")
    echo "$1 $2 $cpu $wall $peak" >>times
}

: >times
broken=0
mapfile -t set_of < <(cut -d' ' -f1 <<<"$list")
for ((r = 0; r < rounds; r++)); do
    for p in "${set_of[@]}"; do
        [[ $p =~ $only ]] || continue
        [[ $only != . || $asked != *" $p "* ]] || continue
        [[ $r = 0 || $long != *" $p "* ]] || continue
        [[ $quick = 0 || "$long$slow" != *" $p "* ]] || continue
        run "$p" native
        for i in "${!emus[@]}"; do
            echo 0 >$binfmt/status
            for e in "${!emus[@]}"; do
                [ $e = $i ] && echo 1 >"$binfmt/${names[e]}" || echo 0 >"$binfmt/${names[e]}"
            done
            echo 1 >$binfmt/status
            run "$p" "${names[i]}"
        done
    done
done
for p in "${set_of[@]}"; do
    [[ $p != openssl-* ]] || continue
    for i in "${!emus[@]}"; do
        [ ! -f "result.$p.${names[i]}" ] || cmp -s "result.$p.native" "result.$p.${names[i]}" || {
            echo "real.sh: $p: another result under ${names[i]} than natively" >&2
            broken=$((broken + 1))
        }
    done
done

report() {
    echo "Debian $suite, $guest and amd64; $rounds rounds; $(date -u +%Y-%m-%d), load $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "native:$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-)"
    for i in "${!emus[@]}"; do
        echo "${names[i]}: $(basename "${emus[i]}") ($("${emus[i]}" -version 2>/dev/null | head -n 1))"
    done
    echo "CPU ms, least of the rounds; spread = (max - min) / min; wall ms in brackets; peak memory"
    awk -v csv=ratios.csv -v emus="${#emus[@]}" -f "$here/report.awk" <(echo "$list") times
    [ $broken -eq 0 ] || echo "$broken failures"
}
rm -f ratios.csv
report | tee table
if [ -n "$write" ]; then
    cp table "$write/bench-$guest.txt"
    awk -v title="Debian's $guest programs on x86-64: CPU time, native = 1" -f "$here/chart.awk" ratios.csv >"$write/bench-$guest.svg"
fi
[ $broken -eq 0 ] || { echo "real.sh: $broken failures" >&2; exit 1; }
