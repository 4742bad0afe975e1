# The guests the scripts know. Sourced by bash: guest_set NAME sets what differs from guest to guest.
# shellcheck shell=bash disable=SC2034
guest_set() { # NAME
    guest=$1
    case $guest in
    aarch64) deb_arch=arm64 suite=bookworm e_machine=b7 ldso=ld-linux-aarch64.so.1 ;;
    riscv64) deb_arch=riscv64 suite=trixie e_machine=f3 ldso=ld-linux-riscv64-lp64d.so.1 ;;
    *) echo "$0: unknown guest $guest; there are aarch64 and riscv64" >&2; exit 2 ;;
    esac
    triple=$guest-linux-gnu
    export GUEST=$guest
}
