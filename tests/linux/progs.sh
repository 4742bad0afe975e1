#!/bin/bash
# Runs the C and C++ programs of progs/ as guest and compares with native output, or with NAME.out where one is checked in.
#
# A program may say in a comment "flags: ..." (for every compiler) and "variants: A | B" (more guest builds).
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

for src in "$here"/progs/*.c "$here"/progs/*.cc; do
    name=$(basename "${src%.*}")
    [[ prog/$name =~ $only ]] || continue
    want_code=0
    if [ -f "$here/progs/$name.out" ]; then
        cp "$here/progs/$name.out" "$out/expect/$name"
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
        compile aarch64-linux-gnu-gcc "$out/$kind/$name" "$src" $flag || { fail "prog/$name $kind" "does not compile"; continue; }
        run_one "$name" $kind "$out/$kind/$name"
    done
    IFS='|' read -ra variants < <(tag "$src" variants)
    for v in "${variants[@]}"; do
        v=$(echo $v)
        mkdir -p "$out/${v//[^a-z0-9]/}"
        link=-static
        case $v in *-static-pie*) link=-fPIE ;; esac
        # shellcheck disable=SC2086
        compile aarch64-linux-gnu-gcc "$out/${v//[^a-z0-9]/}/$name" "$src" $link $v || { fail "prog/$name $v" "does not compile"; continue; }
        run_one "$name" "$v" "$out/${v//[^a-z0-9]/}/$name"
    done
done
finish
