# The A64 part of build.sh, gen.sh and run.sh.
cross=${AARCH64_CC:-aarch64-linux-gnu-gcc}
cross_package=gcc-aarch64-linux-gnu
cross_flags="-mgeneral-regs-only -mno-outline-atomics"
assembler=aarch64-linux-gnu-as
objcopy=aarch64-linux-gnu-objcopy
prologue=".arch armv8.5-a+crypto+rcpc+fp16+bf16+i8mm+fp16fml+sha3+sm4"
oracle=qemu-aarch64

# The oracle's arguments for the rows of a file. Those of profile state what a processor without the
# extensions does.
oracle_args() {
    case $1 in
    profile) echo "-cpu cortex-a53" ;;
    esac
}
