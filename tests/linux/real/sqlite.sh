#!/bin/sh
# sqlite3: DDL, joins, windows, recursion, transactions on a file, json, dump and reload, integrity, csv.
set -u
sqlite3 db <<'SQL'
pragma journal_mode=wal;
create table p(id integer primary key, name text collate nocase, score real, grp int);
create index pi on p(grp, score);
with recursive c(n) as (select 1 union all select n + 1 from c where n < 5000)
insert into p select n, 'name' || (n * 7919 % 1000), n * 0.375, n % 23 from c;
begin; update p set score = -score where grp = 7; rollback;
begin; delete from p where grp = 22; commit;
select count(*), round(sum(score), 3), min(name), max(name) from p;
select grp, count(*), printf('%.4f', avg(score)) from p group by grp having count(*) > 217 order by grp;
select id, sum(score) over (partition by grp order by id rows 2 preceding) from p where grp = 3 limit 4;
select a.id, b.id from p a join p b on a.name = b.name and a.id < b.id order by 1, 2 limit 5;
with recursive f(a, b) as (select 0, 1 union all select b, a + b from f where b < 1e6) select group_concat(a) from f;
select json_extract('{"a":[1,{"b":2.5}]}', '$.a[1].b'), json_group_array(id) from (select id from p limit 5);
select hex(zeroblob(3)), quote(x'00ff'), 1 / 3.0, 9223372036854775807 + 1, cast('12abc' as int), 5 % 3, 7 / 2, abs(-9.5), round(2.5), upper('aé');
select strftime('%Y-%m-%d', 86400 * 365.25 * 30, 'unixepoch'), date('2024-01-31', '+1 month'), julianday('2000-01-01');
explain query plan select * from p where grp = 3 and score > 5;
create virtual table ft using fts5(body); insert into ft select name || ' text ' || grp from p; select count(*) from ft where ft match 'text AND 7';
create trigger tr after insert on p begin update p set score = 0 where id = new.id; end; insert into p values(99999, 'new', 5, 1); select score from p where id = 99999;
pragma integrity_check;
SQL
sqlite3 db .dump | grep -v 'INTO p VALUES' | md5sum; sqlite3 db 'select id, name, grp from p' | md5sum; sqlite3 db .dump | sqlite3 db2 && sqlite3 db2 'select count(*) from p' && sqlite3 -csv -header db2 'select * from p limit 3'
sqlite3 db 'select * from nothing' 2>&1; echo "code $?"; printf 'a,b\n1,2\n3,4\n' >in.csv; sqlite3 :memory: '.import --csv in.csv t' 'select sum(a * b) from t' '.mode json' 'select * from t'
sqlite3 db vacuum && sqlite3 db 'pragma page_count' && od -A n -c -N 15 db
