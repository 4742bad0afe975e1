# The RV64 part of build.sh and fuzz.sh.
# The emulators compared by default.
rv64_cpu=rv64,v=true,vext_spec=v1.0,vlen=128,elen=64,zba=true,zbb=true,zbc=true,zbs=true,zbkb=true,Zfh=true,Zfhmin=true
emu_a_default="${FERRY:-./ferry} -cpu max"
emu_b_default="${QEMU_RISCV64:-qemu-riscv64} -cpu $rv64_cpu"
# Classes and their shares of the count, in percent.
classes="int:10 mul:4 bits:8 c:10 mem:8 atomic:6 fp:12 csr:4 vec:16 vmem:6 mix:11 undef:3 fault:2"
# Where register numbers lie in a word.
register_fields="7 15 20 27 2"
special_registers="fflags|frm|vl|vtype|vstart|vxrm|vxsat"
inst_directive() {
    case $1 in
    ????) echo ".insn 2, 0x$1" ;;
    *) echo ".insn 4, 0x$1" ;;
    esac
}
decoder_flags='-DLOW_PREFIX=rv64 -DUP_PREFIX=RV64 -DGUEST_H="riscv64.h"'
