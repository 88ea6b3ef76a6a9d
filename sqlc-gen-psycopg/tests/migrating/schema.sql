CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    born date,
    bio text,
    country text,
    settings jsonb NOT NULL DEFAULT '{}'
);
