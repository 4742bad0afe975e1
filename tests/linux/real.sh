#!/bin/bash
# Runs the programs of Debian packages as guest and natively, on the scripts of real/, and compares output and exit code.
debian_native=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"

scripts=$BUILD/scripts
mkdir -p "$scripts"
cp "$here"/real/* "$scripts/"
bash "$here/real/gen-bash.sh" >"$scripts/bash1000.sh"
# Compiled results are started by the shell, so an emulator that cannot start programs shows here.
both() { # NAME PROGRAM ARG...
    local name=$1
    shift
    [[ real/$name =~ $only ]] || return 0
    fresh_dir "native-$name"
    native "$@" >"$BUILD/want" 2>"$BUILD/want.err" </dev/null
    local want=$?
    fresh_dir "guest-$name"
    local t0=$EPOCHREALTIME
    guest "$@" >"$BUILD/got" 2>"$BUILD/err" </dev/null
    local got=$?
    printf '%s %.1f s\n' "$name" "$(bc -l <<<"$EPOCHREALTIME - $t0")" >>"$BUILD/times"
    compare "real/$name" "$BUILD/want" $want "$BUILD/got" $got "$BUILD/err"
}

# The same assembly from the guest's compiler and from the cross compiler of the same version.
cc1_identical() {
    [[ real/cc1 =~ $only ]] || return 0
    fresh_dir cc1
    local src name compiler bad=0 n=0
    for src in "$here"/progs/{fp,jumps}.c "$here"/progs/exceptions.cc "$here"/../bench/{bytecode,vector}.c; do
        [ -f "$src" ] || continue
        name=$(basename "$src")
        compiler=gcc
        case $src in *.cc) compiler=g++ ;; esac
        cp "$src" "$here/progs/t.h" "$here/../bench/b.h" . # the other root sees only this directory
        # Preprocessed once, so that both see the same bytes; the version string alone may differ.
        native $triple-$compiler -E -P "$name" -o "pre.${name##*.}" || return 1
        mv "pre.${name##*.}" "$name"
        for o in -O0 -O2; do
            native $triple-$compiler -w -S -fno-ident $o "$name" -o want.s
            guest /usr/bin/$compiler -w -S -fno-ident $o "$name" -o got.s >"$BUILD/err" 2>&1
            n=$((n + 1))
            cmp want.s got.s >>"$BUILD/err" 2>&1 || { bad=$((bad + 1)); cp "$BUILD/err" "$BUILD/cc1.err"; }
        done
    done
    if [ $bad = 0 ] && [ $n -gt 0 ]; then pass "real/cc1 ($n compilations byte-identical)"; else fail real/cc1 "$bad of $n differ" "$BUILD/cc1.err"; fi
}

: >"$BUILD/times"
both bash1000 /usr/bin/bash "$scripts/bash1000.sh"
for t in coreutils text archive busybox sqlite openssl git gcc; do
    T=$((T * 3)) both $t /usr/bin/bash "$scripts/$t.sh"
done
both perl /usr/bin/perl "$scripts/perl.pl"
both python /usr/bin/python3 "$scripts/python.py"
both aesgcm /usr/bin/python3 "$scripts/aesgcm.py"
both dash /usr/bin/dash -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; echo $i; echo a b | { read x y; echo $y; }; (exit 9); echo $?; set -- 1 2 3; shift; echo $*'
cc1_identical
finish
