#!/bin/sh
# Runs a guest's instruction rows under an emulator: run.sh GUEST [-r FILE.rows]... EMULATOR [ARG...]
# Shows each failing row; the last line is `N passed, N failed`; status 1 if any failed.
# OUT names a directory with (or for) the built tools; a temporary one is used by default.
here=$(cd "$(dirname "$0")" && pwd)
usage() {
    echo "usage: run.sh GUEST [-r FILE.rows]... EMULATOR [ARG...]" >&2
    exit 2
}
guest=$1
[ -f "$here/$guest/tools.sh" ] || usage
shift
. "$here/$guest/tools.sh"
rows=
while [ "$1" = -r ]; do
    rows="$rows $2"
    shift 2
done
[ $# -gt 0 ] || usage
out=$OUT
if [ -z "$out" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
if [ ! -x "$out/rowgen" ] || [ -n "$(find "$here" -name '*.[chS]' -newer "$out/rowgen")" ]; then
    mkdir -p "$out"
    "$here/build.sh" "$guest" "$out" || exit 2
fi

# A row runs once, so that ferry would interpret what it can of it: FERRY_HOT=128 does just that.
export FERRY_HOT="${FERRY_HOT-1}"

# The oracle gets its arguments by file, unless the command line has a -cpu of its own, and no rows of
# notqemu: those hold for the architecture and ferry, and qemu 7.2 fails them.
args_for() {
    case "$emulator" in
    *-cpu*) ;;
    *qemu-*) oracle_args "$1" ;;
    esac
}
emulator=$*
if [ -z "$rows" ]; then
    for f in "$here/$guest"/*.rows; do
        case $emulator,$f in
        *qemu-*,*/notqemu*.rows) ;;
        *) rows="$rows $f" ;;
        esac
    done
fi
# One run for each set of arguments.
for f in $rows; do
    name=${f##*/}
    echo "$(args_for "${name%.rows}")|$f"
done | sort -t '|' -k 1,1 -s | awk -F '|' '
    NR > 1 && $1 != args { print args "|" files; files = "" }
    { args = $1; files = files " " $2 }
    END { print args "|" files }' > "$out/runs.$$"
while IFS='|' read -r args files; do
    "$out/rowcheck" "$out/runner" $files -- $emulator $args
done < "$out/runs.$$" | awk '
    /^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3; next }
    { print }
    END { print p + 0 " passed, " f + 0 " failed"; exit f || !p }'
status=$?
rm -f "$out/runs.$$"
exit $status
