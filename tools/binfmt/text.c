/* JSON strings on standard output. */
#include "binfmt.h"

#include <stdio.h>

void put_json(const char *s)
{
    char text[6 * PATH_MAX];
    struct strbuf sb = STRBUF_ON(text);
    text_json(&sb, s);
    fputs(text, stdout);
}
