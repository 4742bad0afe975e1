#!/bin/bash
# Writes the statements of real.sh's sqlite3 program, after the kinds of SQLite's own speed test: inserts, indexes, joins,
# updates, deletes, text search.
rows=${1:-12000}
echo 'PRAGMA journal_mode=MEMORY; CREATE TABLE a(x INTEGER, y INTEGER, z TEXT); CREATE TABLE b(x INTEGER PRIMARY KEY, y INTEGER, z TEXT);'
echo 'BEGIN;'
awk -v n="$rows" 'BEGIN {
    x = 1
    for (i = 1; i <= n; i++) {
        x = (x * 16807) % 2147483647
        printf "INSERT INTO a VALUES(%d,%d,\x27row %d of %d\x27);\n", i, x, x % 997, i
    }
}'
cat <<SQL
COMMIT;
INSERT INTO b SELECT x * 7 % 1000003, y, z FROM a;
CREATE INDEX ay ON a(y);
SELECT count(*), sum(y), avg(length(z)) FROM a WHERE y BETWEEN 100000000 AND 900000000;
SELECT count(*) FROM a WHERE z LIKE '%99%' OR z LIKE 'row 5%';
SELECT count(*), max(b.y) FROM a JOIN b ON a.y = b.y WHERE a.x % 3 = 0;
SELECT y % 100 AS k, count(*), min(z), max(x) FROM a GROUP BY k ORDER BY 2 DESC, 1 LIMIT 5;
UPDATE a SET z = upper(z) || hex(x), y = y + 1 WHERE x % 2 = 0;
WITH RECURSIVE c(n, s) AS (VALUES(1, 1) UNION ALL SELECT n + 1, (s * 48271) % 2147483647 FROM c WHERE n < 60000) SELECT sum(s % 1000) FROM c;
DELETE FROM a WHERE x % 5 = 0;
SELECT z FROM a ORDER BY z DESC, x LIMIT 3;
SELECT count(*), total(y) FROM (SELECT a.y FROM a, b WHERE b.x = a.x);
PRAGMA integrity_check;
SQL
