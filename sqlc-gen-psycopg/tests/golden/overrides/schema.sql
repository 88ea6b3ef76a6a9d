CREATE TABLE authors (id bigint PRIMARY KEY, settings jsonb NOT NULL, extra jsonb, price numeric NOT NULL);
CREATE VIEW priced AS SELECT id, price * 2 AS twice FROM authors;
