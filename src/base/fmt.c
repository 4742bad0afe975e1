/* Text formatting into a bounded buffer: what printf does for integers and strings, callable in
 * signal handlers and in a child of vfork. */
#include "base/log.h"

struct spec {
    bool left, zero, plus, space, alt;
    int width, precision; /* precision -1: none given */
};

void sb_write(struct strbuf *sb, const char *s, size_t len)
{
    if (sb->cap == 0) {
        return;
    }
    len = MIN(len, sb->cap - 1 - sb->len);
    __builtin_memcpy(sb->data + sb->len, s, len);
    sb->len += len;
    sb->data[sb->len] = 0;
}

void sb_putc(struct strbuf *sb, char c)
{
    sb_write(sb, &c, 1);
}

void sb_puts(struct strbuf *sb, const char *s)
{
    sb_write(sb, s, __builtin_strlen(s));
}

static void pad(struct strbuf *sb, char c, int n)
{
    while (n-- > 0) {
        sb_putc(sb, c);
    }
}

static void put_text(struct strbuf *sb, const struct spec *sp, const char *s, size_t len)
{
    int fill = sp->width - (int)len;
    if (!sp->left) {
        pad(sb, ' ', fill);
    }
    sb_write(sb, s, len);
    if (sp->left) {
        pad(sb, ' ', fill);
    }
}

static void put_string(struct strbuf *sb, const struct spec *sp, const char *s)
{
    s = s ? s : "(null)";
    size_t len = 0;
    while ((sp->precision < 0 || len < (size_t)sp->precision) && s[len]) {
        len++;
    }
    put_text(sb, sp, s, len);
}

/* VALUE in BASE with PREFIX ("-", "0x", ...) under the flags of SP. */
static void put_number(struct strbuf *sb, const struct spec *sp, u64 value, unsigned base,
                       bool upper, const char *prefix)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char buf[24];
    int n = 0;
    do {
        buf[n++] = digits[value % base];
        value /= base;
    } while (value);
    int prefix_len = (int)__builtin_strlen(prefix);
    int zeros = sp->precision - n;
    if (sp->zero && !sp->left && sp->precision < 0) {
        zeros = sp->width - prefix_len - n;
    }
    zeros = MAX(zeros, 0);
    int fill = sp->width - prefix_len - zeros - n;
    if (!sp->left) {
        pad(sb, ' ', fill);
    }
    sb_puts(sb, prefix);
    pad(sb, '0', zeros);
    while (n > 0) {
        sb_putc(sb, buf[--n]);
    }
    if (sp->left) {
        pad(sb, ' ', fill);
    }
}

static void put_signed(struct strbuf *sb, const struct spec *sp, s64 v)
{
    const char *prefix = v < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";
    put_number(sb, sp, v < 0 ? 0 - (u64)v : (u64)v, 10, false, prefix);
}

static const char *parse_flags(const char *p, struct spec *sp)
{
    for (;; p++) {
        switch (*p) {
        case '-':
            sp->left = true;
            break;
        case '0':
            sp->zero = true;
            break;
        case '+':
            sp->plus = true;
            break;
        case ' ':
            sp->space = true;
            break;
        case '#':
            sp->alt = true;
            break;
        default:
            return p;
        }
    }
}

static const char *parse_int(const char *p, int *out)
{
    int v = 0;
    while (*p >= '0' && *p <= '9') {
        v = v * 10 + (*p++ - '0');
    }
    *out = v;
    return p;
}

/* Bytes of the integer a length modifier names; *P moves past it. */
static unsigned parse_length(const char **p)
{
    unsigned size = 4;
    for (;; (*p)++) {
        switch (**p) {
        case 'h':
            size = size == 2 ? 1 : 2;
            break;
        case 'l':
        case 'z':
        case 'j':
        case 't':
            size = 8;
            break;
        default:
            return size;
        }
    }
}

static u64 zero_extend(u64 v, unsigned size)
{
    return v & MASK64(size * 8);
}

void sb_vprintf(struct strbuf *sb, const char *fmt, va_list ap)
{
    for (const char *p = fmt; *p; p++) {
        if (*p != '%') {
            const char *start = p;
            while (p[1] && p[1] != '%') {
                p++;
            }
            sb_write(sb, start, (size_t)(p - start) + 1);
            continue;
        }
        struct spec sp = {.precision = -1};
        p = parse_flags(p + 1, &sp);
        if (*p == '*') {
            sp.width = va_arg(ap, int);
            sp.left |= sp.width < 0;
            sp.width = sp.width < 0 ? -sp.width : sp.width;
            p++;
        } else {
            p = parse_int(p, &sp.width);
        }
        if (*p == '.') {
            if (*++p == '*') {
                sp.precision = va_arg(ap, int);
                p++;
            } else {
                p = parse_int(p, &sp.precision);
            }
        }
        unsigned size = parse_length(&p);
        if (*p == 's') {
            put_string(sb, &sp, va_arg(ap, const char *));
        } else if (*p == 'c') {
            char c = (char)va_arg(ap, int);
            put_text(sb, &sp, &c, 1);
        } else if (*p == 'p') {
            put_number(sb, &sp, va_arg(ap, u64), 16, false, "0x");
        } else if (*p == 'd' || *p == 'i') {
            u64 v = size == 8 ? va_arg(ap, u64) : (u64)va_arg(ap, u32);
            put_signed(sb, &sp, sext64(v, size * 8));
        } else if (*p == 'u') {
            u64 v = size == 8 ? va_arg(ap, u64) : va_arg(ap, u32);
            put_number(sb, &sp, zero_extend(v, size), 10, false, "");
        } else if (*p == 'x' || *p == 'X') {
            u64 v = size == 8 ? va_arg(ap, u64) : va_arg(ap, u32);
            const char *prefix = !sp.alt ? "" : *p == 'x' ? "0x" : "0X";
            put_number(sb, &sp, zero_extend(v, size), 16, *p == 'X', prefix);
        } else if (*p == 'o') {
            u64 v = size == 8 ? va_arg(ap, u64) : va_arg(ap, u32);
            put_number(sb, &sp, zero_extend(v, size), 8, false, sp.alt ? "0" : "");
        } else if (*p == '%') {
            sb_putc(sb, '%');
        } else {
            sb_puts(sb, "%?");
            return; /* an unknown conversion: the arguments after it cannot be found */
        }
    }
}

void sb_printf(struct strbuf *sb, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    sb_vprintf(sb, fmt, ap);
    va_end(ap);
}

size_t fmt_snprintf(char *buf, size_t cap, const char *fmt, ...)
{
    struct strbuf sb = {.data = buf, .cap = cap};
    va_list ap;
    va_start(ap, fmt);
    if (cap) {
        buf[0] = 0;
    }
    sb_vprintf(&sb, fmt, ap);
    va_end(ap);
    return sb.len;
}
