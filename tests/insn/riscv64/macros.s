# Instructions that the assembler of binutils 2.40 does not know.
.macro czero.eqz rd, rs1, rs2
.insn r 0x33, 5, 7, \rd, \rs1, \rs2
.endm
.macro czero.nez rd, rs1, rs2
.insn r 0x33, 7, 7, \rd, \rs1, \rs2
.endm
# Zacas; fields.c takes the brackets off the address
.macro amocas.w rd, rs2, rs1
.insn r 0x2f, 2, 0x14, \rd, \rs1, \rs2
.endm
.macro amocas.d rd, rs2, rs1
.insn r 0x2f, 3, 0x14, \rd, \rs1, \rs2
.endm
.macro amocas.q rd, rs2, rs1
.insn r 0x2f, 4, 0x14, \rd, \rs1, \rs2
.endm
.macro amocas.w.aqrl rd, rs2, rs1
.insn r 0x2f, 2, 0x17, \rd, \rs1, \rs2
.endm
.macro amocas.q.aqrl rd, rs2, rs1
.insn r 0x2f, 4, 0x17, \rd, \rs1, \rs2
.endm
# Zimop, Zcmop
.macro mop.r.0 rd, rs1
.insn i 0x73, 4, \rd, \rs1, -2020
.endm
.macro mop.r.31 rd, rs1
.insn i 0x73, 4, \rd, \rs1, -801
.endm
.macro mop.rr.0 rd, rs1, rs2
.insn r 0x73, 4, 0x41, \rd, \rs1, \rs2
.endm
.macro mop.rr.7 rd, rs1, rs2
.insn r 0x73, 4, 0x67, \rd, \rs1, \rs2
.endm
.macro c.mop.1
.2byte 0x6081
.endm
.macro c.mop.15
.2byte 0x6781
.endm
# Zcb
.macro c.zext.b rd
.insn ca 1, 0x27, 3, \rd, x8
.endm
.macro c.sext.b rd
.insn ca 1, 0x27, 3, \rd, x9
.endm
.macro c.zext.h rd
.insn ca 1, 0x27, 3, \rd, x10
.endm
.macro c.sext.h rd
.insn ca 1, 0x27, 3, \rd, x11
.endm
.macro c.zext.w rd
.insn ca 1, 0x27, 3, \rd, x12
.endm
.macro c.not rd
.insn ca 1, 0x27, 3, \rd, x13
.endm
.macro c.mul rd, rs2
.insn ca 1, 0x27, 2, \rd, \rs2
.endm
# fields.c writes OFFSET(rs1) as two operands. Bits 6 and 5 of a byte access are bits 0 and 1 of its offset.
.macro c.lbu rd, offset, rs1
.insn ca 0, 0x20, ((\offset & 1) << 1 | (\offset >> 1 & 1)), \rs1, \rd
.endm
.macro c.lhu rd, offset, rs1
.insn ca 0, 0x21, (\offset >> 1 & 1), \rs1, \rd
.endm
.macro c.lh rd, offset, rs1
.insn ca 0, 0x21, (2 | (\offset >> 1 & 1)), \rs1, \rd
.endm
.macro c.sb rs2, offset, rs1
.insn ca 0, 0x22, ((\offset & 1) << 1 | (\offset >> 1 & 1)), \rs1, \rs2
.endm
.macro c.sh rs2, offset, rs1
.insn ca 0, 0x23, (\offset >> 1 & 1), \rs1, \rs2
.endm
# Zfa
.set rne, 0
.set rtz, 1
.set rdn, 2
.set rup, 3
.set rmm, 4
.set dyn, 7
.macro zfa_fmt s, fmt
.macro fli.\s rd, n
.insn r 0x53, 0, 0x78 + \fmt, \rd, x\n, x1
.endm
.macro fminm.\s rd, rs1, rs2
.insn r 0x53, 2, 0x14 + \fmt, \rd, \rs1, \rs2
.endm
.macro fmaxm.\s rd, rs1, rs2
.insn r 0x53, 3, 0x14 + \fmt, \rd, \rs1, \rs2
.endm
.macro fround.\s rd, rs1, rm=dyn
.insn r 0x53, \rm, 0x20 + \fmt, \rd, \rs1, x4
.endm
.macro froundnx.\s rd, rs1, rm=dyn
.insn r 0x53, \rm, 0x20 + \fmt, \rd, \rs1, x5
.endm
.macro fleq.\s rd, rs1, rs2
.insn r 0x53, 4, 0x50 + \fmt, \rd, \rs1, \rs2
.endm
.macro fltq.\s rd, rs1, rs2
.insn r 0x53, 5, 0x50 + \fmt, \rd, \rs1, \rs2
.endm
.endm
zfa_fmt s, 0
zfa_fmt d, 1
zfa_fmt h, 2
.macro fcvtmod.w.d rd, rs1, rm
.insn r 0x53, 1, 0x61, \rd, \rs1, x8
.endm
