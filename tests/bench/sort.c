// class: integer. libc qsort with callbacks, binary search, heap sort, a hash table and a balanced
// tree.
#include "b.h"

enum { N = 60000 };
static uint32_t v[N], w[N], slots[1 << 17];

static int cmp(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void heap_sort(uint32_t *p, int n)
{
    for (int end = n, start = n / 2; end > 1;) {
        uint32_t t;
        if (start > 0) {
            t = p[--start];
        } else {
            t = p[--end];
            p[end] = p[0];
        }
        int root = start;
        for (int child; (child = 2 * root + 1) < end; root = child) {
            child += child + 1 < end && p[child + 1] > p[child];
            if (p[child] <= t) {
                break;
            }
            p[root] = p[child];
        }
        p[root] = t;
    }
}

struct tree {
    struct tree *kid[2];
    uint32_t key, priority;
};
static struct tree nodes[N];

static struct tree *insert(struct tree *t, struct tree *n)
{
    if (!t) {
        return n;
    }
    int side = n->key > t->key;
    struct tree *k = t->kid[side] = insert(t->kid[side], n);
    if (k->priority > t->priority) {
        t->kid[side] = k->kid[!side];
        k->kid[!side] = t;
        return k;
    }
    return t;
}

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    uint32_t seed = 99;
    for (int n = rounds(argc, argv, 6); n > 0; n--) {
        for (int i = 0; i < N; i++) {
            v[i] = w[i] = rnd(&seed);
        }
        qsort(v, N, sizeof v[0], cmp);
        heap_sort(w, N);
        sum += memcmp(v, w, sizeof v) == 0;
        for (int i = 0; i < N; i++) {
            uint32_t key = rnd(&seed) % 2 ? v[rnd(&seed) % N] : rnd(&seed);
            uint32_t *hit = bsearch(&key, v, N, sizeof v[0], cmp);
            sum += hit ? (uint64_t)(hit - v) : 1;
        }
        memset(slots, 0, sizeof slots);
        for (int i = 0; i < N; i++) {
            uint32_t h = w[i] * 2654435761u >> 15;
            while (slots[h] && slots[h] != w[i]) {
                h = (h + 1) & ((1 << 17) - 1);
            }
            slots[h] = w[i] | 1;
            sum += h;
        }
        struct tree *root = NULL;
        for (int i = 0; i < N / 4; i++) {
            nodes[i] = (struct tree){{NULL, NULL}, rnd(&seed), rnd(&seed)};
            root = insert(root, &nodes[i]);
        }
        sum += root->key;
    }
    return done("sort", sum);
}
