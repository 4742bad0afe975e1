# The A64 part of build.sh and fuzz.sh.
# The emulators compared by default.
emu_a_default=${FERRY:-./ferry}
emu_b_default="${QEMU_AARCH64:-qemu-aarch64} -cpu max"
# Classes and their shares of the count, in percent.
classes="int:20 fp:15 simd:20 crypto:2 mem:15 mix:22 undef:3 fault:3"
# Where register numbers lie in a word.
register_fields="0 5 10 16"
special_registers="nzcv|fpcr|fpsr"
inst_directive() {
    echo ".inst 0x$1"
}
decoder_flags='-DLOW_PREFIX=a64 -DUP_PREFIX=A64 -DGUEST_H="aarch64.h"'
