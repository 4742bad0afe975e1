#!/bin/bash
# Runs the C and C++ programs of progs/ as guest and compares with native output, or with NAME.out or GUEST/NAME.out where one is checked in.
#
# Programs in GUEST/ are for that guest only. A program may say in a comment "flags: ..." (for every compiler) and "variants GUEST: A | B" (more builds for it).
. "$(dirname "$(readlink -f "$0")")/lib.sh"

out=$BUILD/progs
mkdir -p "$out"/{native,static,dynamic,expect}

tag() { # FILE KEY
    sed -n "s|^// $2: ||p" "$1" | head -1
}

compile() { # COMPILER OUTPUT SOURCE FLAG...
    local cc=$1 o=$2 src=$3
    shift 3
    [ "$o" -nt "$src" ] && [ "$o" -nt "$here/progs/t.h" ] && return 0
    case $src in
    *.cc) cc=${cc/gcc/g++} ;;
    esac
    # shellcheck disable=SC2046
    "$cc" -O1 -w -pthread -I"$here/progs" "$@" $(tag "$src" flags) "$src" -o "$o" -lm -lrt
}

run_one() { # NAME LABEL BINARY
    fresh_dir "prog-$1-$2"
    guest "$3" >"$BUILD/got" 2>"$BUILD/err" </dev/null
    compare "prog/$1 $2" "$out/expect/$1" "$want_code" "$BUILD/got" $? "$BUILD/err"
}

for src in "$here"/progs/*.c "$here"/progs/*.cc "$here/progs/$guest"/*.c; do
    name=$(basename "${src%.*}")
    [[ prog/$name =~ $only ]] || continue
    want_code=0
    known=$here/progs/$guest/$name.out
    [ -f "$known" ] || known=$here/progs/$name.out
    if [ -f "$known" ]; then
        cp "$known" "$out/expect/$name"
    else
        compile gcc "$out/native/$name" "$src" || { fail "prog/$name" "does not compile natively"; continue; }
        fresh_dir "native-$name"
        native "$out/native/$name" >"$out/expect/$name" 2>"$BUILD/err" </dev/null || {
            fail "prog/$name" "fails natively, exit $?" "$BUILD/err"
            continue
        }
    fi
    for kind in static dynamic; do
        flag=
        [ $kind = dynamic ] || flag=-static
        compile $triple-gcc "$out/$kind/$name" "$src" $flag || { fail "prog/$name $kind" "does not compile"; continue; }
        run_one "$name" $kind "$out/$kind/$name"
    done
    IFS='|' read -ra variants < <(tag "$src" "variants $guest")
    for v in "${variants[@]}"; do
        v=$(echo $v)
        mkdir -p "$out/${v//[^a-z0-9]/}"
        link=-static
        case $v in *-static-pie*) link=-fPIE ;; esac
        # shellcheck disable=SC2086
        compile $triple-gcc "$out/${v//[^a-z0-9]/}/$name" "$src" $link $v || { fail "prog/$name $v" "does not compile"; continue; }
        run_one "$name" "$v" "$out/${v//[^a-z0-9]/}/$name"
    done
done
finish
