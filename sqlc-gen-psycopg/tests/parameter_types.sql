-- A schema, and statements of whose parameters the server and the analysis say the same.
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TYPE place AS (street text, zip int);
CREATE DOMAIN code AS text;
CREATE TABLE t (
    id int PRIMARY KEY, big bigint NOT NULL, small smallint, price numeric, ratio float8, ok bool,
    name text NOT NULL, note varchar(20), code code, mood mood, uid uuid, place place,
    at timestamptz, day date, span interval, r int4range, doc jsonb, js json,
    tags text[], ids int[], moods mood[]
);
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT x * 2';
CREATE FUNCTION over(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION over(x text) RETURNS text LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION over2(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
CREATE FUNCTION over2(x date) RETURNS date LANGUAGE sql AS 'SELECT x';
-- statements
SELECT id FROM t WHERE $1 IS NULL OR name = $1
SELECT id FROM t WHERE name = $1 OR $1 IS NULL
SELECT id FROM t WHERE $1::text IS NULL OR name = $1
SELECT id FROM t WHERE $1 IS NULL OR name = $1::text
SELECT $1 IS NULL
SELECT $1 IS NOT NULL
SELECT $1
SELECT $1, $1
SELECT $1 AS x FROM t WHERE id = $1
SELECT $1 AS x FROM t WHERE name = $1
SELECT $1 || $2
SELECT $1 || 'x'
SELECT 'x' || $1
SELECT name || $1 FROM t
SELECT id || $1 FROM t
SELECT $1 + $2
SELECT $1 + 1
SELECT 1 + $1
SELECT -$1
SELECT + $1
SELECT $1 * 2.5
SELECT big + $1 FROM t
SELECT small + $1 FROM t
SELECT at + $1 FROM t
SELECT at - $1 FROM t
SELECT day - $1 FROM t
SELECT day + $1 FROM t
SELECT $1 + day FROM t
SELECT now() - $1
SELECT span * $1 FROM t
SELECT price * $1 FROM t
SELECT price / $1 FROM t
SELECT ratio * $1 FROM t
SELECT id % $1 FROM t
SELECT $1 = $2
SELECT $1 < $2
SELECT $1 <> $1
SELECT jsonb_build_object('a', $1)
SELECT jsonb_build_object('a', $1::text)
SELECT json_build_object($1, 1)
SELECT jsonb_build_array($1)
SELECT to_jsonb($1)
SELECT to_json($1::text)
SELECT format('%s', $1)
SELECT format($1, 1)
SELECT concat($1)
SELECT concat('a', $1, 'b')
SELECT concat_ws($1, 'a')
SELECT concat_ws(',', $1)
SELECT pg_typeof($1)
SELECT coalesce($1, $2)
SELECT coalesce($1, 1)
SELECT coalesce($1, name) FROM t
SELECT coalesce(name, $1) FROM t
SELECT coalesce($1, mood) FROM t
SELECT nullif($1, $2)
SELECT nullif($1, 1)
SELECT nullif(name, $1) FROM t
SELECT nullif($1, name) FROM t
SELECT greatest($1, $2)
SELECT greatest($1, id) FROM t
SELECT least($1, 1.5, 2)
SELECT CASE WHEN $1 THEN 1 END
SELECT CASE WHEN ok THEN $1 END FROM t
SELECT CASE WHEN ok THEN $1 ELSE 1 END FROM t
SELECT CASE WHEN ok THEN $1 ELSE name END FROM t
SELECT CASE WHEN ok THEN $1 ELSE $2 END FROM t
SELECT CASE $1 WHEN 1 THEN 'a' END
SELECT CASE id WHEN $1 THEN 'a' END FROM t
SELECT CASE $1 WHEN 'x' THEN 'a' END
SELECT CASE $1 WHEN $2 THEN 'a' END
SELECT CASE name WHEN $1 THEN $2 ELSE $3 END FROM t
SELECT CASE WHEN $1 IS NULL THEN name ELSE $1 END FROM t
SELECT CASE WHEN $1::text IS NULL THEN name ELSE $1 END FROM t
SELECT id FROM t WHERE CASE WHEN $1::text IS NULL THEN true ELSE name = $1 END
SELECT id FROM t WHERE $1
SELECT id FROM t WHERE NOT $1
SELECT id FROM t WHERE $1 AND ok
SELECT id FROM t WHERE $1 OR $1 IS NULL
SELECT id FROM t WHERE $1 IS NULL OR $1
SELECT id FROM t WHERE $1 IS TRUE
SELECT id FROM t WHERE $1 IS UNKNOWN
SELECT id FROM t WHERE $1 IS TRUE OR ok = $1
SELECT id FROM t WHERE id = $1
SELECT id FROM t WHERE $1 = id
SELECT id FROM t WHERE big = $1
SELECT id FROM t WHERE mood = $1
SELECT id FROM t WHERE note = $1
SELECT id FROM t WHERE code = $1
SELECT id FROM t WHERE uid = $1
SELECT id FROM t WHERE at > $1
SELECT id FROM t WHERE at > $1 AND at < $2
SELECT id FROM t WHERE place = $1
SELECT id FROM t WHERE tags = $1
SELECT id FROM t WHERE tags @> $1
SELECT id FROM t WHERE tags && $1
SELECT id FROM t WHERE doc @> $1
SELECT id FROM t WHERE doc ? $1
SELECT id FROM t WHERE doc ?| $1
SELECT id FROM t WHERE doc -> $1 IS NULL
SELECT doc ->> $1 FROM t
SELECT doc -> 'a' ->> $1 FROM t
SELECT doc #>> $1 FROM t
SELECT doc #> $1 FROM t
SELECT doc - $1 FROM t
SELECT doc || $1 FROM t
SELECT js -> $1 FROM t
SELECT js ->> $1 FROM t
SELECT id FROM t WHERE doc @? $1
SELECT id FROM t WHERE doc @@ $1
SELECT id FROM t WHERE doc ->> 'a' = $1
SELECT id FROM t WHERE (doc ->> 'a')::int = $1
SELECT id FROM t WHERE r @> $1
SELECT id FROM t WHERE r @> $1::int
SELECT id FROM t WHERE $1 <@ r
SELECT id FROM t WHERE r && $1
SELECT tags || $1 FROM t
SELECT $1 || tags FROM t
SELECT ids || $1 FROM t
SELECT moods || $1 FROM t
SELECT array_append(tags, $1) FROM t
SELECT array_append($1, 'a')
SELECT array_append($1, $2)
SELECT array_append($1, 1)
SELECT array_prepend($1, tags) FROM t
SELECT array_remove(ids, $1) FROM t
SELECT array_position(tags, $1) FROM t
SELECT array_position(ids, $1) FROM t
SELECT array_cat(tags, $1) FROM t
SELECT array_length($1, 1)
SELECT array_length(tags, $1) FROM t
SELECT array_to_string($1, ',')
SELECT array_to_string(tags, $1) FROM t
SELECT cardinality($1)
SELECT unnest($1)
SELECT unnest($1::int[])
SELECT * FROM unnest($1) AS x
SELECT * FROM unnest($1::text[], $2::int[]) AS x(a, b)
SELECT id FROM t WHERE id = ANY($1)
SELECT id FROM t WHERE id <> ALL($1)
SELECT id FROM t WHERE name = ANY($1)
SELECT id FROM t WHERE mood = ANY($1)
SELECT id FROM t WHERE mood::text = ANY($1)
SELECT id FROM t WHERE $1 = ANY(tags)
SELECT id FROM t WHERE $1 = ANY(ids)
SELECT id FROM t WHERE $1 = ANY($2)
SELECT id FROM t WHERE name LIKE ANY($1)
SELECT id FROM t WHERE name ILIKE $1
SELECT id FROM t WHERE $1 LIKE name
SELECT id FROM t WHERE name NOT LIKE $1 || '%'
SELECT id FROM t WHERE name LIKE '%' || $1 || '%'
SELECT id FROM t WHERE name SIMILAR TO $1
SELECT id FROM t WHERE name ~ $1
SELECT id FROM t WHERE name ~* $1
SELECT id FROM t WHERE id BETWEEN $1 AND $2
SELECT id FROM t WHERE $1 BETWEEN id AND big
SELECT id FROM t WHERE $1 BETWEEN 1 AND 2
SELECT id FROM t WHERE $1 BETWEEN $2 AND $3
SELECT id FROM t WHERE now() BETWEEN $1 AND $2
SELECT id FROM t WHERE id NOT BETWEEN SYMMETRIC $1 AND $2
SELECT id FROM t WHERE id IN ($1, $2)
SELECT id FROM t WHERE $1 IN (1, 2)
SELECT id FROM t WHERE $1 IN ('a', 'b')
SELECT id FROM t WHERE $1 IN ($2, $3)
SELECT id FROM t WHERE mood IN ($1, 'calm')
SELECT id FROM t WHERE (id, name) IN (($1, $2))
SELECT id FROM t WHERE (id, name) = ($1, $2)
SELECT id FROM t WHERE (id, big) < ($1, $2)
SELECT id FROM t WHERE ($1, $2) = ($3, $4)
SELECT id FROM t WHERE ROW($1, $2) IS NULL
SELECT ROW($1)
SELECT ROW($1, 2)::place
SELECT ($1, $2)::place
SELECT ARRAY[$1]
SELECT ARRAY[$1, 2]
SELECT ARRAY[$1, $2]::int[]
SELECT ARRAY[$1, id] FROM t
SELECT ARRAY[ARRAY[$1]]
SELECT ARRAY[$1]::mood[]
SELECT $1::int[]
SELECT ($1::int[])[$2]
SELECT tags[$1] FROM t
SELECT tags[$1:$2] FROM t
SELECT doc['a'] FROM t WHERE doc[$1] IS NOT NULL
SELECT id FROM t WHERE name IS DISTINCT FROM $1
SELECT id FROM t WHERE $1 IS DISTINCT FROM $2
SELECT id FROM t WHERE $1 IS NOT DISTINCT FROM mood
SELECT id FROM t WHERE EXISTS (SELECT $1)
SELECT id FROM t WHERE id = (SELECT $1)
SELECT id FROM t WHERE name = (SELECT $1)
SELECT id FROM t WHERE id IN (SELECT $1)
SELECT id FROM t WHERE $1 IN (SELECT id FROM t)
SELECT id FROM t WHERE $1 = ANY (SELECT name FROM t)
SELECT id FROM t WHERE $1 NOT IN (SELECT big FROM t)
SELECT id FROM t WHERE ($1, $2) IN (SELECT id, name FROM t)
SELECT ARRAY(SELECT $1)
SELECT (SELECT $1)
SELECT x FROM (SELECT $1 AS x) s
SELECT x FROM (SELECT $1 AS x) s WHERE x = 1
SELECT x FROM (SELECT $1::int AS x) s WHERE x = $1
WITH c AS (SELECT $1 AS x) SELECT x FROM c
WITH c AS (SELECT $1 AS x) SELECT x FROM c WHERE x = $1
WITH c AS (SELECT $1::int AS x) SELECT id FROM t, c WHERE t.id = c.x
WITH c AS (SELECT id FROM t WHERE name = $1) SELECT $1 IS NULL FROM c
SELECT $1 UNION SELECT $2
SELECT 1 UNION SELECT $1
SELECT $1 UNION ALL SELECT name FROM t
SELECT id FROM t UNION SELECT $1
SELECT $1, id FROM t UNION SELECT name, $2 FROM t
VALUES ($1)
VALUES ($1, 1), ('a', $2)
VALUES (1, 'a'), ($1, $2)
SELECT * FROM (VALUES ($1, $2)) v(a, b)
SELECT * FROM (VALUES (1, 'a'), ($1, $2)) v(a, b)
SELECT id FROM t LIMIT $1
SELECT id FROM t LIMIT $1 OFFSET $2
SELECT id FROM t OFFSET $1
SELECT id FROM t LIMIT coalesce($1, 10)
SELECT id FROM t LIMIT coalesce($1::bigint, 10)
SELECT id FROM t LIMIT nullif($1, 0)
SELECT id FROM t LIMIT CASE WHEN $1 > 0 THEN $1 END
SELECT id FROM t LIMIT $1 + 1
SELECT id FROM t ORDER BY $1
SELECT id FROM t ORDER BY CASE WHEN $1 = 'a' THEN id END
SELECT id FROM t ORDER BY CASE WHEN $1 THEN id END, CASE WHEN NOT $1 THEN id END DESC
SELECT id FROM t ORDER BY abs(id - $1)
SELECT count(*) FROM t GROUP BY $1
SELECT DISTINCT $1 FROM t
SELECT DISTINCT ON ($1) id FROM t
SELECT count(*) FROM t HAVING count(*) > $1
SELECT count(*) FILTER (WHERE id > $1) FROM t
SELECT count(*) FILTER (WHERE $1) FROM t
SELECT count($1) FROM t
SELECT sum($1) FROM t
SELECT sum(id * $1) FROM t
SELECT max($1) FROM t
SELECT min($1) FROM t
SELECT avg($1) FROM t
SELECT array_agg($1) FROM t
SELECT string_agg(name, $1) FROM t
SELECT string_agg($1, ',') FROM t
SELECT string_agg(name, $1 ORDER BY id) FROM t
SELECT json_agg($1) FROM t
SELECT bool_or($1) FROM t
SELECT percentile_cont($1) WITHIN GROUP (ORDER BY ratio) FROM t
SELECT percentile_cont($1) WITHIN GROUP (ORDER BY id) FROM t
SELECT lag(id, $1) OVER (ORDER BY id) FROM t
SELECT lag(id, 1, $1) OVER (ORDER BY id) FROM t
SELECT ntile($1) OVER (ORDER BY id) FROM t
SELECT row_number() OVER (PARTITION BY $1 ORDER BY id) FROM t
SELECT sum(id) OVER (ORDER BY id ROWS $1 PRECEDING) FROM t
SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN $1 PRECEDING AND $2 FOLLOWING) FROM t
SELECT sum(id) OVER (ORDER BY at RANGE $1 PRECEDING) FROM t
SELECT sum(id) OVER w FROM t WINDOW w AS (PARTITION BY id > $1 ORDER BY id)
SELECT lower($1)
SELECT upper(name) = $1 FROM t
SELECT length($1)
SELECT abs($1)
SELECT round($1)
SELECT round($1, 2)
SELECT round(price, $1) FROM t
SELECT floor($1)
SELECT sqrt($1)
SELECT power($1, 2)
SELECT mod($1, 2)
SELECT mod($1, $2)
SELECT trim($1)
SELECT trim(both $1 from name) FROM t
SELECT btrim(name, $1) FROM t
SELECT ltrim($1)
SELECT substring(name, $1) FROM t
SELECT substring(name from $1) FROM t
SELECT substring(name from $1 for $2) FROM t
SELECT substring($1, 1, 2)
SELECT substr($1, $2)
SELECT left(name, $1) FROM t
SELECT replace(name, $1, $2) FROM t
SELECT split_part($1, $2, $3)
SELECT position($1 in name) FROM t
SELECT strpos(name, $1) FROM t
SELECT overlay(name placing $1 from 1) FROM t
SELECT regexp_replace(name, $1, $2) FROM t
SELECT regexp_match(name, $1) FROM t
SELECT repeat($1, 2)
SELECT lpad($1, 5)
SELECT md5($1)
SELECT encode($1, 'hex')
SELECT decode($1, 'hex')
SELECT to_char(at, $1) FROM t
SELECT to_char($1, 'x')
SELECT to_date($1, 'x')
SELECT to_timestamp($1)
SELECT to_timestamp($1, 'x')
SELECT to_number($1, '9')
SELECT date_trunc($1, at) FROM t
SELECT date_trunc('day', $1)
SELECT date_part($1, at) FROM t
SELECT date_part('day', $1)
SELECT extract(year FROM $1)
SELECT age($1)
SELECT age(at, $1) FROM t
SELECT age($1, $2)
SELECT make_interval(days => $1)
SELECT make_date($1, 1, 1)
SELECT at AT TIME ZONE $1 FROM t
SELECT $1 AT TIME ZONE 'UTC'
SELECT timezone($1, at) FROM t
SELECT generate_series($1, $2)
SELECT generate_series(1, $1)
SELECT generate_series($1::int, $2)
SELECT * FROM generate_series(1, $1) g
SELECT * FROM generate_series($1, now(), '1 day') g
SELECT * FROM generate_series(now(), $1, $2) g
SELECT twice($1)
SELECT twice(x => $1)
SELECT over($1)
SELECT over2($1)
SELECT over($1::int)
SELECT jsonb_set(doc, $1, $2) FROM t
SELECT jsonb_set(doc, '{a}', to_jsonb($1)) FROM t
SELECT jsonb_extract_path(doc, $1) FROM t
SELECT jsonb_path_query(doc, $1) FROM t
SELECT jsonb_path_exists(doc, $1, $2) FROM t
SELECT jsonb_array_elements($1)
SELECT * FROM jsonb_array_elements($1) e
SELECT * FROM jsonb_to_recordset($1) AS x(a int, b text)
SELECT * FROM jsonb_to_record($1) AS x(a int)
SELECT * FROM json_populate_recordset(NULL::t, $1)
SELECT * FROM jsonb_each($1)
SELECT * FROM jsonb_each_text($1::jsonb)
SELECT row_to_json($1)
SELECT to_tsvector($1)
SELECT to_tsvector('english', $1)
SELECT to_tsvector($1, name) FROM t
SELECT to_tsquery($1)
SELECT plainto_tsquery('english', $1)
SELECT websearch_to_tsquery('english', $1)
SELECT to_tsvector(name) @@ $1 FROM t
SELECT to_tsvector(name) @@ to_tsquery($1) FROM t
SELECT ts_rank(to_tsvector(name), $1) FROM t
SELECT nextval($1)
SELECT pg_advisory_xact_lock($1)
SELECT pg_advisory_lock($1, $2)
SELECT pg_notify($1, $2)
SELECT pg_sleep($1)
SELECT set_config($1, $2, $3)
SELECT current_setting($1)
SELECT current_setting($1, true)
SELECT gen_random_uuid() = $1
SELECT int4range($1, $2)
SELECT tstzrange($1, $2) @> now()
SELECT tstzrange(at, $1) FROM t
SELECT lower($1::int4range)
SELECT isempty($1)
SELECT num_nulls($1)
SELECT num_nonnulls($1, $2)
SELECT hashtext($1)
SELECT quote_literal($1)
SELECT quote_nullable($1)
SELECT $1 COLLATE "C"
SELECT id FROM t WHERE name = $1 COLLATE "C"
SELECT id FROM t WHERE name < ($1 COLLATE "C")
SELECT $1::text COLLATE "C"
SELECT xmlparse(document $1)
SELECT xmlserialize(content $1 AS text)
SELECT json_object('a': $1)
SELECT json_object('a' value $1::text)
SELECT json_array($1)
SELECT json_value(doc, $1) FROM t
SELECT json_exists($1, '$.a')
SELECT json_scalar($1)
SELECT json($1)
SELECT json_serialize($1)
SELECT $1 IS JSON
SELECT json_objectagg('a': $1) FROM t
SELECT json_arrayagg($1) FROM t
INSERT INTO t (id, name, mood) VALUES ($1, $2, $3)
INSERT INTO t (id, name, big) VALUES ($1, $2, $1)
INSERT INTO t (id, big) VALUES ($1, $1)
INSERT INTO t (big, id) VALUES ($1, $1)
INSERT INTO t (id, big) VALUES ($1, 1), (2, $2)
INSERT INTO t (id, name) SELECT $1, $2
INSERT INTO t (id, name) SELECT id, $1 FROM t
INSERT INTO t (id, name) SELECT id, $1 FROM t WHERE name = $1
INSERT INTO t (id, name) SELECT $1, name FROM t WHERE $1 > 0
INSERT INTO t (id, name) SELECT $1, $2 UNION ALL SELECT 1, 'x'
INSERT INTO t (id, name) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM t WHERE id = $1)
INSERT INTO t (id, name) VALUES ($1, upper($2))
INSERT INTO t (id, price) VALUES ($1, $2 * 2)
INSERT INTO t (id, tags) VALUES ($1, ARRAY[$2, $3])
INSERT INTO t (id, mood) VALUES ($1, coalesce($2, 'calm'))
INSERT INTO t (id, mood) VALUES ($1, coalesce($2, 'calm'::mood))
INSERT INTO t (id, mood) VALUES ($1, CASE WHEN $2 THEN 'calm' ELSE $3 END)
INSERT INTO t (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = $2
INSERT INTO t (id, doc) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET doc = t.doc || $3 WHERE t.big > $4
INSERT INTO t (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = coalesce($2, t.name)
INSERT INTO t (id, tags[1]) VALUES ($1, $2)
INSERT INTO t (id, place.zip) VALUES ($1, $2)
INSERT INTO t (id) VALUES ($1) RETURNING $2
INSERT INTO t (id) VALUES ($1) RETURNING $1, $2 IS NULL
UPDATE t SET name = $1
UPDATE t SET name = $1 WHERE $1 IS NOT NULL
UPDATE t SET name = $1, note = $1
UPDATE t SET note = $1, name = $1
UPDATE t SET name = coalesce($1, name) WHERE id = $2
UPDATE t SET mood = CASE WHEN $1 THEN $2 ELSE mood END
UPDATE t SET name = CASE WHEN $1::bool THEN $2 ELSE name END
UPDATE t SET big = big + $1
UPDATE t SET big = id + $1
UPDATE t SET price = $1 + $2
UPDATE t SET (name, big) = ($1, $2)
UPDATE t SET (name, big) = ROW($1, $2)
UPDATE t SET (name, big) = (SELECT $1, $2)
UPDATE t SET tags = array_append(tags, $1)
UPDATE t SET tags = tags || $1
UPDATE t SET tags[$1] = $2
UPDATE t SET doc = jsonb_set(doc, '{a}', $1)
UPDATE t SET doc = $1 FROM (SELECT $2 AS x) s WHERE t.name = s.x
UPDATE t SET at = now() + $1
UPDATE t SET at = now() + $1 * interval '1 day'
UPDATE t SET name = $1 RETURNING $1
UPDATE t SET name = nullif($1, '')
UPDATE t SET uid = nullif($1, '')::uuid
DELETE FROM t WHERE id = $1 RETURNING $2
DELETE FROM t USING (SELECT $1 AS x) s WHERE t.id = s.x
DELETE FROM t WHERE at < now() - $1
MERGE INTO t USING (SELECT $1 AS id, $2 AS name) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name
MERGE INTO t USING (SELECT $1::int AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = $2 WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, $3)
SELECT a.id FROM t a JOIN t b ON a.id = b.id AND b.name = $1
SELECT a.id FROM t a JOIN t b ON $1 IS NULL OR b.name = $1
SELECT a.id FROM t a LEFT JOIN t b ON b.name = $1 WHERE $1 IS NULL
SELECT a.id FROM t a JOIN LATERAL (SELECT * FROM t WHERE t.id > $1) b ON true
SELECT $1 IS NULL FROM t a JOIN t b ON b.name = $1
SELECT coalesce($1, 'x') FROM t WHERE id = $1
SELECT id FROM t WHERE name = $1 AND id = $1
SELECT id FROM t WHERE id = $1 AND name = $1
SELECT id FROM t WHERE id = $1 AND big = $1
SELECT id FROM t WHERE big = $1 AND id = $1
SELECT id FROM t WHERE name = $1 AND note = $1
SELECT id FROM t WHERE mood = $1 AND name = $1
SELECT id FROM t WHERE id = $1::int AND big = $1::bigint
SELECT id FROM t WHERE name = $1 OR $1 = ''
SELECT id FROM t WHERE $1 = '' OR name = $1
SELECT id FROM t WHERE $1 = 0 OR id = $1
SELECT id FROM t WHERE $1 = 0 OR big = $1
SELECT id FROM t WHERE $1 = '' OR mood = $1
SELECT id FROM t WHERE $1 = 'all' OR id = $1
SELECT id FROM t WHERE cardinality($1::int[]) = 0 OR id = ANY($1)
SELECT id FROM t WHERE $1::mood[] IS NULL OR mood = ANY($1)
SELECT id FROM t WHERE $1 > now() OR at > $1
SELECT id FROM t WHERE coalesce($1, '') = '' OR name = $1
SELECT id FROM t WHERE name = coalesce($1, name)
SELECT id FROM t WHERE name = coalesce(nullif($1, ''), name)
SELECT id FROM t WHERE mood = coalesce($1, mood)
SELECT id FROM t WHERE id = coalesce($1, $2)
SELECT id FROM t WHERE id > coalesce($1, 0)
SELECT id FROM t WHERE at > coalesce($1, now())
SELECT id FROM t WHERE at > coalesce($1, '-infinity')
SELECT id FROM t WHERE (at, id) < ($1, $2)
SELECT id FROM t WHERE name = upper($1) AND length($1) > 1
SELECT id FROM t WHERE length($1) > 1 AND note = $1
SELECT id FROM t WHERE to_tsvector('english', name) @@ plainto_tsquery('english', $1)
SELECT id FROM t WHERE abs(price - $1) < $2
SELECT id FROM t WHERE at::date = $1
SELECT id FROM t WHERE date(at) = $1
SELECT id FROM t WHERE date_trunc('day', at) = $1
SELECT id FROM t WHERE extract(year FROM at) = $1
SELECT id FROM t WHERE at >= now() - $1::interval
SELECT id FROM t WHERE at >= now() - ($1 || ' days')::interval
SELECT id FROM t WHERE at >= now() - make_interval(days => $1)
SELECT id FROM t WHERE at >= now() - $1 * '1 day'::interval
SELECT id FROM t WHERE tags <@ ARRAY[$1]
SELECT id FROM t WHERE tags <@ ARRAY[$1, $2]
SELECT id FROM t WHERE ARRAY[$1] && tags
SELECT id FROM t WHERE ids @> ARRAY[$1]
SELECT id FROM t WHERE moods @> ARRAY[$1]
SELECT id FROM t WHERE moods @> ARRAY[$1]::mood[]
SELECT id FROM t WHERE doc @> jsonb_build_object('a', $1)
SELECT id FROM t WHERE doc @> jsonb_build_object('a', $1::int)
SELECT id FROM t WHERE doc->$1->>$2 = $3
SELECT id FROM t WHERE exists (SELECT 1 FROM t u WHERE u.name = $1 AND u.id = t.id)
SELECT id FROM t WHERE ($1 IS NULL OR id = $1) AND big = $1
SELECT max(id) FROM t WHERE $1 IS NULL
SELECT id FROM t TABLESAMPLE bernoulli ($1)
SELECT id FROM t TABLESAMPLE bernoulli ($1) REPEATABLE ($2)
SELECT id FROM t FETCH FIRST $1 ROWS ONLY
WITH RECURSIVE r AS (SELECT $1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < $2) SELECT n FROM r
WITH RECURSIVE r AS (SELECT $1::int AS n UNION ALL SELECT n + 1 FROM r WHERE n < $2) SELECT n FROM r
WITH RECURSIVE r AS (SELECT id FROM t WHERE id = $1 UNION ALL SELECT t.id FROM t JOIN r ON t.big = r.id) SELECT id FROM r LIMIT $2
WITH d AS (DELETE FROM t WHERE id = $1 RETURNING id) SELECT id FROM d WHERE id > $2
WITH i AS (INSERT INTO t (id) VALUES ($1) RETURNING id) UPDATE t SET name = $2 WHERE id IN (SELECT id FROM i)
SELECT percentile_disc($1) WITHIN GROUP (ORDER BY name) FROM t
SELECT mode() WITHIN GROUP (ORDER BY $1) FROM t
SELECT array_agg(id ORDER BY $1) FROM t
SELECT jsonb_agg(jsonb_build_object('a', id, 'b', $1)) FROM t
SELECT jsonb_object_agg(name, $1) FROM t
SELECT 'a' IN ($1)
SELECT NULL = $1
SELECT NULL IS NOT DISTINCT FROM $1
SELECT $1 = ANY('{1,2}')
SELECT $1 = ANY('{1,2}'::int[])
SELECT 'a' = ANY($1)
SELECT 1 = ANY($1)
SELECT $1 IS DOCUMENT
SELECT current_date + $1
SELECT current_date - $1
SELECT current_timestamp - $1 > '1 day'
SELECT localtime + $1
SELECT interval '1 day' * $1
SELECT $1 * interval '1 day'
SELECT interval '1 day' + $1
SELECT $1 ~ 'a'
SELECT $1 LIKE 'a'
SELECT $1 LIKE $2
SELECT $1 -> 'a'
SELECT $1 ->> 'a'
SELECT $1 @> '{}'
SELECT $1 && $2
SELECT $1 @> ARRAY[1]
SELECT $1 & 1
SELECT ~ $1
SELECT $1 << 1
SELECT |/ $1
SELECT @ $1
SELECT !! $1
SELECT $1 ^ 2
SELECT 2 ^ $1
SELECT $1 % 2
SELECT $1 / 2.0
SELECT '2020-01-01'::date = $1
SELECT 'a'::"char" = $1
SELECT 'a'::name = $1
SELECT inet '1.1.1.1' << $1
SELECT point(1, $1)
SELECT point(1, 1) <-> $1
SELECT b'1' = $1
SELECT place FROM t WHERE (place).zip = $1
SELECT (place).zip + $1 FROM t
SELECT t FROM t WHERE t = $1
SELECT id FROM t WHERE t IS DISTINCT FROM $1
SELECT id FROM t GROUP BY id HAVING $1 IS NULL
SELECT id, sum(big) FROM t GROUP BY ROLLUP (id, $1)
EXPLAIN SELECT id FROM t WHERE id = $1
SELECT id FROM t WHERE $1 IN (id, big)
SELECT id FROM t WHERE $1 IN (big, id, 3)
SELECT id FROM t WHERE $1 IN (id, id)
SELECT id FROM t WHERE $1::int IN (id, big)
SELECT id FROM t WHERE id = $1 AND $1 IN (id, big)
SELECT id FROM t WHERE $1 NOT IN (name, note)
SELECT id FROM t WHERE $1 IN (id, price)
SELECT make_date(year => $1, month => $2, day => 3)
SELECT make_date($1, day => $2, month => 3)
SELECT jsonb_set(jsonb_in => doc, path => $1, replacement => $2) FROM t
SELECT parse_ident(str => $1)
SELECT ARRAY[[$1, 2], [3, $2]]
SELECT ARRAY[[$1, 2], [3, $2]]::bigint[]
SELECT id FROM t WHERE ids = ARRAY[$1, $2]
SELECT coalesce(ids, ARRAY[$1]) FROM t
SELECT ARRAY[$1, id, big] FROM t
SELECT $1 IN (SELECT id FROM t UNION SELECT big FROM t)
SELECT CASE $1 WHEN id THEN 1 WHEN big THEN 2 END FROM t
SELECT nullif($1, id), $1 = big FROM t
SELECT greatest($1, id, big) FROM t
SELECT id FROM t WHERE ($1, $2) IN ((id, big), (big, id))
SELECT id FROM t WHERE ($1, 2) = (id, big) OR ($1, 2) < (big, id)
INSERT INTO t (id, big, small, name) VALUES ($1, $1, $1, $2)
INSERT INTO t (id, big, name) SELECT $1, $1, $2
UPDATE t SET id = $1, big = $1
UPDATE t SET (id, big) = ($1, $1)
UPDATE t SET name = $1, note = $1
SELECT id FROM t WHERE id = $1 OR big = $1
SELECT id FROM t WHERE $1 BETWEEN id AND big
SELECT id FROM t ORDER BY $1, id
SELECT id FROM t LIMIT $1 OFFSET $1
SELECT $1 UNION SELECT id FROM t
SELECT sum(id) OVER (ORDER BY big ROWS BETWEEN $1 PRECEDING AND $1 FOLLOWING) FROM t
SELECT lag(id, $1, $1) OVER (ORDER BY big) FROM t
SELECT generate_series($1, $2), generate_series(1, $1)
SELECT unnest($1::int[], $2::text[])
SELECT * FROM XMLTABLE('/a' PASSING $1 COLUMNS a int PATH 'x' DEFAULT $2)
SELECT j.a FROM JSON_TABLE($1::jsonb, '$' PASSING $2 AS x COLUMNS (a int)) AS j
SELECT j.a FROM JSON_TABLE($1::jsonb, '$' COLUMNS (a int DEFAULT $2 ON EMPTY)) AS j
WITH RECURSIVE r (a) AS (SELECT 'x' UNION ALL SELECT a FROM r) SELECT a FROM r WHERE a = ANY ($1)
VALUES (1), (2) LIMIT $1 OFFSET $2
SELECT x.n FROM (VALUES (1), (2) LIMIT $1) AS x (n)
UPDATE t SET big = $1 RETURNING $1 + id
