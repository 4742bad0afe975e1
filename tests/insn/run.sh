#!/bin/sh
# Runs the instruction rows under an emulator: run.sh [-r FILE.rows]... EMULATOR [ARG...]
# Shows each failing row; the last line is `N passed, N failed`; status 1 if any failed.
# OUT names a directory with (or for) the built tools; a temporary one is used by default.
here=$(cd "$(dirname "$0")" && pwd)
rows=
while [ "$1" = -r ]; do
    rows="$rows $2"
    shift 2
done
[ $# -gt 0 ] || { echo "usage: run.sh [-r FILE.rows]... EMULATOR [ARG...]" >&2; exit 2; }
out=$OUT
if [ -z "$out" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
if [ ! -x "$out/rowgen" ] || [ -n "$(find "$here" -name '*.[chS]' -newer "$out/rowgen")" ]; then
    mkdir -p "$out"
    "$here/build.sh" "$out" || exit 2
fi
# Rows that depend on the announced extensions (profile) hold for ferry; qemu needs a processor
# without them. Rows of notqemu hold for the architecture and ferry, and qemu 7.2 fails them.
profile_cpu=
if [ -z "$rows" ]; then
    for f in "$here"/*.rows; do
        case $*,$f in
        *qemu-aarch64*-cpu*,*/profile.rows) ;;
        *qemu-aarch64*,*/profile.rows) profile_cpu=cortex-a53 ;;
        *qemu-aarch64*,*/notqemu.rows) ;;
        *) rows="$rows $f" ;;
        esac
    done
fi
if [ -n "$profile_cpu" ]; then
    { "$out/rowcheck" "$out/runner" "$here/profile.rows" -- "$@" -cpu $profile_cpu
      "$out/rowcheck" "$out/runner" $rows -- "$@"; } | awk '
        /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3; runs++; next }
        { print }
        END { print p + 0 " passed, " f + 0 " failed"; exit f || runs != 2 }'
else
    "$out/rowcheck" "$out/runner" $rows -- "$@"
fi
