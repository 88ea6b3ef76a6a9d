CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('glad', 'not so glad', '+');
CREATE DOMAIN shop.mail AS text NOT NULL CHECK (VALUE LIKE '%@%');
CREATE TYPE shop.address AS (street text, moods shop.mood[]);
CREATE TABLE shop.things (
    id uuid PRIMARY KEY,
    mood shop.mood NOT NULL,
    moods shop.mood[],
    mail shop.mail,
    address shop.address,
    grid int[][] NOT NULL,
    span tstzrange,
    price numeric(8, 2) NOT NULL,
    paid money,
    host inet,
    data jsonb NOT NULL,
    more jsonb[],
    pause interval,
    raw bytea,
    place point
);
