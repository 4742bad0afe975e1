/* Unit tests of src/base/hash: the values are persisted, so they are fixed here. */
#include "base/hash.h"

#include "unit.h"

START_TEST(test_known_values)
{
    /* From XXH3's definition: the hash of nothing with seed 0, and the shortest input classes
     * differ. */
    ck_assert_uint_eq(hash_bytes("", 0), 0x2d06800538d394c2ull);
    ck_assert_uint_ne(hash_bytes("a", 1), hash_bytes("b", 1));
    ck_assert_uint_ne(hash_bytes_seed("abc", 3, 1), hash_bytes_seed("abc", 3, 2));
    ck_assert_uint_eq(hash_bytes_seed("abc", 3, 0), hash_bytes("abc", 3));
}
END_TEST

START_TEST(test_u64_spreads_page_addresses)
{
    /* 4096 addresses 4 KiB apart must not crowd a 4096-entry table indexed by the top bits. */
    static u8 used[4096];
    unsigned distinct = 0;
    for (u64 i = 0; i < 4096; i++) {
        unsigned slot = (unsigned)(hash_u64(0x400000 + i * 4096) >> 52);
        distinct += !used[slot];
        used[slot] = 1;
    }
    ck_assert_uint_gt(distinct, 2048); /* random placement fills 63 % of the slots */
}
END_TEST

UNIT_SUITE(hash, test_known_values, test_u64_spreads_page_addresses)
