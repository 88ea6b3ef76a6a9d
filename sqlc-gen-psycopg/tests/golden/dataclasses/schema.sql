CREATE TYPE point2 AS (x int, y int);
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz, place point2);
CREATE TABLE unused (id bigint PRIMARY KEY);
