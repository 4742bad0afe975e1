# The decoders under test, for decode_test.sh and vs_objdump.sh.
src=${SRCDIR:-$(cd "$here/../.." && pwd)}
guests="aarch64 riscv64"

make_decgen() { # DIR
    ${CC:-cc} -O1 -std=gnu11 -o "$1/decgen" "$src"/tools/decgen/*.c
}

# Sets low, up (prefixes) and tables; makes DIR/decode.h.inc.
make_decoder() { # GUEST DIR
    case $1 in
    aarch64) low=a64 up=A64 names="int sys ldst fp simd crypto" ;;
    riscv64) low=rv64 up=RV64 names="int ma bits fp c cd vector" ;;
    esac
    subject=$1
    tables=
    for name in $names; do
        tables="$tables $src/src/frontend/$1/${low}_$name.dec"
    done
    "$2/decgen" --prefix $low -o "$2/decode.h.inc" $tables
}

# Compiles a test of the decoder made last.
compile() { # OUT FILE...
    out=$1
    shift
    ${CC:-cc} -O2 -std=gnu11 -I"${out%/*}" -I"$src/src" -DLOW_PREFIX=$low -DUP_PREFIX=$up \
        -DGUEST_H="\"$subject.h\"" -o "$out" "$@"
}
