#!/bin/bash
# Writes a C file of about LINES lines without includes: functions of loops, switches, structures, strings and floating point.
awk -v lines="${1:-5000}" '
function loops(n, a, b) {
    printf "    for (int i = 0; i < %d; i++) {\n        for (int j = i; j < n; j++) {\n", a
    printf "            acc += table_%d[i] * j - (j & %d);\n            if (acc > %d) {\n", n, b, a * 1000
    printf "                acc %%= %d;\n            }\n        }\n        table_%d[i] = acc;\n    }\n", a * 7 + 1, n
    return 9
}
function list(n, a, b, c) {
    printf "    for (struct node *p = head; p; p = p->next) {\n        switch (p->key %% 7) {\n"
    printf "        case 0: acc += p->sum * %d; break;\n        case 1: acc ^= n << %d; break;\n", a, c
    printf "        case 2: p->weight = p->weight * %d.5 + acc; break;\n", b
    printf "        case 3: acc = acc / %d + (acc > n ? n : %d); break;\n", b, a
    printf "        case 4: table_%d[(unsigned)acc %% %du] += n;\n        default: acc -= p->name[%d]; break;\n        }\n    }\n", n, a, c
    return 10
}
function checks(n, a, b, c) {
    printf "    if (!head || n < 0) {\n        return -%d;\n    }\n", a
    printf "    if (head->key > %d && head->name[%d] == (char)(n + %d)) {\n        put(\"%d: %%s %%d\\n\", head->name, n);\n", a, c, b, n
    printf "        head->key -= %d;\n    } else if (n & %d) {\n        head->sum += acc;\n    }\n", b, b
    printf "    acc = acc * 31 + (int)head->sum;\n    table_%d[(unsigned)n %% %du] = acc;\n    head->weight += acc / %d.0;\n", n, a, b
    return 12
}
BEGIN {
    print "struct node { struct node *next; int key; long sum; double weight; char name[16]; };"
    print "extern int put(const char *, ...);"
    x = 7
    for (line = 2; line < lines; line += 11) {
        x = (x * 16807) % 2147483647
        a = x % 97 + 3; b = int(x / 128) % 61 + 2; c = int(x / 8192) % 13; n = ++f
        printf "static int table_%d[%d];\n__attribute__((noinline)) int work_%d(struct node *head, int n)\n", n, a, n
        printf "{\n    int acc = %d;\n", b
        line += checks(n, a, b, c)
        if (n % 3 == 0) line += list(n, a, b, c)
        if (n % 7 == 0) line += loops(n, a, b)
        inner = n == 1 ? "1" : "work_" n - 1 "(head->next, n - 1)"
        printf "    if (n > %d) {\n        head->sum += %s;\n        put(\"%d %%d\\n\", acc);\n    }\n    return acc;\n}\n", b, inner, n
    }
}'
