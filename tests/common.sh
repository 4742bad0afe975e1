# Shared by the test scripts: counting, and user namespaces with a binfmt_misc of their own. Sourced by bash.
# shellcheck shell=bash disable=SC2034
#
# `group`, if set, stands before each name.
passed=0 failed=0
pass() { # NAME
    passed=$((passed + 1))
    echo "ok   ${group:+$group/}$1"
}
known_failure() { :; } # NAME: a remark on why that may be
fail() { # NAME WHY [FILE with details]
    failed=$((failed + 1))
    echo "FAIL ${group:+$group/}$1: $2$(known_failure "$1")"
    [ ! -s "${3-}" ] || head -n "${DETAILS:-12}" "$3" | cut -c1-300 | sed 's/^/     /'
}
skip() { # NAME WHY
    echo "SKIP ${group:+$group/}$1: $2"
}
skip_all() { # WHY
    echo "SKIP: $1"
    exit 77
}
finish() { # nothing passed: that is no success, unless --only asked for little
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && { [ "$passed" -gt 0 ] || [ "${only:-.}" != . ]; }
    exit
}
check_ends() { # NAME COMMAND...: it ends with status 0; its output is in $work/out
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1 </dev/null; then pass "$name"; else fail "$name" "exit status $?" "$work/out"; fi
}

misc=/proc/sys/fs/binfmt_misc
need_own_binfmt_misc() {
    unshare --user --map-root-user --mount mount -t binfmt_misc none $misc 2>/dev/null ||
        skip_all 'needs user namespaces and a binfmt_misc in them (Linux 6.7)'
}
# Starts COMMAND in the background in user and mount namespaces of its own, in which MAP ("inside outside count") says who
# is who; it waits for `echo >DIR/go`. Sets inside to its process.
start_with_ids() { # MAP DIR UNSHARE-OPTION... -- COMMAND...
    local map=$1 dir=$2 more=()
    shift 2
    while [ "$1" != -- ]; do
        more+=("$1")
        shift
    done
    shift
    mkfifo "$dir/go"
    # shellcheck disable=SC2016
    unshare --user --mount "${more[@]}" --propagation private bash -c 'read -r _ <"$1/go"; shift; exec "$@"' - "$dir" "$@" &
    inside=$!
    while [ "$(readlink /proc/$inside/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do sleep 0.02; done
    echo "$map" >/proc/$inside/uid_map
    [ "$(id -u)" = 0 ] || echo deny >/proc/$inside/setgroups
    echo "${map/ $(id -u) / $(id -g) }" >/proc/$inside/gid_map
}
