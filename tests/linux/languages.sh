#!/bin/bash
# Runs programs in languages that compile while they run, or bring their own threads: node, java, go, ruby, lua, luajit, rust.
#
# The programs are in languages/; what they must print, NAME.out, does not depend on the architecture. Their packages lie
# in a sysroot of their own.
here=$(dirname "$(readlink -f "$0")")
. "$here/guests.sh"
guest_name=${GUEST:-aarch64}
for ((i = 1; i < $#; i++)); do
    [ "${!i}" != --guest ] || { n=$((i + 1)) && guest_name=${!n}; }
done
guest_set "$guest_name"
case $guest in
aarch64) java=17 go=/usr/lib/go-1.19 luajit=luajit ;;
riscv64) java=21 go=/usr/lib/go-1.24 luajit= ;; # LuaJIT knows no riscv64
esac
if [ -z "${SYSROOT-}" ]; then
    cache=${FERRY_SYSROOT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ferry/sysroots}
    SYSROOT=$("$here/sysroot.sh" $deb_arch $suite "$cache/$suite-$deb_arch-languages" base-files base-passwd bash dash coreutils \
        libc-bin sed grep nodejs openjdk-$java-jdk-headless golang-go ruby lua5.4 $luajit rustc gcc libc6-dev tzdata ca-certificates) || exit 2
    export SYSROOT
fi
T=${T:-300}
. "$here/lib.sh"

jdk=/usr/lib/jvm/java-$java-openjdk-$deb_arch/bin
guest_env+=(GOROOT="$guest_root$go" GOPROXY=off GOTOOLCHAIN=local GOCACHE="$work/go-cache" CGO_ENABLED=0)

run() { # NAME PROGRAM ARG...: in a directory with the programs
    local name=$1
    shift
    [[ lang/$name =~ $only ]] || return 0
    fresh_dir "lang-$name"
    cp "$here"/languages/*.* .
    guest "$@" >"$BUILD/got" 2>"$BUILD/err" </dev/null
    compare "lang/$name" "$here/languages/${name%%-*}.out" 0 "$BUILD/got" $? "$BUILD/err"
}

java_program() {
    guest $jdk/javac Threads.java && guest $jdk/java "$@" -cp . Threads
}

run node /usr/bin/node jit.js
run lua-5.4 /usr/bin/lua5.4 jit.lua
[ -z "$luajit" ] || run lua-jit /usr/bin/luajit jit.lua
run ruby /usr/bin/ruby threads.rb
run go $go/bin/go run goroutines.go
run rust /usr/bin/sh -c 'rustc -O rust.rs && ./rust'
for flags in -XX:+UseSerialGC -Xint; do
    [[ lang/java$flags =~ $only ]] || continue
    fresh_dir "lang-java$flags"
    cp "$here"/languages/*.java .
    java_program "$flags" >"$BUILD/got" 2>"$BUILD/err" </dev/null
    compare "lang/java$flags" "$here/languages/java.out" 0 "$BUILD/got" $? "$BUILD/err"
done
finish
