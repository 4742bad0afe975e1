# Shared by binfmt.sh and doctor.sh: the two programs, a private binfmt_misc, what a run is expected to say. Sourced by bash.
# shellcheck shell=bash disable=SC2034,SC2154
#
# Options of both scripts: [--guest NAME] [EMULATOR]   EMULATOR: $FERRY; ferry-binfmt is looked for beside it
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
while [[ ${1-} == -* ]]; do # the options of lib.sh mean nothing here
    [[ $1 != --guest && $1 != --only ]] || shift
    shift
done
ferry=$(readlink -f "${1:-$FERRY}")
tool=$(dirname "$ferry")/ferry-binfmt
need_own_binfmt_misc

magic='\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
register() { printf '%s' ":$1:M::$magic:$mask:$2:$3" >$misc/register; } # NAME INTERPRETER FLAGS, for aarch64

# What ran left its output and messages in `out`, its status in $code.
expect() { # NAME CODE [PATTERN...]: each pattern must match a line of the output, !PATTERN none
    local name=$1 want=$2 pattern
    shift 2
    [ "$code" = "$want" ] || { fail "$name" "exit status $code, not $want" out; return 1; }
    for pattern; do
        if [[ $pattern == !* ]]; then
            ! grep -q -- "${pattern#!}" out || { fail "$name" "output has '${pattern#!}'" out; return 1; }
        else
            grep -q -- "$pattern" out || { fail "$name" "output lacks '$pattern'" out; return 1; }
        fi
    done
    pass "$name"
}
