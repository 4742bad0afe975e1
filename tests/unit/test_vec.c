/* Unit tests of src/base/vec. */
#include "base/vec.h"

#include "unit.h"

START_TEST(test_push_and_grow)
{
    VEC(u64) v = {0};
    for (u64 i = 0; i < 100000; i++) {
        vec_push(&v, i * i);
    }
    ck_assert_uint_eq(v.len, 100000);
    ck_assert_uint_ge(v.cap, v.len);
    for (u64 i = 0; i < v.len; i++) {
        ck_assert_uint_eq(v.data[i], i * i);
    }
    ck_assert_uint_eq(vec_pop(&v), 99999ull * 99999);
    ck_assert_uint_eq(vec_last(&v), 99998ull * 99998);
    vec_free(&v);
    ck_assert_ptr_null(v.data);
    ck_assert_uint_eq(v.cap, 0);
}
END_TEST

START_TEST(test_odd_element_size)
{
    struct odd {
        u8 b[23];
    };
    VEC(struct odd) v = {0};
    for (int i = 0; i < 1000; i++) {
        struct odd o = {{0}};
        o.b[0] = (u8)i;
        o.b[22] = (u8)~i;
        vec_push(&v, o);
    }
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(v.data[i].b[0], (u8)i);
        ck_assert_uint_eq(v.data[i].b[22], (u8)~i);
    }
    vec_free(&v);
}
END_TEST

START_TEST(test_remove_swap_and_clear)
{
    VEC(int) v = {0};
    for (int i = 0; i < 5; i++) {
        vec_push(&v, i);
    }
    vec_remove_swap(&v, 1);
    ck_assert_uint_eq(v.len, 4);
    ck_assert_int_eq(v.data[1], 4);
    vec_remove_swap(&v, 3);
    ck_assert_uint_eq(v.len, 3);
    ck_assert_int_eq(v.data[2], 2);
    vec_clear(&v);
    ck_assert_uint_eq(v.len, 0);
    vec_free(&v);
}
END_TEST

UNIT_SUITE(vec, test_push_and_grow, test_odd_element_size, test_remove_swap_and_clear)
