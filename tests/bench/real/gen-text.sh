#!/bin/bash
# Writes LINES lines like those of a log: words that repeat, numbers that do not.
awk -v lines="${1:-60000}" 'BEGIN {
    split("error warning info request connection timeout user session closed opened from to while the database index page", w, " ")
    x = 1
    for (i = 0; i < lines; i++) {
        x = (x * 16807) % 2147483647
        s = sprintf("2024-%02d-%02d %d", x % 12 + 1, x % 28 + 1, x)
        y = x
        for (k = 0; k < 10; k++) {
            y = (y * 48271) % 2147483647
            s = s " " w[y % 18 + 1] (y % 7 ? "" : y % 1000)
        }
        print s
    }
}'
