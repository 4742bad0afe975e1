# The RV64 part of build.sh, gen.sh and run.sh.
cross=${RISCV64_CC:-riscv64-linux-gnu-gcc}
cross_package=gcc-riscv64-linux-gnu
cross_flags="-march=rv64imac -mabi=lp64 -mno-relax"
assembler=riscv64-linux-gnu-as
objcopy=riscv64-linux-gnu-objcopy
prologue=".option norelax
.option arch, rv64gcv_zba_zbb_zbc_zbs_zbkb_zfh_zicbom_zicbop_zicboz_zihintpause_zawrs
$(cat "$here/../insn/riscv64/macros.s")"
oracle=qemu-riscv64

# The oracle's arguments for the rows of a file.
oracle_args() {
    case $1 in
    profile*) echo "-cpu rv64,v=true,vext_spec=v1.0,vlen=128,elen=64,zba=false,zbb=false,zbc=false,zbs=false" ;;
    *) echo "-cpu rv64,v=true,vext_spec=v1.0,vlen=128,elen=64,zba=true,zbb=true,zbc=true,zbs=true,zbkb=true,Zfh=true,Zfhmin=true" ;;
    esac
}
