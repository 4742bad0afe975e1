/* The rules of vector and cryptographic ops. */
#ifndef BACKEND_X86_64_RULES_VEC_H
#define BACKEND_X86_64_RULES_VEC_H

#include "backend/x86_64/priv.h"

/* X(op, rule, flags): rows for the table of rules. */
#define HX64_VEC_RULES(X)                                                                          \
    X(VSIGNS, rule_vsigns, RF_SAFE)                                                                \
    X(VGETL, rule_vgetl, RF_SAFE)                                                                  \
    X(VSETL, rule_vsetl, RF_SAFE)                                                                  \
    X(VDUP, rule_vdup, RF_SAFE)                                                                    \
    X(VDUPL, rule_vdupl, RF_SAFE)                                                                  \
    X(VINSL, rule_vinsl, RF_SAFE)                                                                  \
    X(VZLO, rule_vzlo, RF_SAFE)                                                                    \
    X(VHI, rule_vhi, RF_SAFE)                                                                      \
    X(VCAT, rule_vcat, RF_SAFE)                                                                    \
    X(VADD, rule_vsimple, RF_SAFE)                                                                 \
    X(VSUB, rule_vsimple, RF_SAFE)                                                                 \
    X(VMUL, rule_vmul, 0)                                                                          \
    X(VNEG, rule_vneg, RF_SAFE)                                                                    \
    X(VABS, rule_vabs, 0)                                                                          \
    X(VAND, rule_vlogic, RF_SAFE)                                                                  \
    X(VOR, rule_vlogic, RF_SAFE)                                                                   \
    X(VXOR, rule_vlogic, RF_SAFE)                                                                  \
    X(VANDN, rule_vlogic, RF_SAFE)                                                                 \
    X(VORN, rule_vlogic, RF_SAFE)                                                                  \
    X(VNOT, rule_vlogic, RF_SAFE)                                                                  \
    X(VBSL, rule_vbsl, RF_SAFE)                                                                    \
    X(VSHLI, rule_vshli, RF_SAFE)                                                                  \
    X(VSHRI, rule_vshri, RF_SAFE)                                                                  \
    X(VSARI, rule_vsari, RF_SAFE)                                                                  \
    X(VRSHRI, rule_vrshri, RF_SAFE)                                                                \
    X(VRSARI, rule_vrsari, RF_SAFE)                                                                \
    X(VUSHL, rule_vshl_reg, 0)                                                                     \
    X(VSSHL, rule_vshl_reg, 0)                                                                     \
    X(VURSHL, rule_vshl_reg, 0)                                                                    \
    X(VSRSHL, rule_vshl_reg, 0)                                                                    \
    X(VCMPEQ, rule_vcmp, 0)                                                                        \
    X(VCMPGT, rule_vcmp, 0)                                                                        \
    X(VCMPGE, rule_vcmp, 0)                                                                        \
    X(VCMPHI, rule_vcmp, 0)                                                                        \
    X(VCMPHS, rule_vcmp, 0)                                                                        \
    X(VTSTNZ, rule_vtstnz, 0)                                                                      \
    X(VSMIN, rule_vsimple, 0)                                                                      \
    X(VSMAX, rule_vsimple, 0)                                                                      \
    X(VUMIN, rule_vsimple, 0)                                                                      \
    X(VUMAX, rule_vsimple, 0)                                                                      \
    X(VSQADD, rule_vsat, 0)                                                                        \
    X(VUQADD, rule_vsat, 0)                                                                        \
    X(VSQSUB, rule_vsat, 0)                                                                        \
    X(VUQSUB, rule_vsat, 0)                                                                        \
    X(VSHADD, rule_vhalf, 0)                                                                       \
    X(VUHADD, rule_vhalf, 0)                                                                       \
    X(VSRHADD, rule_vhalf, 0)                                                                      \
    X(VURHADD, rule_vhalf, 0)                                                                      \
    X(VSHSUB, rule_vhalf, 0)                                                                       \
    X(VUHSUB, rule_vhalf, 0)                                                                       \
    X(VSABD, rule_vabd, 0)                                                                         \
    X(VUABD, rule_vabd, 0)                                                                         \
    X(VSQDMULH, rule_vsqdmulh, 0)                                                                  \
    X(VSQRDMULH, rule_vsqdmulh, 0)                                                                 \
    X(VCLZ, rule_vclz, 0)                                                                          \
    X(VCLS, rule_vclz, 0)                                                                          \
    X(VCNT, rule_vcnt, RF_SAFE)                                                                    \
    X(VRBIT, rule_vrbit, RF_SAFE)                                                                  \
    X(VREV, rule_vrev, RF_SAFE)                                                                    \
    X(VSXTL, rule_vxtl, RF_SAFE)                                                                   \
    X(VUXTL, rule_vxtl, RF_SAFE)                                                                   \
    X(VXTN, rule_vxtn, RF_SAFE)                                                                    \
    X(VSQXTN, rule_vqxtn, 0)                                                                       \
    X(VUQXTN, rule_vqxtn, 0)                                                                       \
    X(VSQXTUN, rule_vqxtn, 0)                                                                      \
    X(VSMULL, rule_vmull, RF_SAFE)                                                                 \
    X(VUMULL, rule_vmull, RF_SAFE)                                                                 \
    X(VPMULL, rule_vpmull, 0)                                                                      \
    X(VSQDMULL, rule_vsqdmull, 0)                                                                  \
    X(VADDP, rule_vpair, 0)                                                                        \
    X(VSMINP, rule_vpair, 0)                                                                       \
    X(VSMAXP, rule_vpair, 0)                                                                       \
    X(VUMINP, rule_vpair, 0)                                                                       \
    X(VUMAXP, rule_vpair, 0)                                                                       \
    X(VSADDLP, rule_vaddlp, RF_SAFE)                                                               \
    X(VUADDLP, rule_vaddlp, RF_SAFE)                                                               \
    X(VREDADD, rule_vredadd, 0)                                                                    \
    X(VREDSADDL, rule_vredadd, 0)                                                                  \
    X(VREDUADDL, rule_vredadd, 0)                                                                  \
    X(VREDSMIN, rule_vredmin, 0)                                                                   \
    X(VREDSMAX, rule_vredmin, 0)                                                                   \
    X(VREDUMIN, rule_vredmin, 0)                                                                   \
    X(VREDUMAX, rule_vredmin, 0)                                                                   \
    X(VSDOT, rule_vdot, RF_SAFE)                                                                   \
    X(VUDOT, rule_vdot, RF_SAFE)                                                                   \
    X(VEXT, rule_vext, RF_SAFE)                                                                    \
    X(VZIP1, rule_vsimple, RF_SAFE)                                                                \
    X(VZIP2, rule_vsimple, RF_SAFE)                                                                \
    X(VUZP1, rule_vuzp, RF_SAFE)                                                                   \
    X(VUZP2, rule_vuzp, RF_SAFE)                                                                   \
    X(VTRN1, rule_vtrn, RF_SAFE)                                                                   \
    X(VTRN2, rule_vtrn, RF_SAFE)                                                                   \
    X(VTBL1, rule_vtbl, RF_SAFE)                                                                   \
    X(VTBL2, rule_vtbl, RF_SAFE)                                                                   \
    X(VCOMPRESS, rule_vcompress, 0)                                                                \
    X(VFADD, rule_vfarith, 0)                                                                      \
    X(VFSUB, rule_vfarith, 0)                                                                      \
    X(VFMUL, rule_vfarith, 0)                                                                      \
    X(VFDIV, rule_vfarith, 0)                                                                      \
    X(VFSQRT, rule_vfsqrt, 0)                                                                      \
    X(VFMA, rule_vfma, 0)                                                                          \
    X(VFABS, rule_vfsign, 0)                                                                       \
    X(VFNEG, rule_vfsign, 0)                                                                       \
    X(VFMIN, rule_vfmin, 0)                                                                        \
    X(VFMAX, rule_vfmin, 0)                                                                        \
    X(VFMINNM, rule_vfmin, 0)                                                                      \
    X(VFMAXNM, rule_vfmin, 0)                                                                      \
    X(VFADDP, rule_vfpair, 0)                                                                      \
    X(VFMINP, rule_vfpair, 0)                                                                      \
    X(VFMAXP, rule_vfpair, 0)                                                                      \
    X(VFMINNMP, rule_vfpair, 0)                                                                    \
    X(VFMAXNMP, rule_vfpair, 0)                                                                    \
    X(VFCMEQ, rule_vfcmp, 0)                                                                       \
    X(VFCMGE, rule_vfcmp, 0)                                                                       \
    X(VFCMGT, rule_vfcmp, 0)                                                                       \
    X(VFACGE, rule_vfcmp, 0)                                                                       \
    X(VFACGT, rule_vfcmp, 0)                                                                       \
    X(VFRINT, rule_vfrint, 0)                                                                      \
    X(VF2I, rule_vf2i, 0)                                                                          \
    X(VI2F, rule_vi2f, 0)                                                                          \
    X(VFCVTL, rule_vfcvt, 0)                                                                       \
    X(VFCVTN, rule_vfcvt, 0)                                                                       \
    X(VFRECPE, rule_vfrecpe, 0)                                                                    \
    X(VFRSQRTE, rule_vfrsqrte, 0)                                                                  \
    X(VURECPE, rule_vurecpe, 0)                                                                    \
    X(VURSQRTE, rule_vursqrte, 0)                                                                  \
    X(VFMULX, rule_vfmulx, 0)                                                                      \
    X(VFRINTTS, rule_vfrintts, 0)                                                                  \
    X(VPMUL, rule_vpmul, 0)                                                                        \
    X(VFRECPS, rule_vfstep, 0)                                                                     \
    X(VFRSQRTS, rule_vfstep, 0)                                                                    \
    X(VFCADD, rule_vfcadd, 0)                                                                      \
    X(VFCMLA, rule_vfcmla, 0)                                                                      \
    X(AESE, rule_aes, 0)                                                                           \
    X(AESD, rule_aes, 0)                                                                           \
    X(AESMC, rule_aesmc, 0)                                                                        \
    X(AESIMC, rule_aesmc, 0)                                                                       \
    X(SHA1C, rule_sha1_rounds, 0)                                                                  \
    X(SHA1P, rule_sha1_rounds, 0)                                                                  \
    X(SHA1M, rule_sha1_rounds, 0)                                                                  \
    X(SHA256H, rule_sha256_rounds, 0)                                                              \
    X(SHA256H2, rule_sha256_rounds, 0)                                                             \
    X(SHA256R2, rule_sha256_two, 0)                                                                \
    X(SHA1H, rule_sha1h, RF_SAFE)                                                                  \
    X(SHA1SU0, rule_sha1su0, RF_SAFE)                                                              \
    X(SHA1SU1, rule_sha1su1, RF_SAFE)                                                              \
    X(SHA256SU0, rule_sha256su0, RF_SAFE)                                                          \
    X(SHA256SU1, rule_sha256su1, RF_SAFE)

/* rules_vec_move.c */
rule_fn rule_vsigns, rule_vgetl, rule_vsetl, rule_vdup, rule_vdupl, rule_vinsl, rule_vzlo,
    rule_vhi, rule_vcat;
/* rules_vec_int.c */
rule_fn rule_vsimple, rule_vmul, rule_vneg, rule_vabs, rule_vlogic, rule_vbsl, rule_vcmp, rule_vtstnz, rule_vsat,
    rule_vhalf, rule_vabd;
/* rules_vec_bits.c */
rule_fn rule_vclz, rule_vcnt, rule_vrbit;
/* rules_vec_shift.c */
rule_fn rule_vshli, rule_vshri, rule_vsari, rule_vrshri, rule_vrsari, rule_vshl_reg, rule_vxtl, rule_vxtn, rule_vqxtn;
/* rules_vec_mul.c */
rule_fn rule_vmull, rule_vpmull, rule_vpmul, rule_vsqdmull, rule_vsqdmulh, rule_vpair, rule_vaddlp, rule_vredadd, rule_vredmin,
    rule_vdot;
/* rules_vec_perm.c */
rule_fn rule_vrev, rule_vext, rule_vuzp, rule_vtrn, rule_vtbl, rule_vcompress;
/* rules_vec_fp.c, rules_vec_cvt.c */
rule_fn rule_vfarith, rule_vfsqrt, rule_vfma, rule_vfsign, rule_vfmin, rule_vfpair, rule_vfcmp, rule_vfrint, rule_vf2i,
    rule_vi2f, rule_vfcvt, rule_vfcadd, rule_vfcmla, rule_vfstep, rule_vfmulx, rule_vfrintts;
/* rules_vec_est.c */
rule_fn rule_vfrecpe, rule_vfrsqrte, rule_vurecpe, rule_vursqrte;
/* rules_vec_sha.c */
rule_fn rule_sha1_gpr, rule_sha256_gpr;
/* rules_vec_crypto.c */
rule_fn rule_aes, rule_aesmc, rule_sha1_rounds, rule_sha256_rounds, rule_sha256_two, rule_sha1h, rule_sha1su0, rule_sha1su1, rule_sha256su0, rule_sha256su1;
struct seq;
/* Emits S, an exclusive or, as the end of a round of AES, if it is one. */
bool aes_round_xor(struct seq *s);

#endif
