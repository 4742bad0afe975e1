// decgen: compiles .dec instruction tables into a C decoder for a guest whose instructions are one 32-bit
// word, or 16 bits of one.
//
// usage: decgen [--prefix a64] [--fields] [-o OUT] FILE.dec...     write the decoder
//        decgen [--prefix a64] --list FILE.dec...                  print "NAME argset chapter" lines
//
// All files of one command line form one decoder; a file's base name is the chapter of its lines.
//
// Table syntax. A line is empty, a comment, or one of
//   args SET member...            an argument set; becomes struct PREFIX_args_SET. A member is an
//                                 int; written member:64 it is an int64_t.
//   ext NAME                      the lines that follow, to the end of the file, belong to extension NAME; none: to no extension
//   width 16 | width 32           they have so many bits (32 at the start of a file). A 16-bit instruction is
//                                 the low half of the decoder's word, the other half may hold anything
//   NAME SET token...             an instruction, tokens from bit 31 (15) down to bit 0:
//        0 1 x                    literal bits (x = any); may be run together: 0x11
//        m:W                      member m is the next W bits, unsigned
//        m:sW                     the same, sign-extended
//        m.P:W                    these W bits are placed at bit P of m. This scales (P > 0) and
//                                 concatenates (several pieces); the sign is the top piece's
//        ~m:W                     bits are inverted before use
//        m,n:W                    the bits are those of several members
//      then, after the last bit, any of
//        m=N                      member m is the constant N; if it has bits too, N is added to them
//        !m=V,...                 not this instruction if all listed members have these values; V
//        is
//                                 a number or a bit pattern such as 0b1xx
//   {                             until a line "}", earlier lines win where lines overlap
//
// The same NAME may have several lines with one SET. Outside { } two lines may overlap only if the
// fixed bits of one are a strict superset of the other's (it specialises it, and wins); any other
// overlap is an error that names both lines.
//
// Output, for prefix a64: enum a64_op, the argument structs, and lifter prototypes; under
// A64_DECODE_TABLE the functions a64_decode_row, a64_decode_op, a64_op_name, a64_op_chapter and the
// array a64_patterns; under A64_DECODE_IMPL the function a64_decode_lift. Each section is to be
// compiled into one object. Where a table says `ext`, a64_decode_lift asks a64_has(l, A64_EXT_NAME) first,
// which must be declared before; lines without one are always there. With --fields there is also
// a64_decode_fields: names and values of an instruction's members, for disassemblers. The tables contain no pointers, so they need no relocation.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "decgen.h"

void fail(struct where at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: error: ", at.file, at.line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *grow(void *v, int n, size_t size)
{
    char *p = v;
    if ((n & (n - 1)) == 0) {
        p = realloc(v, (n ? 2 * (size_t)n : 1) * size);
    }
    if (!p) {
        fprintf(stderr, "decgen: out of memory\n");
        exit(1);
    }
    memset(p + n * size, 0, size);
    return p;
}

static void list(const struct db *db)
{
    for (int i = 0; i < db->nops; i++) {
        const struct op *o = &db->op[i];
        printf("%s %s %s\n", o->name, db->set[o->set].name, db->chapter[o->chapter]);
    }
}

int main(int argc, char **argv)
{
    struct db db = {.prefix = "insn"};
    const char *output = NULL;
    bool want_list = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--prefix") == 0 && i + 1 < argc) {
            db.prefix = argv[++i];
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            output = argv[++i];
        } else if (strcmp(argv[i], "--fields") == 0) {
            db.want_fields = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            want_list = true;
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "decgen: unknown option %s\n", argv[i]);
            return 2;
        } else {
            parse_file(&db, argv[i]);
        }
    }
    resolve_overlaps(&db);
    if (want_list) {
        list(&db);
        return 0;
    }
    FILE *out = output ? fopen(output, "w") : stdout;
    if (!out) {
        perror(output);
        return 1;
    }
    emit(&db, out);
    if (fclose(out) != 0) {
        perror("decgen");
        return 1;
    }
    return 0;
}
