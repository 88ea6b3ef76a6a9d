CREATE TABLE classes (id bigint PRIMARY KEY, class text NOT NULL, "from" date, copy text, json jsonb, model_config text, "odd name" text, uuid uuid NOT NULL);
CREATE TABLE ranges (id bigint PRIMARY KEY, span int4range NOT NULL, datetime timestamptz NOT NULL);
