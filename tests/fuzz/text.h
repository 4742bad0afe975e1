// Line output of the fuzzer's guest (no C library).
#ifndef FUZZ_TEXT_H
#define FUZZ_TEXT_H
#include <stdint.h>

// Selects the file descriptor; what was not flushed is dropped.
void text_to(int fd);
void text_flush(void);

void text_str(const char *s);

// "NAME VALUE", decimal, one line.
void text_num(const char *name, uint64_t v);

// "NAMEi HEX" one line; i = ~0u: no number.
void text_reg(const char *name, uint32_t i, uint64_t v);
void text_reg128(const char *name, uint32_t i, const uint64_t v[2]);

// "word i HEX name" one line; size in bytes.
void text_word(uint32_t i, uint32_t word, uint32_t size, const char *name);

#endif
