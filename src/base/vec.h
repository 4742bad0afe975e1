/* Growable array on mmap; never calls malloc. For arrays that outlive an arena. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/types.h"

/* VEC(T) v = {0} is an empty array: v.data[0 .. v.len-1]. */
#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *data;                                                                                   \
        size_t len, cap;                                                                           \
    }

/* Makes room for NEED elements of ELEM bytes; returns the (moved) data and updates *CAP. Dies when
 * the kernel has no memory. */
void *vec_grow_(void *data, size_t *cap, size_t need, size_t elem);
void vec_free_(void *data, size_t cap, size_t elem);
void *vec_pool_(size_t *cap, size_t n, size_t elem);

/* Gives the empty array V, which lives as long as the process, room for N elements from the pool: the first of
 * them cost no mapping. */
#define vec_pool(v, n) ((void)((v)->data = vec_pool_(&(v)->cap, (n), sizeof(*(v)->data))))

/* Room for N elements in all. */
#define vec_reserve(v, n)                                                                          \
    do {                                                                                           \
        if ((v)->cap < (size_t)(n)) {                                                              \
            (v)->data = vec_grow_((v)->data, &(v)->cap, (n), sizeof(*(v)->data));                  \
        }                                                                                          \
    } while (0)

/* Appends X; evaluates V several times. */
#define vec_push(v, x)                                                                             \
    do {                                                                                           \
        vec_reserve((v), (v)->len + 1);                                                            \
        (v)->data[(v)->len++] = (x);                                                               \
    } while (0)

#define vec_pop(v) ((v)->data[--(v)->len])
#define vec_last(v) ((v)->data[(v)->len - 1])
#define vec_clear(v) ((void)((v)->len = 0))

/* Removes element I by moving the last one there; order is lost. */
#define vec_remove_swap(v, i) ((void)((v)->data[i] = (v)->data[(v)->len - 1], (v)->len--))

#define vec_free(v)                                                                                \
    do {                                                                                           \
        vec_free_((v)->data, (v)->cap, sizeof(*(v)->data));                                        \
        (v)->data = NULL;                                                                          \
        (v)->len = (v)->cap = 0;                                                                   \
    } while (0)

#endif
