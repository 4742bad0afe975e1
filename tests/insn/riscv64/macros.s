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
# Zvbb, Zvbc, Zvkned, Zvkg, Zvknh: n_REG is a register's number; vs1 may also be an immediate or part of the opcode.
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
.set n_v\n, \n
.set n_x\n, \n
.endr
.macro v_word opcode, f6, f3, vd, vs2, vs1
.4byte (\f6) << 26 | 1 << 25 | n_\vs2 << 20 | ((\vs1) & 31) << 15 | \f3 << 12 | n_\vd << 7 | \opcode
.endm
.macro v_forms name, f6, vv, vx
.macro \name\().vv vd, vs2, vs1
v_word 0x57, \f6, \vv, \vd, \vs2, n_\vs1
.endm
.macro \name\().vx vd, vs2, rs1
v_word 0x57, \f6, \vx, \vd, \vs2, n_\rs1
.endm
.endm
v_forms vandn, 0x01, 0, 4
v_forms vror, 0x14, 0, 4
v_forms vrol, 0x15, 0, 4
v_forms vwsll, 0x35, 0, 4
v_forms vclmul, 0x0c, 2, 6
v_forms vclmulh, 0x0d, 2, 6
.macro vror.vi vd, vs2, imm
v_word 0x57, 0x14 | \imm >> 5, 3, \vd, \vs2, \imm
.endm
.macro vwsll.vi vd, vs2, imm
v_word 0x57, 0x35, 3, \vd, \vs2, \imm
.endm
.macro v_unary name, opcode, f6, code
.macro \name vd, vs2
v_word \opcode, \f6, 2, \vd, \vs2, \code
.endm
.endm
v_unary vbrev8.v, 0x57, 0x12, 8
v_unary vrev8.v, 0x57, 0x12, 9
v_unary vbrev.v, 0x57, 0x12, 10
v_unary vclz.v, 0x57, 0x12, 12
v_unary vctz.v, 0x57, 0x12, 13
v_unary vcpop.v, 0x57, 0x12, 14
v_unary vaesdm.vv, 0x77, 0x28, 0
v_unary vaesdf.vv, 0x77, 0x28, 1
v_unary vaesem.vv, 0x77, 0x28, 2
v_unary vaesef.vv, 0x77, 0x28, 3
v_unary vgmul.vv, 0x77, 0x28, 17
v_unary vaesdm.vs, 0x77, 0x29, 0
v_unary vaesdf.vs, 0x77, 0x29, 1
v_unary vaesem.vs, 0x77, 0x29, 2
v_unary vaesef.vs, 0x77, 0x29, 3
v_unary vaesz.vs, 0x77, 0x29, 7
.macro v_crypto name, f6
.macro \name vd, vs2, vs1
v_word 0x77, \f6, 2, \vd, \vs2, n_\vs1
.endm
.endm
v_crypto vghsh.vv, 0x2c
v_crypto vsha2ms.vv, 0x2d
v_crypto vsha2ch.vv, 0x2e
v_crypto vsha2cl.vv, 0x2f
.macro vaeskf1.vi vd, vs2, imm
v_word 0x77, 0x22, 2, \vd, \vs2, \imm
.endm
.macro vaeskf2.vi vd, vs2, imm
v_word 0x77, 0x2a, 2, \vd, \vs2, \imm
.endm
