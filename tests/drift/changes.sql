-- Single changes to the schema. Before each are the severity and the object of each line that a check must report,
-- which follow from the effect on the queries. An empty line ends each change; test_changes.py makes them.
-- `from 17`: older servers refuse it. `@service`: the check runs as a role with just the rights that the queries need.

-- # tables

-- breaking: table attune.pack
DROP TABLE attune.pack CASCADE;

-- breaking: table attune.execution
DROP TABLE attune.execution CASCADE;

-- breaking: table attune.runtime
ALTER TABLE attune.runtime RENAME TO runner;

-- harmless: table attune.extra
CREATE TABLE attune.extra (a int);

-- risky: table attune.workflow_task_attempt
ALTER TABLE attune.workflow_task_attempt SET UNLOGGED;

-- breaking: table attune.pack
-- breaking: table attune.runtime
ALTER TABLE attune.pack RENAME TO tmp;
ALTER TABLE attune.runtime RENAME TO pack;
ALTER TABLE attune.tmp RENAME TO runtime;

-- breaking: table attune.action
-- breaking: table attune.workflow_definition
ALTER TABLE attune.workflow_definition RENAME TO tmp;
ALTER TABLE attune.action RENAME TO workflow_definition;
ALTER TABLE attune.tmp RENAME TO action;

-- risky: table attune.pack
ALTER TABLE attune.pack RENAME TO packs;
CREATE VIEW attune.pack AS SELECT * FROM attune.packs;

-- breaking: table attune.execution
ALTER TABLE attune.execution RENAME TO executions;
CREATE VIEW attune.execution AS SELECT * FROM attune.executions;

-- harmless: table attune.execution
ALTER TABLE attune.execution SET (fillfactor = 100);

-- harmless: table attune.execution
ALTER TABLE attune.execution RESET (fillfactor);

-- risky: table attune.execution
ALTER TABLE attune.execution SET (autovacuum_enabled = off);

-- risky: table attune.pack
ALTER TABLE attune.pack SET (autovacuum_enabled = false);

-- harmless: table attune.pack
ALTER TABLE attune.pack SET (autovacuum_enabled = true);

-- harmless: table attune.pack
ALTER TABLE attune.pack SET (autovacuum_vacuum_scale_factor = 0.01);

-- harmless: table attune.pack
ALTER TABLE attune.pack SET (parallel_workers = 4);

-- harmless: table attune.pack
ALTER TABLE attune.pack SET (fillfactor = 50);

-- risky: table attune.pack
ALTER TABLE attune.pack SET (toast.autovacuum_enabled = off);

-- harmless: table attune.pack
ALTER TABLE attune.pack SET (user_catalog_table = true);

-- harmless: table attune.pack
ALTER TABLE attune.pack REPLICA IDENTITY FULL;

-- risky: table attune.pack
ALTER TABLE attune.pack REPLICA IDENTITY NOTHING;

-- breaking: publications of attune.pack
ALTER TABLE attune.pack REPLICA IDENTITY NOTHING;
CREATE PUBLICATION attune_test_publication FOR TABLE attune.pack;

-- nothing
ALTER TABLE attune.pack REPLICA IDENTITY FULL;
CREATE PUBLICATION attune_test_publication FOR TABLE attune.pack WHERE (label <> '');

-- breaking: constraint attune.worker.worker_pkey
ALTER TABLE attune.worker DROP CONSTRAINT worker_pkey CASCADE;
CREATE PUBLICATION attune_test_publication FOR TABLE attune.worker;

-- harmless: table attune.pack
-- harmless: table attune.parent
CREATE TABLE attune.parent (id bigint NOT NULL);
ALTER TABLE attune.pack INHERIT attune.parent;

-- risky: table attune.child
CREATE TABLE attune.child () INHERITS (attune.pack);

-- risky: table attune.pack
CREATE SCHEMA o;
CREATE TABLE o.child () INHERITS (attune.pack);

-- harmless: table attune.extra
-- harmless: table attune.extra_1
CREATE TABLE attune.extra (a int) PARTITION BY LIST (a);
CREATE TABLE attune.extra_1 PARTITION OF attune.extra FOR VALUES IN (1);

-- risky: table attune.workflow_task_attempt
ALTER TABLE attune.workflow_task_attempt RENAME TO whole;
CREATE TABLE attune.workflow_task_attempt (LIKE attune.whole INCLUDING CONSTRAINTS INCLUDING DEFAULTS)
    PARTITION BY HASH (workflow_task_execution);
DROP TABLE attune.whole;
CREATE TABLE attune.attempt_even PARTITION OF attune.workflow_task_attempt FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE attune.attempt_odd PARTITION OF attune.workflow_task_attempt FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE attune.workflow_task_attempt
    ADD CONSTRAINT workflow_task_attempt_pkey PRIMARY KEY (workflow_task_execution, attempt),
    ADD CONSTRAINT workflow_task_attempt_workflow_task_execution_fkey FOREIGN KEY (workflow_task_execution)
        REFERENCES attune.workflow_task_execution ON DELETE CASCADE;

-- breaking: table attune.runtime
DROP TABLE attune.runtime CASCADE;
CREATE TABLE attune.runtime (id bigint);

-- harmless: table attune.extra
CREATE UNLOGGED TABLE attune.extra (a int);

-- harmless: table attune."P\xe4ck"
CREATE TABLE attune."Päck" (a int);

-- breaking: table attune.runtime
DROP TABLE attune.runtime CASCADE;
CREATE MATERIALIZED VIEW attune.runtime AS SELECT 1 AS id;

-- harmless: table attune.extra
CREATE TABLE attune.extra (a int);
ALTER TABLE attune.extra ENABLE ROW LEVEL SECURITY;
CREATE RULE r AS ON INSERT TO attune.extra DO INSTEAD NOTHING;

-- breaking: table attune.runtime
ALTER TABLE attune.runtime RENAME TO "the ""runtime""";

-- breaking: table attune.execution
-- breaking: column attune.execution.parent
ALTER TABLE attune.execution RENAME TO "the ""execution""";
ALTER TABLE attune."the ""execution""" RENAME parent TO "the ""parent""";

-- breaking: table attune.runtime
-- harmless: table attune.pack_backup
DROP TABLE attune.runtime CASCADE;
CREATE TABLE attune.pack_backup (LIKE attune.pack);

-- breaking: table attune.runtime
CREATE SCHEMA "Else";
ALTER TABLE attune.runtime SET SCHEMA "Else";

-- breaking: table attune.action
ALTER TABLE attune.action SET SCHEMA public;

-- breaking: table attune.worker
-- risky: function attune.set_updated()
-- risky: constraint attune.execution.execution_worker_fkey
ALTER TABLE attune.worker ADD note text;
ALTER TABLE attune.worker SET SCHEMA public;
ALTER FUNCTION attune.set_updated SET SCHEMA public;
ALTER TABLE attune.execution DROP CONSTRAINT execution_worker_fkey;

-- risky: table attune.pack
CREATE SCHEMA store;
ALTER TABLE attune.pack SET SCHEMA store;
CREATE VIEW attune.pack AS SELECT * FROM store.pack;

-- breaking: table attune.runtime
CREATE SCHEMA store;
ALTER TABLE attune.runtime SET SCHEMA store;
CREATE TABLE attune.runtime (id bigint);

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status SET SCHEMA public;

-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status ADD VALUE 'paused';
ALTER TYPE attune.execution_status SET SCHEMA public;

-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail SET SCHEMA public;

-- harmless: table attune."a\nb\x1b"
CREATE TABLE attune.U&"a\000ab\001b" (a int);

-- # columns

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra text;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int NOT NULL;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int NOT NULL DEFAULT 1;

-- breaking: column attune.pack.label
ALTER TABLE attune.pack DROP label CASCADE;

-- breaking: column attune.workflow_execution.status
ALTER TABLE attune.workflow_execution DROP status CASCADE;

-- breaking: column attune.action.workflow_def
ALTER TABLE attune.action DROP workflow_def CASCADE;

-- breaking: column attune.pack.label
ALTER TABLE attune.pack RENAME label TO title;

-- breaking: column attune.action.workflow_def
ALTER TABLE attune.action RENAME workflow_def TO flow;

-- breaking: column attune.execution.status
ALTER TABLE attune.execution RENAME status TO "order";

-- breaking: column attune.workflow_execution.status
ALTER TABLE attune.workflow_execution RENAME status TO state;

-- breaking: column attune.pack.version
ALTER TABLE attune.pack ALTER version TYPE varchar(99);

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label DROP NOT NULL;

-- breaking: column attune.pack.description
ALTER TABLE attune.pack ALTER description SET NOT NULL;

-- breaking: column attune.pack.created
ALTER TABLE attune.pack ALTER created DROP DEFAULT;

-- harmless: column attune.pack.tags
ALTER TABLE attune.pack ALTER tags SET DEFAULT '{x}';

-- breaking: column attune.pack.id
ALTER TABLE attune.pack ALTER id DROP IDENTITY;

-- harmless: column attune.pack.id
ALTER TABLE attune.pack ALTER id SET GENERATED ALWAYS;

-- breaking: column attune.action.is_workflow
ALTER TABLE attune.action ALTER is_workflow DROP EXPRESSION;

-- risky: column attune.pack.ref
ALTER TABLE attune.pack ALTER ref TYPE text COLLATE "C";

-- breaking: column attune.pack.extra
CREATE DOMAIN public.nn AS int NOT NULL;
ALTER TABLE attune.pack ADD extra public.nn;

-- harmless: column attune.pack.extra
CREATE DOMAIN attune.nn AS int DEFAULT 4;
ALTER TABLE attune.pack ADD extra attune.nn NOT NULL;

-- breaking: column attune.pack.extra
CREATE DOMAIN attune.nn AS text CHECK (VALUE IS NOT NULL);
ALTER TABLE attune.pack ADD extra attune.nn;

-- breaking: column attune.pack.extra
CREATE DOMAIN attune.nn AS text CHECK (coalesce(VALUE, '') <> '');
ALTER TABLE attune.pack ADD extra attune.nn;

-- breaking: column attune.pack.extra
CREATE DOMAIN attune.a AS text NOT NULL;
CREATE DOMAIN attune.b AS attune.a;
ALTER TABLE attune.pack ADD extra attune.b;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int CHECK (extra IS NOT NULL);

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int CHECK (extra > 0);

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int DEFAULT 5 CHECK (extra IS NOT NULL);

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int DEFAULT 0 CHECK (extra > 0);

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int, ADD CONSTRAINT extra_check CHECK (extra IS NOT NULL) NOT VALID;

-- harmless: column attune.pack.extra
-- from 18
ALTER TABLE attune.pack ADD extra int, ADD CONSTRAINT extra_check CHECK (extra IS NOT NULL) NOT ENFORCED;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int UNIQUE;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int DEFAULT 1 UNIQUE;

-- harmless: column attune.action.extra
ALTER TABLE attune.action ADD extra bigint REFERENCES attune.pack;

-- risky: column attune.action.extra
ALTER TABLE attune.action ADD extra bigint DEFAULT 1 REFERENCES attune.pack;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra text GENERATED ALWAYS AS (ref || label) STORED;

-- harmless: column attune.pack.extra
-- from 18
ALTER TABLE attune.pack ADD extra text GENERATED ALWAYS AS (ref || label) VIRTUAL;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra text GENERATED ALWAYS AS (description) STORED NOT NULL;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;

-- breaking: column attune.pack."Extra Col"
ALTER TABLE attune.pack ADD COLUMN "Extra Col" int NOT NULL;

-- risky: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int CONSTRAINT c CHECK (extra IS NOT NULL OR label IS NULL);

-- breaking: column attune.pack.description
-- from 18
ALTER TABLE attune.pack ADD CONSTRAINT extra NOT NULL description NOT VALID;

-- risky: column attune.action.is_workflow
-- from 18
ALTER TABLE attune.action DROP is_workflow CASCADE;
ALTER TABLE attune.action ADD is_workflow boolean NOT NULL GENERATED ALWAYS AS (workflow_def IS NOT NULL) VIRTUAL;

-- harmless: column attune.action.is_workflow
ALTER TABLE attune.action DROP is_workflow CASCADE;
ALTER TABLE attune.action ADD is_workflow boolean NOT NULL GENERATED ALWAYS AS (workflow_def IS NOT NULL) STORED;
CREATE INDEX action_workflow_idx ON attune.action (ref) WHERE is_workflow;

-- risky: column attune.action.is_workflow
-- from 17
ALTER TABLE attune.action ALTER is_workflow SET EXPRESSION AS (workflow_def IS NULL);

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label TYPE varchar;

-- harmless: column attune.pack.label
CREATE DOMAIN attune.label AS text;
ALTER TABLE attune.pack ALTER label TYPE attune.label;

-- risky: column attune.pack.label
CREATE EXTENSION citext;
ALTER TABLE attune.pack ALTER label TYPE citext;

-- risky: column attune.pack.created
ALTER TABLE attune.pack ALTER created TYPE timestamptz(0);

-- breaking: column attune.pack.ref
-- breaking: column attune.pack.label
ALTER TABLE attune.pack RENAME label TO tmp;
ALTER TABLE attune.pack RENAME ref TO label;
ALTER TABLE attune.pack RENAME tmp TO ref;

-- breaking: column attune.pack.label
-- breaking: column attune.pack.description
ALTER TABLE attune.pack RENAME label TO tmp;
ALTER TABLE attune.pack RENAME description TO label;
ALTER TABLE attune.pack RENAME tmp TO description;

-- breaking: column attune.pack.conf_schema
-- breaking: column attune.pack.config
-- breaking: column attune.pack.meta
ALTER TABLE attune.pack RENAME conf_schema TO tmp;
ALTER TABLE attune.pack RENAME config TO conf_schema;
ALTER TABLE attune.pack RENAME meta TO config;
ALTER TABLE attune.pack RENAME tmp TO meta;

-- harmless: column attune.pack.label
-- harmless: column attune.pack.description
ALTER TABLE attune.pack DROP label, DROP description;
ALTER TABLE attune.pack ADD label text NOT NULL DEFAULT '', ADD description text;
ALTER TABLE attune.pack ALTER label DROP DEFAULT;

-- risky: column attune.pack.created
-- risky: column attune.pack.updated
ALTER TABLE attune.pack RENAME created TO tmp;
ALTER TABLE attune.pack RENAME updated TO created;
ALTER TABLE attune.pack RENAME tmp TO updated;

-- risky: column attune.pack.created
-- risky: column attune.pack.updated
-- harmless: column attune.pack.label
ALTER TABLE attune.pack DROP label;
ALTER TABLE attune.pack ADD label text NOT NULL DEFAULT '';
ALTER TABLE attune.pack ALTER label DROP DEFAULT;
ALTER TABLE attune.pack RENAME created TO tmp;
ALTER TABLE attune.pack RENAME updated TO created;
ALTER TABLE attune.pack RENAME tmp TO updated;

-- breaking: column attune.pack.conf_schema
-- breaking: column attune.pack.config
-- harmless: column attune.pack.label
ALTER TABLE attune.pack DROP label;
ALTER TABLE attune.pack ADD label text NOT NULL DEFAULT '';
ALTER TABLE attune.pack ALTER label DROP DEFAULT;
ALTER TABLE attune.pack RENAME conf_schema TO tmp;
ALTER TABLE attune.pack RENAME config TO conf_schema;
ALTER TABLE attune.pack RENAME tmp TO config;

-- breaking: column attune.pack.description
-- breaking: column attune.pack.label
ALTER TABLE attune.pack DROP label CASCADE;
ALTER TABLE attune.pack RENAME description TO description_old;
ALTER TABLE attune.pack ADD description text;

-- breaking: column attune.pack.config
-- breaking: column attune.pack.conf_schema
-- breaking: column attune.pack.meta
ALTER TABLE attune.pack DROP conf_schema CASCADE;
ALTER TABLE attune.pack DROP meta CASCADE;
ALTER TABLE attune.pack RENAME config TO c;

-- breaking: column attune.workflow_execution.created
-- breaking: column attune.workflow_execution.updated
ALTER TABLE attune.workflow_execution RENAME created TO tmp;
ALTER TABLE attune.workflow_execution RENAME updated TO created;
ALTER TABLE attune.workflow_execution RENAME tmp TO updated;

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label SET STATISTICS 0;

-- harmless: column attune.pack.label
ALTER TABLE attune.pack ALTER label SET STATISTICS 1000;

-- harmless: column attune.pack.label
ALTER TABLE attune.pack ALTER label SET STORAGE EXTERNAL;

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label SET STORAGE PLAIN;

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label SET (n_distinct = 5);

-- harmless: column attune.pack.config
ALTER TABLE attune.pack ALTER config SET DEFAULT '{"a": 1}';

-- harmless: column attune.execution.status
ALTER TABLE attune.execution ALTER status SET DEFAULT 'running';

-- harmless: column attune.pack.extra
CREATE DOMAIN attune.nn AS int NOT NULL;
ALTER TABLE attune.pack ADD extra attune.nn DEFAULT 7;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int CHECK (extra IS NOT NULL) NO INHERIT;

-- breaking: column attune.workflow_execution.current_tasks
ALTER TABLE attune.workflow_execution RENAME current_tasks TO running_tasks;

-- breaking: column attune.pack.tags
ALTER TABLE attune.pack DROP COLUMN tags, ADD COLUMN tags text NOT NULL DEFAULT '';

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra text DEFAULT '(' UNIQUE;

-- harmless: column attune.pack.label
ALTER TABLE attune.pack DROP label CASCADE;
ALTER TABLE attune.pack ADD label text NOT NULL DEFAULT '';

-- breaking: column attune.pack.description
ALTER TABLE attune.pack DROP description CASCADE;
ALTER TABLE attune.pack ADD description text NOT NULL DEFAULT '';

-- risky: column attune.action.is_workflow
ALTER TABLE attune.action ALTER is_workflow DROP EXPRESSION, ALTER is_workflow SET DEFAULT false;

-- breaking: column attune.worker.heartbeat_at
-- risky: column attune.worker.heartbeat_at
ALTER TABLE attune.worker ALTER heartbeat_at DROP NOT NULL, ALTER heartbeat_at DROP DEFAULT;

-- harmless: column attune.execution.attempt
ALTER TABLE attune.execution ALTER attempt SET DEFAULT 0::bigint;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra varchar(3);
ALTER TABLE attune.pack ALTER extra SET DEFAULT 'abcdef';

-- risky: column attune.pack.extra
ALTER TABLE attune.pack ADD extra varchar(400) GENERATED ALWAYS AS (ref) STORED;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra serial;

-- harmless: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int DEFAULT 1;
CREATE UNIQUE INDEX extra ON attune.pack (ref, extra);

-- harmless: column attune.pack.label
CREATE DOMAIN attune.nn AS text NOT NULL;
ALTER TABLE attune.pack ALTER label TYPE attune.nn;

-- breaking: column attune.pack.description
CREATE DOMAIN attune.nn AS text;
ALTER TABLE attune.pack ALTER description TYPE attune.nn;
UPDATE attune.pack SET description = '' WHERE description IS NULL;
ALTER DOMAIN attune.nn SET NOT NULL;

-- risky: column attune.execution.priority
ALTER TABLE attune.execution ALTER priority TYPE integer;

-- breaking: column attune.execution.losses
ALTER TABLE attune.execution ALTER losses DROP DEFAULT, ALTER losses TYPE boolean USING losses > 0,
    ALTER losses SET DEFAULT false;

-- breaking: column attune.workflow_task_execution.task_batch
DROP VIEW attune.workflow_task_detail;
ALTER TABLE attune.workflow_task_execution ALTER task_batch TYPE numeric;
CREATE VIEW attune.workflow_task_detail AS
SELECT t.id, t.workflow_execution, t.execution, e.action_ref, t.task_name, t.task_index, t.task_batch, t.status,
    CASE WHEN t.task_name = ANY (w.skipped_tasks) THEN 'skipped'::attune.workflow_task_status
        ELSE attune.task_status(t.status) END AS task_status,
    t.started_at, t.completed_at, t.duration_ms, t.retry_count, t.max_retries, t.next_retry_at, t.timed_out
FROM attune.workflow_task_execution t JOIN attune.workflow_execution w ON w.id = t.workflow_execution
JOIN attune.execution e ON e.id = t.execution;

-- breaking: column attune.worker.lease_ms
-- risky: constraint attune.worker.worker_lease_ms_check
ALTER TABLE attune.worker DROP CONSTRAINT worker_lease_ms_check;
ALTER TABLE attune.worker ALTER lease_ms TYPE text;

-- # sequences of ids

-- risky: sequence attune.pack_id_seq
ALTER TABLE attune.pack ALTER id SET INCREMENT 10;

-- risky: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq INCREMENT -1;

-- risky: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq CACHE 100;

-- risky: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq MAXVALUE 99999999;

-- risky: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq SET UNLOGGED;

-- risky: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq AS integer RESTART 5;

-- breaking: sequence attune.pack_id_seq
ALTER SEQUENCE attune.pack_id_seq AS smallint RESTART 32767;
SELECT nextval('attune.pack_id_seq');

-- breaking: sequence attune.runtime_id_seq
-- risky: sequence attune.runtime_id_seq
INSERT INTO attune.runtime (ref, name) VALUES ('a.one', 'a'), ('a.two', 'b');
ALTER SEQUENCE attune.runtime_id_seq CACHE 20;
SELECT setval('attune.runtime_id_seq', (SELECT min(id) FROM attune.runtime WHERE ref LIKE 'a.%'));

-- breaking: sequence public.ids of workers
-- risky: column attune.worker.id
INSERT INTO attune.worker (name, lease_ms) VALUES ('a', 1000);
CREATE SEQUENCE public."ids of workers";
SELECT setval('public."ids of workers"', (SELECT max(id) FROM attune.worker), false);
ALTER TABLE attune.worker ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('public."ids of workers"');

-- @service
-- breaking: role attune_test_service
-- risky: column attune.worker.id
CREATE SEQUENCE public."ids of workers";
ALTER TABLE attune.worker ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('public."ids of workers"');

-- @service
-- harmless: table attune.extra
CREATE TABLE attune.extra (id serial);

-- # enums

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status ADD VALUE 'dreaming';

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'requested' TO 'asked';

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME TO state;

-- breaking: enum attune.execution_status
DROP TYPE attune.execution_status CASCADE;

-- breaking: enum attune.workflow_task_status
DROP TYPE attune.workflow_task_status CASCADE;

-- risky: enum attune.workflow_task_status
UPDATE pg_enum SET enumsortorder = -enumsortorder WHERE enumtypid = 'attune.workflow_task_status'::regtype;

-- harmless: enum attune.extra
CREATE TYPE attune.extra AS ENUM ('a');

-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.execution_status RENAME TO tmp;
ALTER TYPE attune.workflow_task_status RENAME TO execution_status;
ALTER TYPE attune.tmp RENAME TO workflow_task_status;

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'completed' TO 'tmp';
ALTER TYPE attune.execution_status RENAME VALUE 'failed' TO 'completed';
ALTER TYPE attune.execution_status RENAME VALUE 'tmp' TO 'failed';

-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.workflow_task_status RENAME VALUE 'skipped' TO 'omitted';

-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'timeout' TO 'timed out';
ALTER TYPE attune.execution_status ADD VALUE 'paused' BEFORE 'running';

-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'timeout' TO 'timed out';
ALTER TYPE attune.execution_status ADD VALUE 'paused' BEFORE 'timed out';
ALTER TYPE attune.execution_status ADD VALUE 'held' AFTER 'timed out';

-- breaking: enum attune.workflow_task_status
-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.workflow_task_status RENAME VALUE 'cancelled' TO 'stopped';
ALTER TYPE attune.workflow_task_status RENAME VALUE 'skipped' TO 'omitted';

-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'completed' TO 'tmp';
ALTER TYPE attune.execution_status RENAME VALUE 'running' TO 'completed';
ALTER TYPE attune.execution_status RENAME VALUE 'tmp' TO 'running';
ALTER TYPE attune.execution_status ADD VALUE 'paused' BEFORE 'running';

-- breaking: enum attune.execution_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME TO state;
ALTER TYPE attune.state ADD VALUE 'paused';

-- breaking: enum attune.workflow_task_status
-- risky: enum attune.workflow_task_status
UPDATE pg_enum SET enumsortorder = -enumsortorder WHERE enumtypid = 'attune.workflow_task_status'::regtype;
ALTER TYPE attune.workflow_task_status ADD VALUE 'paused';

-- breaking: enum attune.workflow_task_status
-- breaking: enum attune.workflow_task_status
-- risky: enum attune.workflow_task_status
UPDATE pg_enum SET enumsortorder = -enumsortorder WHERE enumtypid = 'attune.workflow_task_status'::regtype;
ALTER TYPE attune.workflow_task_status RENAME VALUE 'cancelled' TO 'stopped';
ALTER TYPE attune.workflow_task_status RENAME VALUE 'skipped' TO 'omitted';

-- breaking: enum attune.execution_status
-- breaking: view attune.workflow_task_detail
ALTER TYPE attune.execution_status ADD VALUE 'paused';
DROP VIEW attune.workflow_task_detail;
CREATE TABLE attune.workflow_task_detail (id bigint);

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME VALUE 'timeout' TO E'it''s \\ "\u00e4"\x01';

-- # constraints

-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_ref_key CASCADE;

-- risky: constraint attune.pack.pack_pkey
ALTER TABLE attune.pack DROP CONSTRAINT pack_pkey CASCADE;

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key CASCADE;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution ON DELETE CASCADE;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution ON DELETE SET NULL NOT VALID;

-- risky: constraint attune.pack.pack_version_check
ALTER TABLE attune.pack RENAME CONSTRAINT pack_version_check TO other;

-- risky: constraint attune.pack.pack_version_check
ALTER TABLE attune.pack DROP CONSTRAINT pack_version_check;

-- risky: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (label <> '');

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'attune.workflow_execution_execution_key'::regclass;

-- risky: constraint attune.pack.pack_pkey
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'attune.pack_pkey'::regclass;

-- breaking: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (description IS NOT NULL) NOT VALID;

-- harmless: constraint attune.pack.extra
-- from 18
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (description IS NOT NULL) NOT ENFORCED;

-- risky: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key;
CREATE UNIQUE INDEX workflow_execution_execution_key ON attune.workflow_execution (execution);

-- risky: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key;
CREATE UNIQUE INDEX other ON attune.workflow_execution (execution);

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
-- risky: index attune.workflow_execution.other
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key;
CREATE UNIQUE INDEX other ON attune.workflow_execution (execution) WHERE paused;

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
-- harmless: index attune.workflow_execution.other
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key;
CREATE INDEX other ON attune.workflow_execution (execution);

-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_ref_key;
CREATE UNIQUE INDEX pack_ref_key ON attune.pack (ref);

-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_ref_key;
CREATE UNIQUE INDEX pack_ref_key ON attune.pack (lower(ref));

-- risky: constraint attune.workflow_task_execution.workflow_task_execution_task_key
ALTER TABLE attune.workflow_task_execution DROP CONSTRAINT workflow_task_execution_task_key;
CREATE UNIQUE INDEX workflow_task_execution_task_key ON attune.workflow_task_execution (workflow_execution,
    task_name, task_index);

-- risky: constraint attune.workflow_task_execution.workflow_task_execution_task_key
ALTER TABLE attune.workflow_task_execution DROP CONSTRAINT workflow_task_execution_task_key, ADD CONSTRAINT
    workflow_task_execution_task_key UNIQUE (workflow_execution, task_name, task_index);

-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_ref_key, ADD CONSTRAINT pack_ref_key UNIQUE (ref) INCLUDE (label);

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key, ADD CONSTRAINT
    workflow_execution_execution_key UNIQUE (execution) DEFERRABLE INITIALLY DEFERRED;

-- risky: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key, ADD CONSTRAINT
    workflow_execution_execution_key UNIQUE (execution) INCLUDE (id);

-- risky: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key, ADD CONSTRAINT
    workflow_execution_execution_key UNIQUE NULLS NOT DISTINCT (execution);

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key, ADD CONSTRAINT
    workflow_execution_execution_key UNIQUE (execution, workflow_def);

-- risky: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER INDEX attune.workflow_execution_execution_key RENAME TO x;

-- risky: constraint attune.pack.pack_id_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_id_ref_key CASCADE, ADD CONSTRAINT pack_id_ref_key UNIQUE (ref, id);

-- risky: constraint attune.workflow_execution.workflow_execution_pkey
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_pkey CASCADE, ADD CONSTRAINT
    workflow_execution_pkey PRIMARY KEY (id, execution);

-- risky: constraint attune.action.action_pkey
ALTER TABLE attune.action DROP CONSTRAINT action_pkey CASCADE, ADD CONSTRAINT action_pkey UNIQUE (id);

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_key
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_key;
ALTER TABLE attune.workflow_execution ADD CONSTRAINT workflow_execution_execution_key EXCLUDE (execution WITH =);

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution (id) ON DELETE SET NULL DEFERRABLE;

-- risky: constraint attune.execution.execution_parent_fkey
-- from 18
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution (id) ON DELETE SET NULL NOT ENFORCED;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution (id) ON DELETE NO ACTION;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution (id) ON DELETE SET DEFAULT;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution DROP CONSTRAINT execution_parent_fkey, ADD CONSTRAINT execution_parent_fkey FOREIGN KEY
    (parent) REFERENCES attune.execution (id) ON DELETE RESTRICT;

-- risky: constraint attune.execution.execution_parent_fkey
ALTER TABLE attune.execution ALTER CONSTRAINT execution_parent_fkey DEFERRABLE INITIALLY DEFERRED;

-- risky: constraint attune.runtime.runtime_pack_fkey
ALTER TABLE attune.runtime DROP CONSTRAINT runtime_pack_fkey, ADD CONSTRAINT runtime_pack_fkey FOREIGN KEY (pack,
    pack_ref) REFERENCES attune.pack (id, ref) ON DELETE CASCADE;

-- risky: constraint attune.pack.pack_meta_check
ALTER TABLE attune.pack DROP CONSTRAINT pack_meta_check,
    ADD CONSTRAINT pack_meta_check CHECK (jsonb_typeof(meta) = 'object') NOT VALID;

-- risky: constraint attune.pack.pack_meta_check
UPDATE pg_constraint SET convalidated = false
WHERE conname = 'pack_meta_check' AND conrelid = 'attune.pack'::regclass;

-- risky: constraint attune.pack.pack_config_check
-- risky: constraint attune.pack.pack_meta_check
ALTER TABLE attune.pack RENAME CONSTRAINT pack_meta_check TO tmp;
ALTER TABLE attune.pack RENAME CONSTRAINT pack_config_check TO pack_meta_check;
ALTER TABLE attune.pack RENAME CONSTRAINT tmp TO pack_config_check;

-- harmless: constraint attune.pack.pack_pkey
ALTER INDEX attune.pack_pkey SET (fillfactor = 50);

-- risky: constraint attune.pack.pack_ref_key
UPDATE pg_index SET indislive = false WHERE indexrelid = 'attune.pack_ref_key'::regclass;

-- risky: constraint attune.pack.pack_label_key
-- risky: constraint attune.pack.pack_label_check
ALTER TABLE attune.pack ADD UNIQUE (label), ADD CHECK (label <> 'q');

-- risky: constraint attune.pack.pack_pkey
ALTER TABLE attune.pack DROP CONSTRAINT pack_pkey CASCADE, ADD CONSTRAINT other PRIMARY KEY (id);

-- breaking: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (false) NOT VALID;

-- risky: constraint attune.runtime.runtime_pack_fkey
ALTER TABLE attune.runtime DROP CONSTRAINT runtime_pack_fkey, ADD CONSTRAINT runtime_pack_fkey FOREIGN KEY (pack)
    REFERENCES attune.pack (id) ON DELETE CASCADE;

-- harmless: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (1 = 1);

-- harmless: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (label IS NOT NULL);

-- harmless: constraint attune.pack.extra
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (jsonb_typeof(meta) = 'object') NOT VALID;

-- harmless: constraint attune.execution.extra
ALTER TABLE attune.execution ADD CONSTRAINT extra FOREIGN KEY (action) REFERENCES attune.action ON DELETE SET NULL;

-- breaking: constraint attune.pack.extra
CREATE FUNCTION public.no(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE ''never''; END';
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (public.no(description)) NOT VALID;

-- breaking: constraint attune.pack.extra
-- @service
CREATE FUNCTION public.yes(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
REVOKE EXECUTE ON FUNCTION public.yes FROM public;
ALTER TABLE attune.pack ADD CONSTRAINT extra CHECK (public.yes(label));

-- # indexes

-- risky: index attune.execution.execution_idempotency_key_idx
DROP INDEX attune.execution_idempotency_key_idx;
ALTER TABLE attune.execution ADD CONSTRAINT execution_idempotency_key_idx UNIQUE (idempotency_key);

-- breaking: index attune.execution.execution_idempotency_key_idx
DROP INDEX attune.execution_idempotency_key_idx;
ALTER TABLE attune.execution ADD CONSTRAINT other UNIQUE (idempotency_key) DEFERRABLE;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;

-- harmless: index attune.workflow_task_execution.workflow_task_execution_retry_idx
ALTER INDEX attune.workflow_task_execution_retry_idx RENAME TO other;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'attune.workflow_task_execution_retry_idx'::regclass;

-- harmless: index attune.pack.extra
CREATE INDEX extra ON attune.pack (label);

-- risky: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack (label);

-- risky: operator class gin_trgm_ops
DROP EXTENSION pg_trgm CASCADE;

-- harmless: index attune.pack.pack_standard_idx
-- harmless: index attune.pack.pack_tags_idx
ALTER INDEX attune.pack_tags_idx RENAME TO tmp;
ALTER INDEX attune.pack_standard_idx RENAME TO pack_tags_idx;
ALTER INDEX attune.tmp RENAME TO pack_standard_idx;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at DESC, id) WHERE
    next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at NULLS FIRST, id)
    WHERE next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at, id);

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (id, next_retry_at) WHERE
    next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at) INCLUDE (id) WHERE
    next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution USING brin (next_retry_at, id)
    WHERE next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at, abs(id)) WHERE
    next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at, id) WHERE
    next_retry_at IS NOT NULL AND id > 0;

-- harmless: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at, id) WITH
    (fillfactor = 50) WHERE next_retry_at IS NOT NULL;

-- harmless: index attune.workflow_task_execution.workflow_task_execution_retry_idx
ALTER INDEX attune.workflow_task_execution_retry_idx SET (fillfactor = 50);

-- harmless: index attune.workflow_task_execution.workflow_task_execution_retry_idx
ALTER INDEX attune.workflow_task_execution_retry_idx SET (deduplicate_items = off);

-- harmless: index attune.pack.pack_tags_idx
ALTER INDEX attune.pack_tags_idx SET (fastupdate = off);

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
DROP INDEX attune.workflow_task_execution_retry_idx;
CREATE UNIQUE INDEX workflow_task_execution_retry_idx ON attune.workflow_task_execution (next_retry_at, id) WHERE
    next_retry_at IS NOT NULL;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
UPDATE pg_index SET indisready = false WHERE indexrelid = 'attune.workflow_task_execution_retry_idx'::regclass;

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
UPDATE pg_index SET indislive = false WHERE indexrelid = 'attune.workflow_task_execution_retry_idx'::regclass;

-- harmless: index attune.pack.extra
CREATE INDEX extra ON attune.pack (lower(label));

-- risky: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack ((1));

-- risky: index attune.execution.execution_parent_idx
DROP INDEX attune.execution_parent_idx;
CREATE INDEX execution_parent_idx ON attune.execution (parent);

-- harmless: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack (ref) WHERE is_standard;

-- harmless: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack (lower(label), id DESC) INCLUDE (version);

-- risky: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack (description) INCLUDE (id);

-- breaking: index attune.pack.extra
-- @service
CREATE FUNCTION public.same(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
REVOKE EXECUTE ON FUNCTION public.same FROM public;
CREATE INDEX extra ON attune.pack (public.same(label));

-- risky: index attune.workflow_task_execution.workflow_task_execution_retry_idx
-- harmless: index attune.workflow_task_execution.workflow_task_execution_retry_idx
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'attune.workflow_task_execution_retry_idx'::regclass;
ALTER INDEX attune.workflow_task_execution_retry_idx RENAME TO "the ""retries""";

-- risky: index attune.action.action_search_idx
ALTER EXTENSION pg_trgm SET SCHEMA public;
DROP INDEX attune.action_search_idx;

-- harmless: index attune.execution.again
CREATE UNIQUE INDEX again ON attune.execution (idempotency_key) WHERE idempotency_key IS NOT NULL;

-- # views

-- breaking: view attune.workflow_task_detail
DROP VIEW attune.workflow_task_detail;

-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME TO other;

-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME status TO state;

-- risky: view attune.workflow_task_detail
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW attune.workflow_task_detail AS '
    || replace(pg_get_viewdef('attune.workflow_task_detail'), 't.status,', 'e.status,'); END $$;

-- harmless: view attune.extra
CREATE VIEW attune.extra AS SELECT 1 AS a;

-- breaking: view attune.workflow_execution_summary
-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME TO tmp;
ALTER VIEW attune.workflow_execution_summary RENAME TO workflow_task_detail;
ALTER VIEW attune.tmp RENAME TO workflow_execution_summary;

-- risky: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail SET (security_invoker = true);

-- risky: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail SET (security_barrier = true);

-- harmless: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail SET (security_barrier = false);

-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME TO task_detail;

-- risky: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail ALTER task_index SET DEFAULT 4;

-- risky: view attune.workflow_task_detail
DROP VIEW attune.workflow_task_detail;
CREATE MATERIALIZED VIEW attune.workflow_task_detail AS
SELECT t.id, t.workflow_execution, t.execution, e.action_ref, t.task_name, t.task_index, t.task_batch, t.status,
    CASE WHEN t.task_name = ANY (w.skipped_tasks) THEN 'skipped'::attune.workflow_task_status
        ELSE attune.task_status(t.status) END AS task_status,
    t.started_at, t.completed_at, t.duration_ms, t.retry_count, t.max_retries, t.next_retry_at, t.timed_out
FROM attune.workflow_task_execution t JOIN attune.workflow_execution w ON w.id = t.workflow_execution
JOIN attune.execution e ON e.id = t.execution;

-- harmless: view attune.extra
CREATE VIEW attune.extra AS SELECT * FROM attune.pack WITH CHECK OPTION;

-- harmless: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail SET (security_invoker = off);

-- risky: view attune.workflow_task_detail
DROP VIEW attune.workflow_task_detail;
CREATE VIEW attune.workflow_task_detail AS
SELECT t.workflow_execution, t.id, t.execution, e.action_ref, t.task_name, t.task_index, t.task_batch, t.status,
    CASE WHEN t.task_name = ANY (w.skipped_tasks) THEN 'skipped'::attune.workflow_task_status
        ELSE attune.task_status(t.status) END AS task_status,
    t.started_at, t.completed_at, t.duration_ms, t.retry_count, t.max_retries, t.next_retry_at, t.timed_out
FROM attune.workflow_task_execution t JOIN attune.workflow_execution w ON w.id = t.workflow_execution
JOIN attune.execution e ON e.id = t.execution;

-- breaking: view attune.workflow_task_detail
DROP VIEW attune.workflow_task_detail;
CREATE TABLE attune.workflow_task_detail (id bigint);

-- # functions

-- risky: function attune.set_updated()
DROP FUNCTION attune.set_updated() CASCADE;

-- breaking: function attune.is_terminal(status attune.execution_status)
DROP FUNCTION attune.is_terminal CASCADE;

-- breaking: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names RENAME TO sum_names;

-- risky: function attune.task_status(status attune.execution_status)
ALTER FUNCTION attune.task_status RENAME TO other;

-- risky: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names VOLATILE;

-- risky: function attune.set_updated()
CREATE OR REPLACE FUNCTION attune.set_updated() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';

-- harmless: function attune.extra()
CREATE FUNCTION attune.extra() RETURNS int LANGUAGE sql RETURN 1;

-- risky: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names CALLED ON NULL INPUT;

-- risky: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names SECURITY DEFINER;

-- risky: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names LEAKPROOF;

-- risky: function attune.is_terminal(status attune.execution_status)
CREATE OR REPLACE FUNCTION attune.is_terminal(status attune.execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN status IN ('completed', 'failed');

-- harmless: function attune.add_names(list character varying[], names character varying[])
CREATE FUNCTION attune.add_names(list varchar[], names varchar[]) RETURNS varchar[] LANGUAGE sql RETURN list;

-- breaking: function attune.add_names(list text[], names text[], more integer)
CREATE FUNCTION attune.add_names(list text[], names text[], more int DEFAULT 0) RETURNS text[] LANGUAGE sql RETURN
    list;

-- risky: function attune.add_names(list text[], names text[])
DROP FUNCTION attune.add_names;
CREATE FUNCTION attune.add_names(list varchar[], names varchar[]) RETURNS varchar[] LANGUAGE sql RETURN list;

-- risky: function attune.add_names(list text[], names text[])
DROP FUNCTION attune.add_names;
CREATE FUNCTION attune.add_names(a text[], b text[]) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN a || b;

-- breaking: function attune.elapsed_ms(since timestamp with time zone, until timestamp with time zone)
DROP FUNCTION attune.elapsed_ms(timestamptz, timestamptz);

-- breaking: function attune.contains_pattern(fragment text)
DROP FUNCTION attune.contains_pattern;
CREATE FUNCTION attune.contains_pattern(fragment text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$select 'a'$$;

-- harmless: function attune.eq(bigint, bigint)
CREATE FUNCTION attune.eq(bigint, bigint) RETURNS boolean LANGUAGE sql RETURN false;
CREATE OPERATOR attune.= (leftarg = bigint, rightarg = bigint, function = attune.eq);

-- risky: function attune.set_updated()
ALTER FUNCTION attune.set_updated SET SCHEMA public;

-- harmless: function attune.cardinality(text[])
CREATE FUNCTION attune.cardinality(text[]) RETURNS int LANGUAGE sql RETURN 1;

-- harmless: function attune.set_updated(a integer)
CREATE FUNCTION attune.set_updated(a int) RETURNS int LANGUAGE sql RETURN 1;

-- breaking: function attune.elapsed_ms(since timestamp with time zone, until timestamp with time zone, more integer)
CREATE FUNCTION attune.elapsed_ms(since timestamptz, until timestamptz, more int DEFAULT 0) RETURNS bigint LANGUAGE
    sql RETURN 1;

-- harmless: function attune.is_terminal(VARIADIC status attune.execution_status[])
CREATE FUNCTION attune.is_terminal(VARIADIC status attune.execution_status[]) RETURNS boolean LANGUAGE sql RETURN
    true;

-- harmless: function attune.task_status(status attune.execution_status, x integer)
CREATE FUNCTION attune.task_status(status attune.execution_status, x int DEFAULT 0) RETURNS int LANGUAGE sql RETURN
    1;

-- breaking: function attune.execution_tree(execution bigint)
DROP FUNCTION attune.execution_tree;
CREATE FUNCTION attune.execution_tree(execution bigint) RETURNS SETOF bigint LANGUAGE sql AS 'SELECT 1::bigint';

-- breaking: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names RENAME TO "the ""names""";

-- # triggers

-- risky: foreign keys of attune.pack
ALTER TABLE attune.pack DISABLE TRIGGER ALL, ENABLE TRIGGER USER;

-- risky: trigger attune.pack.pack_set_updated
DROP TRIGGER pack_set_updated ON attune.pack;

-- risky: trigger attune.pack.pack_set_updated
ALTER TABLE attune.pack DISABLE TRIGGER pack_set_updated;

-- harmless: trigger attune.pack.pack_set_updated
ALTER TRIGGER pack_set_updated ON attune.pack RENAME TO other;

-- harmless: trigger attune.pack.pack_set_updated
ALTER TABLE attune.pack ENABLE ALWAYS TRIGGER pack_set_updated;

-- risky: trigger attune.pack.pack_set_updated
DROP TRIGGER pack_set_updated ON attune.pack;
CREATE CONSTRAINT TRIGGER pack_set_updated AFTER UPDATE ON attune.pack DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION attune.set_updated();

-- risky: trigger attune.pack.pack_set_updated
DROP TRIGGER pack_set_updated ON attune.pack;
CREATE TRIGGER pack_set_updated BEFORE UPDATE OF label ON attune.pack FOR EACH ROW EXECUTE FUNCTION
    attune.set_updated();

-- risky: trigger attune.pack.pack_set_updated
DROP TRIGGER pack_set_updated ON attune.pack;
CREATE FUNCTION public.set_updated() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER pack_set_updated BEFORE UPDATE ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.set_updated();

-- risky: trigger attune.pack.extra
CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
CREATE TRIGGER extra BEFORE INSERT ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.no();

-- harmless: trigger attune.pack.extra
CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
CREATE TRIGGER extra BEFORE INSERT ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.no();
ALTER TABLE attune.pack DISABLE TRIGGER extra;

-- risky: trigger attune.pack.extra
CREATE TRIGGER extra AFTER INSERT ON attune.pack FOR EACH STATEMENT EXECUTE FUNCTION attune.set_updated();

-- risky: foreign keys of attune.execution
ALTER TABLE attune.execution DISABLE TRIGGER ALL;
ALTER TABLE attune.execution ENABLE TRIGGER USER;

-- harmless: trigger attune.pack."the ""truncation"""
CREATE TRIGGER "the ""truncation""" BEFORE TRUNCATE ON attune.pack EXECUTE FUNCTION attune.set_updated();

-- risky: trigger attune.pack.pack_set_updated
-- harmless: trigger attune.pack.pack_set_updated
ALTER TRIGGER pack_set_updated ON attune.pack RENAME TO "the ""stamp""";
ALTER TABLE attune.pack DISABLE TRIGGER "the ""stamp""";

-- # rights, row security, rules

-- breaking: rule on attune.pack
CREATE RULE extra AS ON INSERT TO attune.pack DO INSTEAD NOTHING;

-- risky: rule on attune.pack
CREATE RULE extra AS ON INSERT TO attune.pack DO ALSO NOTIFY extra;

-- risky: row security of attune.pack
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;

-- harmless: row security of attune.pack
ALTER TABLE attune.pack FORCE ROW LEVEL SECURITY;

-- harmless: row security of attune.pack
CREATE POLICY p ON attune.pack USING (false);

-- breaking: rule on attune.execution
CREATE RULE extra AS ON UPDATE TO attune.execution WHERE OLD.id < 0 DO INSTEAD NOTHING;

-- harmless: rule on attune.pack
CREATE RULE extra AS ON INSERT TO attune.pack DO INSTEAD NOTHING;
ALTER TABLE attune.pack DISABLE RULE extra;

-- harmless: rule on attune.workflow_task_detail
CREATE RULE extra AS ON INSERT TO attune.workflow_task_detail DO INSTEAD NOTHING;

-- nothing
-- @service
SELECT 1;

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;

-- risky: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (true);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack TO pg_monitor USING (true);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack FOR SELECT USING (true);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack AS RESTRICTIVE USING (true);

-- breaking: role attune_test_service
-- @service
REVOKE INSERT ON attune.pack FROM attune_test_service;

-- breaking: role attune_test_service
-- @service
REVOKE SELECT ON attune.workflow_task_detail FROM attune_test_service;

-- breaking: role attune_test_service
-- @service
REVOKE USAGE ON SCHEMA attune FROM attune_test_service;

-- breaking: role attune_test_service
-- @service
REVOKE SELECT ON attune.pack FROM attune_test_service;
GRANT SELECT (id, ref) ON attune.pack TO attune_test_service;

-- harmless: column attune.pack.extra
-- @service
REVOKE SELECT ON attune.pack FROM attune_test_service;
GRANT SELECT (id, ref, label, description, version, conf_schema, config, meta, tags, runtime_deps, is_standard,
    created, updated) ON attune.pack TO attune_test_service;
ALTER TABLE attune.pack ADD extra int;

-- breaking: role attune_test_service
-- @service
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA attune FROM public;

-- nothing
-- @service
REVOKE EXECUTE ON FUNCTION attune.set_updated FROM public;

-- breaking: role attune_test_service
-- @service
REVOKE EXECUTE ON FUNCTION attune.task_status FROM public;

-- nothing
-- @service
REVOKE USAGE ON TYPE attune.execution_status FROM public;

-- nothing
-- @service
REVOKE ALL ON ALL SEQUENCES IN SCHEMA attune FROM attune_test_service;

-- breaking: role attune_test_service
-- risky: column attune.pack.id
-- @service
ALTER TABLE attune.pack ALTER id DROP IDENTITY;
CREATE SEQUENCE attune.s;
ALTER TABLE attune.pack ALTER id SET DEFAULT nextval('attune.s');

-- nothing
-- @service
ALTER DEFAULT PRIVILEGES IN SCHEMA attune REVOKE SELECT ON TABLES FROM attune_test_service;

-- breaking: role attune_test_service
-- @service
ALTER VIEW attune.workflow_task_detail OWNER TO attune_test_service;
REVOKE SELECT ON attune.execution FROM attune_test_service;

-- breaking: view attune.workflow_task_detail
-- @service
CREATE ROLE attune_test_owner;
ALTER VIEW attune.workflow_task_detail OWNER TO attune_test_owner;
GRANT SELECT ON attune.workflow_task_detail TO attune_test_service;

-- breaking: role attune_test_service
-- risky: view attune.workflow_task_detail
-- @service
ALTER VIEW attune.workflow_task_detail SET (security_invoker = true);
REVOKE EXECUTE ON FUNCTION attune.task_status FROM public;

-- breaking: migrations
-- @service
REVOKE SELECT ON attune.schema_migrations FROM attune_test_service;

-- breaking: role attune_test_reader
CREATE ROLE attune_test_reader;
GRANT pg_read_all_data TO attune_test_reader;
SET ROLE attune_test_reader;

-- breaking: migrations
-- breaking: role attune_test_nobody
CREATE ROLE attune_test_nobody;
REVOKE ALL ON SCHEMA attune FROM public;
SET ROLE attune_test_nobody;

-- breaking: role attune_test_service
-- @service
REVOKE UPDATE ON attune.pack FROM attune_test_service;
GRANT UPDATE (label) ON attune.pack TO attune_test_service;

-- breaking: role attune_test_service
-- @service
REVOKE DELETE ON ALL TABLES IN SCHEMA attune FROM attune_test_service;

-- breaking: role attune_test_service
-- @service
REVOKE SELECT, UPDATE ON attune.pack FROM attune_test_service;
REVOKE EXECUTE ON FUNCTION attune.add_names FROM public;

-- risky: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack FOR ALL TO attune_test_service USING (true) WITH CHECK (true);

-- risky: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
ALTER ROLE attune_test_service BYPASSRLS;

-- risky: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE ROLE attune_test_group;
GRANT attune_test_group TO attune_test_service;
CREATE POLICY p ON attune.pack TO attune_test_group USING (true);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack OWNER TO attune_test_service;
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
ALTER TABLE attune.pack FORCE ROW LEVEL SECURITY;

-- breaking: migrations
-- @service
ALTER TABLE attune.schema_migrations ENABLE ROW LEVEL SECURITY;

-- harmless: function attune.extra()
-- @service
CREATE FUNCTION attune.extra() RETURNS int LANGUAGE sql RETURN 1;
REVOKE EXECUTE ON FUNCTION attune.extra FROM public;

-- harmless: function attune.add_names(integer)
-- @service
CREATE FUNCTION attune.add_names(int) RETURNS int LANGUAGE sql RETURN 1;
REVOKE EXECUTE ON FUNCTION attune.add_names(int) FROM public;

-- harmless: table attune.extra
-- @service
CREATE TABLE attune.extra (a int);

-- breaking: column attune.pack.extra
-- @service
CREATE DOMAIN attune.nn AS int NOT NULL;
REVOKE USAGE ON TYPE attune.nn FROM public;
ALTER TABLE attune.pack ADD extra attune.nn;

-- breaking: column attune.pack.extra
-- @service
CREATE SCHEMA hidden;
CREATE DOMAIN hidden.nn AS int NOT NULL;
ALTER TABLE attune.pack ADD extra hidden.nn;

-- nothing
-- @service
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM public', current_database()); END $$;

-- nothing
-- @service
REVOKE SELECT ON attune.pack FROM attune_test_service;
GRANT pg_read_all_data TO attune_test_service;

-- nothing
CREATE ROLE attune_test_owner;
ALTER SCHEMA attune OWNER TO attune_test_owner;

-- breaking: migrations
-- breaking: role attune_test_owner
CREATE ROLE attune_test_owner;
ALTER SCHEMA attune OWNER TO attune_test_owner;
ALTER TABLE attune.pack OWNER TO attune_test_owner;
ALTER TABLE attune.runtime OWNER TO attune_test_owner;
SET ROLE attune_test_owner;

-- # renamed, or copied, with another one in its place

-- breaking: rule on attune.workflow_execution
CREATE RULE extra AS ON INSERT TO attune.workflow_execution DO ALSO NOTIFY extra;

-- breaking: rule on attune.execution
CREATE RULE extra AS ON UPDATE TO attune.execution DO ALSO NOTIFY extra;

-- breaking: row security of attune.pack
-- @service
CREATE TABLE public.tenant (name text);
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (EXISTS (SELECT FROM public.tenant WHERE name = ref));

-- breaking: row security of attune.execution
-- @service
ALTER TABLE attune.execution ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.execution USING (true);

-- breaking: role attune_test_service
-- risky: column attune.execution.losses
-- @service
CREATE SCHEMA other;
CREATE SEQUENCE other."the ""losses""";
ALTER TABLE attune.execution ALTER losses SET DEFAULT nextval('other."the ""losses"""');

-- # renamed, with an empty one in its place

-- breaking: column attune.pack.description
ALTER TABLE attune.pack RENAME description TO description_old;
ALTER TABLE attune.pack ADD description text;

-- breaking: column attune.pack.tags
ALTER TABLE attune.pack RENAME tags TO old;
ALTER TABLE attune.pack ADD tags text[] NOT NULL DEFAULT '{}';

-- breaking: table attune.execution
ALTER TABLE attune.execution RENAME TO execution_old;
CREATE TABLE attune.execution (LIKE attune.execution_old INCLUDING ALL);

-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.workflow_task_status RENAME TO old;
CREATE TYPE attune.workflow_task_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped', 'cancelled');

-- breaking: function attune.add_names(list text[], names text[])
ALTER FUNCTION attune.add_names RENAME TO old;
CREATE FUNCTION attune.add_names(list text[], names text[]) RETURNS text[] LANGUAGE sql RETURN '{}'::text[];

-- risky: function attune.is_terminal(status attune.execution_status)
ALTER FUNCTION attune.is_terminal RENAME TO old;
CREATE FUNCTION attune.is_terminal(status attune.execution_status) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');

-- breaking: column attune.workflow_task_attempt.status
-- harmless: enum attune.state
CREATE TYPE attune.state AS ENUM ('requested', 'scheduling', 'scheduled', 'running', 'completed', 'failed', 'canceling',
    'cancelled', 'timeout', 'abandoned');
ALTER TABLE attune.workflow_task_attempt ALTER status TYPE attune.state USING status::text::attune.state;

-- risky: trigger attune.pack.pack_set_updated
-- harmless: function attune.stamp()
CREATE FUNCTION attune.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated := clock_timestamp();
    RETURN NEW;
END;
$$;
CREATE OR REPLACE TRIGGER pack_set_updated BEFORE UPDATE ON attune.pack FOR EACH ROW EXECUTE FUNCTION attune.stamp();

-- # renamed, and another one has the name now

-- breaking: table attune.pack
-- breaking: table attune.runtime
ALTER TABLE attune.pack RENAME TO bundle;
ALTER TABLE attune.runtime RENAME TO pack;

-- breaking: table attune.worker
-- breaking: table attune.runtime
DROP TABLE attune.runtime CASCADE;
ALTER TABLE attune.worker RENAME TO runtime;

-- breaking: column attune.pack.description
-- breaking: column attune.pack.label
ALTER TABLE attune.pack RENAME label TO title;
ALTER TABLE attune.pack RENAME description TO label;

-- breaking: column attune.pack.meta
-- breaking: column attune.pack.conf_schema
-- breaking: column attune.pack.config
-- breaking: column attune.pack.version
ALTER TABLE attune.pack DROP version CASCADE;
ALTER TABLE attune.pack RENAME config TO conf;
ALTER TABLE attune.pack RENAME conf_schema TO config;
ALTER TABLE attune.pack RENAME meta TO conf_schema;

-- breaking: column attune.pack.description
-- breaking: column attune.pack.label
ALTER TABLE attune.pack RENAME label TO title;
ALTER TABLE attune.pack RENAME description TO label;
ALTER TABLE attune.pack ADD description text;

-- risky: constraint attune.pack.pack_ref_key
-- risky: constraint attune.pack.pack_ref_check
ALTER TABLE attune.pack RENAME CONSTRAINT pack_ref_key TO tmp;
ALTER TABLE attune.pack RENAME CONSTRAINT pack_ref_check TO pack_ref_key;
ALTER TABLE attune.pack RENAME CONSTRAINT tmp TO pack_ref_check;

-- breaking: constraint attune.action.action_pack_fkey
-- breaking: constraint attune.runtime.runtime_pack_fkey
-- breaking: constraint attune.workflow_definition.workflow_definition_pack_fkey
-- risky: constraint attune.pack.pack_id_ref_key
-- risky: constraint attune.pack.pack_pkey
-- risky: constraint attune.pack.pack_ref_key
-- risky: trigger attune.pack.pack_set_updated
-- risky: sequence attune.pack_copy_id_seq
-- harmless: table attune.pack_old
-- harmless: index attune.pack.pack_standard_idx
-- harmless: index attune.pack.pack_tags_idx
INSERT INTO attune.pack (id, ref, label, version) VALUES (9, 'nine', 'x', '1.0.0');
CREATE TABLE attune.pack_copy (LIKE attune.pack INCLUDING ALL);
INSERT INTO attune.pack_copy SELECT * FROM attune.pack;
ALTER TABLE attune.pack RENAME TO pack_old;
ALTER TABLE attune.pack_copy RENAME TO pack;

-- risky: index attune.pack.pack_tags_idx
-- harmless: index attune.runtime.pack_tags_idx
DROP INDEX attune.pack_tags_idx;
CREATE INDEX pack_tags_idx ON attune.runtime (name);

-- risky: constraint attune.worker.worker_pkey
-- harmless: table attune.old
ALTER TABLE attune.worker DROP CONSTRAINT worker_pkey CASCADE;
CREATE TABLE attune.old (a int CONSTRAINT worker_pkey PRIMARY KEY);

-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.execution_status RENAME TO status;
ALTER TYPE attune.workflow_task_status RENAME TO execution_status;

-- breaking: function attune.is_terminal(status attune.execution_status)
-- risky: function attune.task_status(status attune.execution_status)
ALTER FUNCTION attune.is_terminal RENAME TO tmp;
ALTER FUNCTION attune.task_status RENAME TO is_terminal;
ALTER FUNCTION attune.tmp RENAME TO task_status;

-- breaking: function attune.contains_pattern(fragment text)
-- harmless: function attune.contains_pattern(fragment text, more integer)
ALTER FUNCTION attune.contains_pattern RENAME TO other;
CREATE FUNCTION attune.contains_pattern(fragment text, more int) RETURNS text LANGUAGE sql RETURN fragment;

-- breaking: view attune.workflow_execution_summary
-- breaking: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME TO detail;
ALTER VIEW attune.workflow_execution_summary RENAME TO workflow_task_detail;

-- risky: constraint attune.pack.pack_id_ref_key
-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack RENAME CONSTRAINT pack_ref_key TO other;
ALTER TABLE attune.pack RENAME CONSTRAINT pack_id_ref_key TO pack_ref_key;

-- harmless: index attune.pack.pack_standard_idx
-- harmless: index attune.pack.pack_tags_idx
ALTER INDEX attune.pack_tags_idx RENAME TO other;
ALTER INDEX attune.pack_standard_idx RENAME TO pack_tags_idx;

-- harmless: trigger attune.workflow_execution.workflow_execution_hold_tasks
-- harmless: trigger attune.workflow_execution.workflow_execution_set_updated
ALTER TRIGGER workflow_execution_set_updated ON attune.workflow_execution RENAME TO other;
ALTER TRIGGER workflow_execution_hold_tasks ON attune.workflow_execution RENAME TO workflow_execution_set_updated;

-- # several causes

-- risky: constraint attune.action.action_pkey
-- risky: constraint attune.execution.execution_action_fkey
ALTER TABLE attune.action RENAME CONSTRAINT action_pkey TO other;
ALTER TABLE attune.execution DROP CONSTRAINT execution_action_fkey;

-- breaking: column attune.pack.ref
-- risky: constraint attune.pack.pack_ref_key
ALTER TABLE attune.pack DROP CONSTRAINT pack_ref_key;
ALTER TABLE attune.pack ALTER ref TYPE varchar(200);

-- breaking: column attune.pack.label
-- breaking: column attune.pack.meta
-- risky: column attune.pack.label
ALTER TABLE attune.pack RENAME label TO title;
ALTER TABLE attune.pack ALTER title DROP NOT NULL;
ALTER TABLE attune.pack DROP meta;

-- breaking: function attune.add_names(list text[], names text[])
-- breaking: column attune.workflow_execution.current_tasks
ALTER FUNCTION attune.add_names RENAME TO sum_names;
ALTER TABLE attune.workflow_execution RENAME current_tasks TO running_tasks;

-- breaking: function attune.add_names(list text[], names text[], more integer)
-- breaking: column attune.workflow_execution.status
ALTER TABLE attune.workflow_execution RENAME status TO state;
CREATE FUNCTION attune.add_names(list text[], names text[], more int DEFAULT 0) RETURNS text[] LANGUAGE sql RETURN
    list;

-- breaking: view attune.workflow_task_detail
-- risky: view attune.workflow_task_detail
ALTER VIEW attune.workflow_task_detail RENAME status TO state;
ALTER VIEW attune.workflow_task_detail SET (security_invoker = true);

-- breaking: function attune.is_terminal(status attune.execution_status)
-- risky: migrations
DROP FUNCTION attune.is_terminal CASCADE;
TRUNCATE attune.schema_migrations;

-- breaking: table attune.pack
-- breaking: column attune.pack.label
-- risky: constraint attune.pack.pack_ref_key
-- risky: index attune.pack.pack_tags_idx
ALTER TABLE attune.pack RENAME TO packs;
ALTER TABLE attune.packs RENAME label TO title;
ALTER TABLE attune.packs DROP CONSTRAINT pack_ref_key;
DROP INDEX attune.pack_tags_idx;

-- risky: index attune.pack.pack_tags_idx
-- harmless: index attune.pack.pack_tags_idx
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'attune.pack_tags_idx'::regclass;
ALTER INDEX attune.pack_tags_idx RENAME TO other;

-- risky: trigger attune.pack.pack_set_updated
-- harmless: trigger attune.pack.pack_set_updated
ALTER TRIGGER pack_set_updated ON attune.pack RENAME TO "Other";
ALTER TABLE attune.pack DISABLE TRIGGER "Other";

-- risky: trigger attune.pack.pack_set_updated
-- risky: trigger attune.pack.pack_set_updated
DROP TRIGGER pack_set_updated ON attune.pack;
CREATE TRIGGER pack_set_updated BEFORE UPDATE OF label ON attune.pack FOR EACH ROW EXECUTE FUNCTION
    attune.set_updated();
ALTER TABLE attune.pack DISABLE TRIGGER pack_set_updated;

-- # what is asked of the server

-- breaking: column attune.pack.label
-- from 18
INSERT INTO attune.pack (ref, label, version) VALUES ('null', 'x', '1.0.0');
ALTER TABLE attune.pack ALTER label DROP NOT NULL;
UPDATE attune.pack SET label = NULL WHERE ref = 'null';
ALTER TABLE attune.pack ADD CONSTRAINT extra NOT NULL label NOT VALID;

-- risky: column attune.pack.label
-- from 18
ALTER TABLE attune.pack ALTER label DROP NOT NULL;
ALTER TABLE attune.pack ADD CONSTRAINT extra NOT NULL label NOT VALID;

-- risky: column attune.pack.label
ALTER TABLE attune.pack ALTER label DROP NOT NULL, ADD CONSTRAINT extra CHECK (label IS NOT NULL);

-- breaking: column attune.pack.extra
CREATE FUNCTION public.no() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''never''; END';
ALTER TABLE attune.pack ADD extra text;
ALTER TABLE attune.pack ALTER extra SET DEFAULT public.no();

-- breaking: column attune.pack.extra
-- @service
CREATE FUNCTION public.no() RETURNS text LANGUAGE sql RETURN 'a';
REVOKE EXECUTE ON FUNCTION public.no FROM public;
ALTER TABLE attune.pack ADD extra text;
ALTER TABLE attune.pack ALTER extra SET DEFAULT public.no();

-- breaking: column attune.pack.created
ALTER TABLE attune.pack ALTER created SET DEFAULT to_timestamp(1 / 0);

-- breaking: column attune.execution.finished_at
ALTER TABLE attune.execution ALTER finished_at SET DEFAULT to_timestamp(1 / 0);

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra int GENERATED ALWAYS AS (1 / coalesce(length(description), 0)) STORED;

-- harmless: column attune.execution.extra
-- from 18
ALTER TABLE attune.execution ADD extra int GENERATED ALWAYS AS (1 / (attempt - attempt)) VIRTUAL;

-- harmless: column attune.pack.created
ALTER TABLE attune.pack ALTER created SET DEFAULT CURRENT_TIMESTAMP;

-- risky: column attune.pack.extra
-- risky: trigger attune.pack.fill
ALTER TABLE attune.pack ADD extra int NOT NULL;
CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.extra := 1; RETURN NEW; END';
CREATE TRIGGER fill BEFORE INSERT ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.fill();

-- risky: column attune.pack.extra
-- risky: trigger attune.pack.fill
ALTER TABLE attune.pack ADD extra int NOT NULL;
CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN SELECT 1 INTO STRICT NEW.extra; RETURN NEW; END';
CREATE TRIGGER fill BEFORE INSERT ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.fill();

-- breaking: column attune.pack.extra
-- risky: trigger attune.pack.fill
ALTER TABLE attune.pack ADD extra int NOT NULL;
CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
    -- NEW.extra := 1;
    IF NEW.extra = 1 THEN RAISE ''one''; END IF; RETURN NEW;
END';
CREATE TRIGGER fill BEFORE INSERT ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.fill();

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (false);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (true) WITH CHECK (1 > 2);

-- breaking: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (true);
CREATE POLICY q ON attune.pack AS RESTRICTIVE USING (current_user = 'nobody');

-- risky: row security of attune.pack
-- @service
ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON attune.pack USING (label <> 'x');

-- breaking: column attune.worker.name
INSERT INTO attune.worker (name, lease_ms) VALUES ('w', 1);
ALTER TABLE attune.worker DROP name;
ALTER TABLE attune.worker ADD name text;

-- breaking: column attune.pack.extra
ALTER TABLE attune.pack ADD extra text NOT NULL DEFAULT 'a';
ALTER TABLE attune.pack ALTER extra SET DEFAULT nullif('a', 'a');

-- risky: column attune.pack.extra
CREATE TABLE public.log (a int);
CREATE FUNCTION public.logged() RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (1); RETURN 1; END';
ALTER TABLE attune.pack ADD extra int;
ALTER TABLE attune.pack ALTER extra SET DEFAULT public.logged();

-- risky: column attune.pack.description
-- risky: column attune.pack.created
-- risky: trigger attune.pack.fill
UPDATE attune.pack SET description = '' WHERE description IS NULL;
ALTER TABLE attune.pack ALTER description SET NOT NULL, ALTER created DROP DEFAULT;
CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
    NEW.description := coalesce(NEW.description, '''');
    IF NEW.created IS NULL THEN NEW.created := now(); END IF;
    RETURN NEW;
END';
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON attune.pack FOR EACH ROW EXECUTE FUNCTION public.fill();

-- # what no statement meets

-- harmless: index attune.pack.extra
CREATE UNIQUE INDEX extra ON attune.pack (ref);

-- harmless: trigger attune.pack.extra
CREATE TRIGGER extra BEFORE TRUNCATE ON attune.pack EXECUTE FUNCTION attune.set_updated();

-- risky: table attune.pack
ALTER EXTENSION pg_trgm ADD TABLE attune.pack;

-- nothing
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW attune.workflow_execution_summary AS ' || replace(replace(
    pg_get_viewdef('attune.workflow_execution_summary'), 'w.', 'other.'), 'workflow_execution w', 'workflow_execution other'
); END $$;

-- breaking: constraint attune.workflow_execution.workflow_execution_execution_fkey
ALTER TABLE attune.workflow_execution DROP CONSTRAINT workflow_execution_execution_fkey,
    ADD CONSTRAINT workflow_execution_execution_fkey FOREIGN KEY (execution) REFERENCES attune.worker (id);

-- # migrations

-- risky: migrations
DELETE FROM attune.schema_migrations WHERE version = (SELECT max(version) FROM attune.schema_migrations);

-- breaking: migrations
DELETE FROM attune.schema_migrations WHERE version IN ('036', '037');
DROP FUNCTION attune.execution_tree;

-- breaking: enum attune.execution_status
-- risky: migrations
DELETE FROM attune.schema_migrations WHERE version = '041';
ALTER TYPE attune.execution_status RENAME VALUE 'completed' TO 'tmp';
ALTER TYPE attune.execution_status RENAME VALUE 'running' TO 'completed';
ALTER TYPE attune.execution_status RENAME VALUE 'tmp' TO 'running';

-- breaking: migrations
-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
DELETE FROM attune.schema_migrations WHERE version IN ('036', '037');
DROP FUNCTION attune.execution_tree;
ALTER TYPE attune.execution_status RENAME TO tmp;
ALTER TYPE attune.workflow_task_status RENAME TO execution_status;
ALTER TYPE attune.tmp RENAME TO workflow_task_status;

-- breaking: table attune.execution
-- risky: migrations
TRUNCATE attune.schema_migrations;
ALTER TABLE attune.execution RENAME TO run;

-- breaking: view attune.workflow_execution_summary
-- breaking: view attune.workflow_task_detail
-- risky: migrations
TRUNCATE attune.schema_migrations;
ALTER VIEW attune.workflow_task_detail RENAME TO tmp;
ALTER VIEW attune.workflow_execution_summary RENAME TO workflow_task_detail;
ALTER VIEW attune.tmp RENAME TO workflow_execution_summary;

-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
-- breaking: enum attune.execution_status
ALTER TYPE attune.workflow_task_status RENAME TO old;
CREATE TYPE attune.workflow_task_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped', 'cancelled');
ALTER TYPE attune.execution_status RENAME TO state;
ALTER TYPE attune.state ADD VALUE 'paused';

-- breaking: enum attune.execution_status
-- breaking: role attune_test_service
-- @service
ALTER TYPE attune.execution_status RENAME TO state;
REVOKE EXECUTE ON FUNCTION attune.task_status FROM public;

-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
ALTER TYPE attune.execution_status SET SCHEMA public;
ALTER TYPE attune.workflow_task_status RENAME TO old;
CREATE TYPE attune.workflow_task_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped', 'cancelled');

-- breaking: enum attune.execution_status
ALTER TYPE attune.execution_status RENAME TO state;
CREATE TYPE public.execution_status AS ENUM
    ('requested', 'scheduling', 'scheduled', 'running', 'completed', 'failed', 'canceling', 'cancelled', 'timeout',
     'abandoned');

-- harmless: column attune.pack.label
CREATE DOMAIN public.label AS text DEFAULT 'z';
ALTER TABLE attune.pack ALTER label TYPE public.label;

-- risky: column attune.worker.ended_at
CREATE DOMAIN public.moment AS timestamptz DEFAULT '2000-01-01 00:00+00';
ALTER TABLE attune.worker ALTER ended_at TYPE public.moment;

-- risky: constraint holder_pack_fkey of other.holder
CREATE SCHEMA other;
CREATE TABLE other.holder (pack bigint NOT NULL REFERENCES attune.pack ON DELETE SET NULL);

-- risky: table attune.holder
CREATE TABLE attune.holder (pack bigint NOT NULL REFERENCES attune.pack ON DELETE SET NULL);

-- harmless: table attune.holder
CREATE TABLE attune.holder (pack bigint REFERENCES attune.pack ON DELETE SET NULL, a int NOT NULL);

-- breaking: enum attune.execution_status
-- breaking: enum attune.workflow_task_status
-- risky: function attune.task_status(status attune.execution_status)
ALTER FUNCTION attune.task_status RENAME TO other;
ALTER TYPE attune.execution_status SET SCHEMA public;
ALTER TYPE attune.workflow_task_status RENAME TO old;
CREATE TYPE attune.workflow_task_status AS ENUM ('pending', 'running', 'completed', 'failed', 'skipped', 'cancelled');

-- harmless: migration 999
INSERT INTO attune.schema_migrations VALUES ('999');

-- risky: migrations
TRUNCATE attune.schema_migrations;

-- breaking: migrations
ALTER TABLE attune.schema_migrations RENAME version TO number;

-- breaking: migrations
DROP TABLE attune.schema_migrations;
CREATE TABLE attune.schema_migrations (version bigint, dirty boolean);

-- breaking: migrations
DROP TABLE attune.schema_migrations;
CREATE VIEW attune.schema_migrations AS SELECT 1 AS version;

-- breaking: schema attune
DROP SCHEMA attune CASCADE;

-- breaking: schema attune
ALTER SCHEMA attune RENAME TO attune_old;
CREATE SCHEMA attune;

-- breaking: schema attune
ALTER SCHEMA attune RENAME TO attune_old;

-- # what no query meets

-- nothing
SELECT 1;

-- nothing
CREATE MATERIALIZED VIEW attune.extra AS SELECT 1 AS a;

-- nothing
CREATE AGGREGATE attune.extra (int) (sfunc = int4pl, stype = int);

-- nothing
CREATE SEQUENCE attune.extra;

-- nothing
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE attune.extra (a int) SERVER far;

-- nothing
CREATE SCHEMA other;
CREATE TABLE other.pack (a int);

-- nothing
CREATE EXTENSION hstore SCHEMA attune;

-- nothing
ALTER EXTENSION pg_trgm SET SCHEMA public;

-- nothing
COMMENT ON TABLE attune.pack IS 'something else';

-- nothing
SET search_path = attune, public;

-- nothing
SET quote_all_identifiers = on;

-- nothing
SET "IntervalStyle" = 'iso_8601';
SET "DateStyle" = 'SQL, DMY';
SET TimeZone = 'UTC+3';

-- nothing
SET standard_conforming_strings = off;
SET bytea_output = 'escape';

-- nothing
SET statement_timeout = 1000;
SET lock_timeout = 1;

-- nothing
SET client_encoding = 'LATIN1';

-- nothing
SET client_encoding = 'SQL_ASCII';

-- nothing
SET default_transaction_read_only = on;

-- nothing
CREATE PUBLICATION pub FOR TABLE attune.pack;

-- nothing
ALTER SEQUENCE attune.pack_id_seq MINVALUE -5;

-- nothing
ALTER SEQUENCE attune.pack_id_seq RENAME TO other;

-- nothing
CREATE TYPE attune.extra AS (a int);
CREATE TYPE attune.r AS RANGE (subtype = int8);
CREATE DOMAIN attune.d AS int;

-- nothing
CREATE CAST (bigint AS text) WITH INOUT AS IMPLICIT;

-- nothing
CREATE FUNCTION public.eq(text, attune.execution_status) RETURNS boolean LANGUAGE sql RETURN true;
CREATE OPERATOR public.= (leftarg = text, rightarg = attune.execution_status, function = public.eq);

-- nothing
SET row_security = off;
SET role none;
SET default_transaction_read_only = on;
SET check_function_bodies = off;
SET array_nulls = off;
SET transform_null_equals = on;
SET lc_messages = 'C';
SET xmlbinary = hex;
SET escape_string_warning = off;
SET backslash_quote = off;
SET default_tablespace = '';
SET session_replication_role = replica;

-- nothing
SET backslash_quote = off;
SET standard_conforming_strings = off;
SET jit = on;
SET enable_seqscan = off;
SET plan_cache_mode = force_custom_plan;
SET from_collapse_limit = 1;

-- nothing
SET session_replication_role = replica;

-- nothing
ALTER FUNCTION attune.add_names RESET ALL;

-- nothing
SET enable_nestloop = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_seqscan = off;
SET join_collapse_limit = 1;
SET from_collapse_limit = 1;
SET geqo_threshold = 2;
SET work_mem = '64kB';

-- nothing
SET jit = on;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;

-- nothing
-- from 16
SET debug_parallel_query = on;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;

-- nothing
SET default_transaction_isolation = serializable;
SET default_transaction_deferrable = on;

-- nothing
SET search_path = '"$user", "we ird", attune';

-- nothing
SET lc_time = 'C';
SET lc_numeric = 'C';
SET client_min_messages = error;
SET default_text_search_config = 'simple';
SET allow_system_table_mods = on;
SET password_encryption = md5;

-- nothing
SET xmloption = document;
SET bytea_output = escape;
SET extra_float_digits = -15;
SET "DateStyle" = 'Postgres, DMY';
SET "IntervalStyle" = sql_standard;
SET TimeZone = 'Asia/Kathmandu';

-- nothing
CREATE TABLE public.schema_migrations (version text);
SET search_path = public;

-- nothing
CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql RETURN 'x';
CREATE FUNCTION public.coalesce2() RETURNS int LANGUAGE sql RETURN 1;
SET search_path = public, pg_catalog;

-- nothing
CREATE TEXT SEARCH CONFIGURATION attune.c (COPY = simple);

-- nothing
ALTER INDEX attune.workflow_task_execution_timeout_idx ALTER COLUMN 1 SET STATISTICS 0;

-- nothing
ALTER TABLE attune.pack ALTER id DROP IDENTITY, ALTER id ADD GENERATED BY DEFAULT AS IDENTITY;
