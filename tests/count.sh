# Shared by the test scripts: counts what passes and what fails. Sourced by bash.
# shellcheck shell=bash
#
# `group`, if set, stands before each name.
passed=0 failed=0
pass() { # NAME
    passed=$((passed + 1))
    echo "ok   ${group:+$group/}$1"
}
fail() { # NAME WHY [FILE with details]
    failed=$((failed + 1))
    echo "FAIL ${group:+$group/}$1: $2"
    [ ! -s "${3-}" ] || head -n "${DETAILS:-12}" "$3" | cut -c1-300 | sed 's/^/     /'
}
skip() { # NAME WHY
    echo "SKIP ${group:+$group/}$1: $2"
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}
