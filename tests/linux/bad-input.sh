#!/bin/bash
# What ferry says about files and options it cannot use: one line on stderr, exit code of a shell, nothing on stdout, no crash.
# Written for ferry's promises; another emulator fails most of these.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

dir=$BUILD/bad
rm -rf "$dir"
mkdir -p "$dir"
chmod 755 "$dir"
cd "$dir" || exit 2
printf '#include <stdio.h>\nint main(void) { puts("ran"); return 3; }\n' >ok.c
$triple-gcc -O1 -static ok.c -o ok && $triple-gcc -O1 ok.c -o dyn && $triple-gcc -O1 -c ok.c -o object.o || exit 2
size=$(stat -c %s ok)

run() {
    # The braces keep the shell's own word about a killed program out of the report.
    { timeout -k 5 20 "${emu[@]}" "$@" >out 2>err </dev/null; } 2>/dev/null
}

# The outcome must be one of CODES with exactly one line on stderr and nothing on stdout.
expect() { # NAME CODES COMMAND-LINE...
    local name=bad/$1 codes=$2 code
    shift 2
    [[ $name =~ $only ]] || return 0
    run "$@"
    code=$?
    judge "$name" "$codes" $code
}

judge() { # NAME CODES CODE
    if [[ " $2 " != *" $3 "* ]]; then
        fail "$1" "exit $3, expected one of: $2" err
    elif [ "$(wc -l <err)" != 1 ] || [ "$(wc -c <err)" -lt 15 ]; then
        fail "$1" "stderr has $(wc -l <err) lines, expected one that explains" err
    elif [ -s out ]; then
        fail "$1" "something on stdout" out
    else
        pass "$1: $(head -c 150 err | tr -d '\n')"
    fi
}

poke() { # FILE OFFSET HEX...: overwrites bytes
    local f=$1 at=$2
    shift 2
    printf "$(printf '\\x%s' "$@")" | dd of="$f" bs=1 seek="$at" conv=notrunc status=none
}
variant() { # NAME OFFSET HEX...: a copy of ok with other bytes
    cp ok "$1"
    poke "$@"
}

# The unchanged program works, or nothing below means anything.
run ./ok
[ $? = 3 ] && [ "$(cat out)" = ran ] && [ ! -s err ] && pass "bad/control: the good program runs" || fail bad/control "the unchanged program fails" err

for n in 1 3 4 15 16 40 63 64 100 200 1000 5000 $((size / 2)); do
    head -c "$n" ok >"cut$n"
    chmod 755 "cut$n"
    expect "truncated to $n bytes" 126 "./cut$n"
done
: >empty && chmod 755 empty && expect "empty file" 126 ./empty
echo hello there >text && chmod 755 text && expect "text without #!" 126 ./text
head -c 4096 /dev/urandom | sed '1s/^/x/' >noise && chmod 755 noise && expect "random bytes" 126 ./noise
variant magic 0 7e && expect "wrong magic" 126 ./magic
variant class32 4 01 && expect "32-bit class" 126 ./class32
variant arm32 4 01 && poke arm32 18 28 00 && expect "32-bit ARM" 126 ./arm32
variant bigendian 5 02 && expect "big-endian" 126 ./bigendian
for m in "s390x 16" "ppc64 15" "mips 08" "sparc 2b"; do
    # shellcheck disable=SC2086
    set -- $m
    variant "m$1" 18 "$2" 00 && expect "machine $1" 126 "./m$1"
done
variant nothing 18 ff ff && expect "unknown machine" 126 ./nothing
variant badtype 16 07 00 && expect "unknown ELF type" 126 ./badtype
expect "relocatable object" 126 ./object.o
variant coretype 16 04 00 && expect "core file type" 126 ./coretype
variant phnum0 56 00 00 && expect "no program headers" 126 ./phnum0
variant phnumbig 56 ff ff && expect "65535 program headers" 126 ./phnumbig
variant phentsize 54 07 00 && expect "program header size 7" 126 ./phentsize
variant phoff 32 00 00 00 00 00 00 00 7f && expect "program headers past the end" 126 ./phoff
# A program header: type 0, offset 8, vaddr 16, filesz 32, memsz 40. The first that is loaded:
load=$(readelf -lW ok | awk '$2 ~ /^0x/ { if ($1 == "LOAD") { print 64 + 56 * n; exit } n++ }')
variant vaddr $((load + 16)) 00 00 00 00 00 00 ff ff && expect "address beyond user space" 126 ./vaddr
variant filesz $((load + 32)) 00 00 00 00 00 00 00 10 && expect "segment larger than the file" 126 ./filesz
variant memsz $((load + 40)) 01 00 00 00 00 00 00 00 && expect "memory size below file size" 126 ./memsz
variant hugemem $((load + 40)) 00 00 00 00 00 f0 ff 00 && expect "memory size of 72 PB" 126 ./hugemem
variant misaligned $((load + 8)) 01 00 00 00 00 00 00 00 && expect "offset and address disagree" 126 ./misaligned
cp dyn interp0 && python3 - interp0 <<'PY'
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
off, n = struct.unpack_from("<Q", b, 32)[0], struct.unpack_from("<H", b, 56)[0]
for i in range(n):
    if struct.unpack_from("<I", b, off + 56 * i)[0] == 3:
        for name, field, value in (("interplong", 32, 1 << 40), ("interpzero", 32, 0), ("interpfar", 8, 1 << 40)):
            c = bytearray(b)
            struct.pack_into("<Q", c, off + 56 * i + field, value)
            open(name, "wb").write(c)
        at, size = struct.unpack_from("<Q", b, off + 56 * i + 8)[0], struct.unpack_from("<Q", b, off + 56 * i + 32)[0]
        b[at:at + size] = b"x" * size
        open("interpnonul", "wb").write(b)
PY
chmod 755 interp*
for f in interplong interpzero interpfar interpnonul; do
    expect "$f" "126 127" "./$f"
done
[ -e /lib/$ldso ] || expect "missing interpreter" 127 ./dyn
says() { # NAME PATTERN: what the last run said
    [[ bad/$1 =~ $only ]] || return 0
    if grep -q -- "$2" err; then pass "bad/$1"; else fail "bad/$1" "the message lacks '$2'" err; fi
}
run ./dyn
[ -e /lib/$ldso ] || says "missing interpreter names the package and -L" "$ldso.*package libc6:$deb_arch, .*-L DIR"
$triple-gcc -O1 -Wl,--dynamic-linker=/lib/ld-musl-$guest.so.1 ok.c -o musl || exit 2
run ./musl
says "missing interpreter of musl" "ld-musl-$guest.so.1, .*package musl:$deb_arch, .*-L DIR"
mkdir -p fakeroot/lib && cp ok.c fakeroot/lib/$ldso && expect "interpreter that is no ELF" "126 127" -L "$dir/fakeroot" ./dyn
head -c 3000 "$sysroot/lib/$ldso" >fakeroot/lib/$ldso && expect "truncated interpreter" "126 127" -L "$dir/fakeroot" ./dyn
expect "no such file" 127 ./missing
expect "no such directory" 127 ./no/such/file
expect "directory" 126 .
expect "path through a file" "126 127" ./ok/x
printf '#!/no/such/interpreter\n' >script && chmod 755 script && expect "script with a missing interpreter" "126 127" ./script
printf '#!./loop\n' >loop && chmod 755 loop && expect "script that names itself" "126 127" ./loop
printf '#!\n' >bang && chmod 755 bang && expect "script with an empty #!" 126 ./bang
ln -sf self self && expect "link to itself" "126 127" ./self
expect "device" 126 /dev/null

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    cp ok secret && chmod 600 secret
    cp "$emu_path" "$dir/emu.copy" && chmod 755 "$dir/emu.copy"
    name="bad/unreadable file"
    if [[ $name =~ $only ]] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$dir/emu.copy" 2>/dev/null; then
        setpriv --reuid=65534 --regid=65534 --clear-groups timeout 20 "$dir/emu.copy" "${emu[@]:1}" "$dir/secret" >out 2>err </dev/null
        judge "$name" 126 $?
    fi
fi

expect "unknown option" 1 -no-such-option ./ok
expect "unknown long option" 1 --no-such-option ./ok
expect "option without its argument" 1 -L
expect "bad stack size" 1 -s lots ./ok
expect "unknown cpu" 1 -cpu abacus ./ok
expect "unknown log channel" 1 -d nonsense ./ok
expect "log file in a missing directory" 1 -d strace -D "$dir/no/such/log" ./ok
expect "log file that is a directory" 1 -d strace -D "$dir" ./ok
expect "no program" 1

# A full disk under -D: either the program still runs and one line says that the log is lost, or ferry says so and stops.
if [[ "bad/full disk under -D" =~ $only ]]; then
    cat >full.sh <<'SH'
mount -t tmpfs -o size=16k tmpfs "$1" && head -c 100000 /dev/zero >"$1/fill" 2>/dev/null
shift
exec "$@"
SH
    mkdir -p full
    timeout -k 5 20 unshare --user --map-root-user --mount --propagation private bash full.sh "$dir/full" "${emu[@]}" -d strace -D "$dir/full/log" ./ok >out 2>err </dev/null
    code=$?
    if [ $code = 3 ] && [ "$(cat out)" = ran ] && [ "$(wc -l <err)" = 1 ]; then
        pass "bad/full disk under -D: the program ran; $(cat err)"
    else
        judge "bad/full disk under -D" 1 $code
    fi
fi
# The same with a closed stderr and a closed stdout: no crash.
"${emu[@]}" ./missing 2>&- >out </dev/null
code=$?
[ $code = 127 ] && pass "bad/closed stderr" || fail "bad/closed stderr" "exit $code, expected 127"

# Random damage to the ELF header and the program headers. A guest may then die of its own faults; ferry may not.
if [[ bad/damage =~ $only ]]; then
    python3 - "$dir" "${DAMAGED:-150}" "$(((size > 400) ? 400 : size))" "${emu[@]}" <<'PY'
import random, subprocess, sys, os
where, count, span, emu = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
good = open(where + "/ok", "rb").read()
rnd, bad = random.Random(7), []
for i in range(count):
    data = bytearray(good)
    for _ in range(rnd.randint(1, 4)):
        data[rnd.randrange(span)] = rnd.choice([0, 0xff, rnd.randrange(256)])
    path = where + "/damaged"
    if os.path.exists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o755)
    try:
        r = subprocess.run(emu + [path], stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except subprocess.TimeoutExpired:
        continue
    lines = r.stderr.count(b"\n")
    # 126, 127, the program's own 3, or a fault of the guest; never an abort, never a report of several lines.
    if r.returncode not in (126, 127, 3, -11, -7, -4, -5) or lines > 1 or (r.returncode == 126 and lines != 1):
        bad.append((i, r.returncode, r.stderr[:200]))
        os.rename(path, f"{where}/damaged.{i}")
for b in bad[:5]:
    print("    ", b)
sys.exit(1 if bad else 0)
PY
    # shellcheck disable=SC2181
    [ $? = 0 ] && pass "bad/damage: ${DAMAGED:-150} damaged headers" || fail bad/damage "see above; the files are $dir/damaged.N"
fi
finish
