#!/bin/bash
# Starting programs: exec-modes/em.c and tools of Debian's, native and in three modes: `ferry run`, which registers ferry
# for itself, `ferry run --no-register`, and the kernel's registration. The same must come out each time.
#
# Options as in lib.sh, EMULATOR is ferry. Each runs with a Debian of the guest, or of this machine, as its root, and the
# test's files in /t.
set -- --chroot "$@"
debian_native=1
. "$(dirname "$(readlink -f "$0")")/lib.sh"

out=$BUILD/exec-modes
rm -rf "$out"
mkdir -p "$out"/{native,guest,bin} "$root/t" "$native_root/t"
gcc -O1 -w -static -pthread "$here/exec-modes/em.c" -o "$out/bin/native" || exit 2
$triple-gcc -O1 -w -static -pthread "$here/exec-modes/em.c" -o "$out/bin/guest" || exit 2
mount --bind "$out/native" "$native_root/t" && mount --bind "$out/guest" "$root/t" || exit 2
environment=(env -i PATH=/usr/bin:/bin:/t HOME=/t LANG=C.UTF-8)

start() { # MODE PROGRAM ARG...: within the root of that mode
    local mode=$1
    shift
    case $mode in
    native) timeout -k 5 "$T" "${environment[@]}" unshare --root="$native_root" "$@" ;;
    kernel) timeout -k 5 "$T" "${environment[@]}" unshare --root="$root" "$@" ;;
    namespace) timeout -k 5 "$T" "${environment[@]}" "${emu[@]}" run --rootfs "$root" "$@" ;;
    reexec) timeout -k 5 "$T" "${environment[@]}" "${emu[@]}" run --no-register --rootfs "$root" "$@" ;;
    esac
}
fresh() { # MODE
    local side=guest
    [ "$1" != native ] || side=native
    rm -rf "${out:?}/$side"/*
    cp "$out/bin/$side" "$out/$side/em"
    cp "$out/bin/native" "$out/$side/other"
    chmod 755 "$out/$side"/*
}

# NAME PROGRAM ARG...: what the modes of $modes make of it, against native.
both() {
    local name=$1 mode want_code
    shift
    [[ exec-modes/$name =~ $only ]] || return 0
    fresh native
    start native "$@" >"$out/want" 2>&1 </dev/null
    want_code=$?
    for mode in $modes; do
        fresh "$mode"
        start "$mode" "$@" >"$out/got" 2>&1 </dev/null
        got_code=$?
        # Native programs cannot start foreign ones without a registration.
        [ "$mode" != reexec ] || sed -i '/^-- foreign and native/,$d' "$out/got"
        if [ "$mode" = reexec ]; then
            sed '/^-- foreign and native/,$d' "$out/want" >"$out/want.reexec"
            compare "exec-modes/$name $mode" "$out/want.reexec" $want_code "$out/got" $got_code /dev/null
        else
            compare "exec-modes/$name $mode" "$out/want" $want_code "$out/got" $got_code /dev/null
        fi
    done
}

tests() {
    both all /t/em all
    both "program by PATH" em report by PATH
    both "relative program" ../t/em report
    both "env -S" env -S 'EM_X=1 em  report a\_b'
    both "env -i" env -i /t/em report
    both "shell" sh -c 'exec /t/em report "$0" "$@"' name one two
    both "command -v" sh -c 'cd /t; printf "echo found\n" >text; chmod +x text; text; ./text; ./missing; echo $?'
    both "ENOEXEC becomes sh" sh -c 'cd /t; printf "echo I am sh \$0 \$1\n" >text; chmod +x text; env ./text x; nice ./text y; ./text z'
    both "perl exec list" perl -e 'exec {"/t/em"} "other name", "report", "a b"'
    both "xargs" sh -c 'seq 2000 | xargs -n 500 /t/em report'
    both "find -exec" find /t/em -exec /t/em report {} \;
    both "busybox by argv[0]" sh -c 'cd /t; for a in echo basename seq; do cp /bin/busybox $a; ./$a 3; ln -sf /bin/busybox l$a; done; ln -s /bin/busybox uname; ./uname -s; (exec -a expr /bin/busybox 1 + 2) 2>&1 || true'
    both "bash exec -a" bash -c 'exec -a expr /bin/busybox 1 + 2'
    both "busybox sh" busybox sh -c 'busybox echo a | busybox cat; exec busybox printf "%s\n" b'
    both "command not found" sh -c 'nosuch; echo $?; /t; echo $?; /etc/passwd; echo $?'
    both "exit status and signals" sh -c 'sh -c "exit 7"; echo $?; sh -c "kill -TERM \$\$"; echo $?; sh -c "kill -KILL \$\$"; echo $?'
    both "script that a script starts" sh -c 'cd /t; printf "#!/bin/sh -e\necho \$0; exec ./b \$1\n" >a; printf "#!/usr/bin/perl -w\nprint \"\$0 @ARGV\\\\n\"; exec \"/t/em\", \"report\";\n" >b; chmod +x a b; ./a arg'
    both "ldd" sh -c 'ldd /bin/true >/dev/null; echo $?'
}

# `ferry run` itself: who one is inside, and what it says.
run() { # NAME CODE PATTERN ARG...: of `ferry run`; the output is one line that matches PATTERN
    local name="exec-modes/run, $1" want=$2 pattern=$3 code
    shift 3
    [[ $name =~ $only ]] || return 0
    timeout -k 5 "$T" "${environment[@]}" "${as[@]}" "${emu[@]}" run "$@" >"$out/got" 2>&1 </dev/null
    code=$?
    if [ $code != "$want" ]; then
        fail "$name" "exit $code, expected $want" "$out/got"
    elif [ "$(wc -l <"$out/got")" != 1 ] || ! grep -q -- "$pattern" "$out/got"; then
        fail "$name" "the output is not one line like '$pattern'" "$out/got"
    else
        pass "$name"
    fi
}
ferry_run() {
    local who='echo $(id -u) $(id -g) $(ls /proc/sys/fs/binfmt_misc) $(pwd)' none='echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
    fresh reexec
    as=()
    run "root stays root" 0 '^0 0 ferry-aarch64 ferry-riscv64 register status /$' --rootfs "$root" sh -c "$who"
    as=(unshare --user --map-user=1234 --map-group=1235)
    run "a user stays the user" 0 '^1234 1235 ferry-aarch64 ferry-riscv64 register status /$' --rootfs "$root" sh -c "$who"
    run "--map-root" 0 '^0 0 ferry-aarch64 ferry-riscv64 register status /$' --map-root --rootfs "$root" sh -c "$who"
    run "--no-register" 0 '^1234 1235 /$' --no-register --rootfs "$root" sh -c "$who"
    run "without --rootfs" 0 '^1234 native$' sh -c "\"$out/guest/em\" >/dev/null && echo \$(id -u) native"
    as=(unshare --user --map-root-user bash -c "$none" -)
    run "user namespaces refused, root" 0 '^0 0 /$' --rootfs "$root" sh -c "$who"
    run "user namespaces refused, a native program" 0 '^native$' --no-register echo native
    as=(unshare --user --map-root-user bash -c "$none" - setpriv --bounding-set=-all --inh-caps=-all)
    run "all namespaces refused" 125 'ferry: run: --rootfs needs namespaces: .*refused.*ferry -L DIR' --rootfs "$root" sh
    as=()
    run "no program" 1 'ferry: run: no program to run; usage: ferry run'
    run "unknown option" 1 "ferry: run: unknown option '--what'" --what sh
    run "option without argument" 1 "ferry: run: option '--rootfs' needs an argument" --rootfs
    run "no such root" 125 'ferry: run: /no/such cannot be made the root directory: No such file' --rootfs /no/such sh
    run "no such program" 127 'ferry: run: nosuch: No such file or directory; it was looked for in PATH' --rootfs "$root" nosuch
    run "no such path" 127 'ferry: run: /no/such: No such file' --rootfs "$root" /no/such
    run "a directory" 126 'ferry: run: /usr: Permission denied' --rootfs "$root" /usr
    run "no program of any machine" 126 'ferry: run: /etc/passwd: Permission denied' --rootfs "$root" /etc/passwd
    echo hello >"$out/guest/text" && chmod 755 "$out/guest/text"
    run "text" 126 'ferry: run: /t/text is no program of this machine or of one that ferry runs' --rootfs "$root" /t/text
    run "text, by re-execution" 126 'ferry: /t/text is neither an ELF program nor a script' --no-register --rootfs "$root" /t/text
}
ferry_run

# Without the kernel's registration first: entries of this namespace would be seen by the ones below it.
modes="namespace reexec" tests
"$(dirname "$emu_path")/ferry-binfmt" --interpreter "$emu_path" install "$guest" >/dev/null || { fail exec-modes/kernel "cannot register"; finish; }
modes=kernel tests
finish
