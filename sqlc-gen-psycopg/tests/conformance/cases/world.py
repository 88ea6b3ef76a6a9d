"""Schemas as people write them: shops, forums, job queues, tenants, audit logs, places."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import psycopg
import pytest
from psycopg.types.range import Range

from ..case import Q, Script, case

UTC = dt.UTC


@case(
    schema="""
    CREATE TYPE order_status AS ENUM ('cart', 'placed', 'paid', 'shipped', 'cancelled');
    CREATE TABLE customers (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email varchar(320) NOT NULL UNIQUE,
        full_name text,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE products (
        id bigserial PRIMARY KEY,
        sku varchar(32) NOT NULL UNIQUE,
        title text NOT NULL,
        price numeric(12, 2) NOT NULL CHECK (price >= 0),
        attributes jsonb NOT NULL DEFAULT '{}',
        stock integer NOT NULL DEFAULT 0,
        discontinued_at timestamptz
    );
    CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id uuid NOT NULL REFERENCES customers (id),
        status order_status NOT NULL DEFAULT 'cart',
        placed_at timestamptz,
        note text
    );
    CREATE TABLE order_items (
        order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        product_id bigint NOT NULL REFERENCES products (id),
        quantity integer NOT NULL CHECK (quantity > 0),
        unit_price numeric(12, 2) NOT NULL,
        PRIMARY KEY (order_id, product_id)
    );
    """,
    queries="""
    -- name: CreateCustomer :one
    INSERT INTO customers (email, full_name) VALUES ($1, $2) RETURNING *;

    -- name: CreateProduct :one
    INSERT INTO products (sku, title, price, attributes, stock) VALUES ($1, $2, $3, $4, $5)
    RETURNING *;

    -- name: CreateOrder :one
    INSERT INTO orders (customer_id) VALUES ($1) RETURNING id, status;

    -- name: AddItem :exec
    INSERT INTO order_items (order_id, product_id, quantity, unit_price)
    SELECT sqlc.arg(order_id), p.id, sqlc.arg(quantity), p.price
    FROM products p WHERE p.id = sqlc.arg(product_id)
    ON CONFLICT (order_id, product_id)
    DO UPDATE SET quantity = order_items.quantity + excluded.quantity;

    -- name: OrderTotal :one
    SELECT o.id, o.status, coalesce(sum(i.quantity * i.unit_price), 0)::numeric AS total,
        count(i.product_id) AS lines
    FROM orders o LEFT JOIN order_items i ON i.order_id = o.id
    WHERE o.id = $1 GROUP BY o.id;

    -- name: PlaceOrder :one
    UPDATE orders SET status = 'placed', placed_at = coalesce(sqlc.narg(now)::timestamptz, now())
    WHERE id = sqlc.arg(id) AND status = 'cart' RETURNING *;

    -- name: TakeStock :execrows
    UPDATE products p SET stock = p.stock - i.quantity
    FROM order_items i WHERE i.order_id = $1 AND i.product_id = p.id AND p.stock >= i.quantity;

    -- name: BestSellers :many
    SELECT p.id, p.title, sum(i.quantity) AS sold, sum(i.quantity * i.unit_price) AS revenue
    FROM products p JOIN order_items i ON i.product_id = p.id
    JOIN orders o ON o.id = i.order_id AND o.status = ANY(sqlc.arg(statuses)::order_status[])
    GROUP BY p.id ORDER BY sold DESC, p.id LIMIT sqlc.arg(page_size);

    -- name: OrdersOfCustomer :many
    SELECT o.*, c.email, c.full_name FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE c.id = $1 ORDER BY o.id DESC;

    -- name: ByAttribute :many
    SELECT sku, attributes ->> 'colour' AS colour FROM products
    WHERE attributes @> sqlc.arg(wanted)::jsonb ORDER BY sku;

    -- name: CustomersWithoutOrders :many
    SELECT c.* FROM customers c
    WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) ORDER BY c.email;
    """,
)
def shop(q: Q) -> Script:
    status = q.enums.OrderStatus
    ann = yield q.create_customer(email="ann@x", full_name=None)
    bob = yield q.create_customer(email="bob@x", full_name="Bob")
    hat = yield q.create_product(
        sku="h1", title="Hat", price=Decimal("9.99"), attributes={"colour": "red"}, stock=5
    )
    order = yield q.create_order(customer_id=ann.id)
    assert order.status is status.CART
    for _ in range(2):
        yield q.add_item(order_id=order.id, quantity=2, product_id=hat.id)
    total = yield q.order_total(id=order.id)
    assert (total.total, total.lines) == (Decimal("39.96"), 1)
    at = dt.datetime(2024, 5, 1, tzinfo=UTC)
    placed = yield q.place_order(now=at, id=order.id)
    assert placed.placed_at == at
    assert (yield q.place_order(now=None, id=order.id)) is None
    assert (yield q.take_stock(order_id=order.id)) == 1
    (best,) = yield q.best_sellers(statuses=[status.PLACED, status.PAID], page_size=5)
    assert (best.sold, best.revenue) == (4, Decimal("39.96"))
    (mine,) = yield q.orders_of_customer(id=ann.id)
    assert mine.email == "ann@x" and mine.full_name is None
    assert [row.colour for row in (yield q.by_attribute(wanted={"colour": "red"}))] == ["red"]
    assert (yield q.customers_without_orders()) == [bob]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        yield q.create_order(customer_id=uuid.UUID(int=5))


@case(
    schema="""
    CREATE EXTENSION citext;
    CREATE TABLE member (
        id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        handle citext NOT NULL UNIQUE,
        joined date NOT NULL DEFAULT current_date,
        banned_until timestamptz
    );
    CREATE TABLE thread (
        id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        author_id integer REFERENCES member ON DELETE SET NULL,
        subject varchar(200) NOT NULL,
        pinned boolean NOT NULL DEFAULT false,
        locked boolean DEFAULT false
    );
    CREATE TABLE reply (
        id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        thread_id integer NOT NULL REFERENCES thread ON DELETE CASCADE,
        parent_id bigint REFERENCES reply,
        author_id integer REFERENCES member,
        body text NOT NULL,
        search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED,
        posted_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX reply_search ON reply USING gin (search);
    CREATE TABLE vote (reply_id bigint REFERENCES reply, member_id integer REFERENCES member,
        weight smallint NOT NULL CHECK (weight IN (-1, 1)), PRIMARY KEY (reply_id, member_id));
    """,
    queries="""
    -- name: Join :one
    INSERT INTO member (handle) VALUES ($1) RETURNING id, handle, banned_until;

    -- name: FindMember :one
    SELECT * FROM member WHERE handle = $1;

    -- name: OpenThread :one
    INSERT INTO thread (author_id, subject) VALUES ($1, $2) RETURNING *;

    -- name: PostReply :one
    INSERT INTO reply (thread_id, parent_id, author_id, body) VALUES ($1, $2, $3, $4)
    RETURNING id, posted_at;

    -- name: Vote :exec
    INSERT INTO vote (reply_id, member_id, weight) VALUES ($1, $2, $3)
    ON CONFLICT (reply_id, member_id) DO UPDATE SET weight = excluded.weight;

    -- name: ThreadPage :many
    SELECT r.id, r.body, m.handle, coalesce(v.score, 0)::bigint AS score
    FROM reply r
    LEFT JOIN member m ON m.id = r.author_id
    LEFT JOIN (SELECT reply_id, sum(weight) AS score FROM vote GROUP BY reply_id) v
        ON v.reply_id = r.id
    WHERE r.thread_id = $1
    ORDER BY score DESC, r.id;

    -- name: ReplyTree :many
    WITH RECURSIVE tree AS (
        SELECT r.id, r.parent_id, r.body, 0 AS depth, ARRAY[r.id] AS path
        FROM reply r WHERE r.thread_id = sqlc.arg(thread_id) AND r.parent_id IS NULL
        UNION ALL
        SELECT r.id, r.parent_id, r.body, t.depth + 1, t.path || r.id
        FROM reply r JOIN tree t ON r.parent_id = t.id
    )
    SELECT id, parent_id, body, depth, path FROM tree ORDER BY path;

    -- name: SearchReplies :many
    SELECT id, ts_headline('english', body, websearch_to_tsquery('english', sqlc.arg(query))) AS hit,
        ts_rank(search, websearch_to_tsquery('english', sqlc.arg(query))) AS rank
    FROM reply WHERE search @@ websearch_to_tsquery('english', sqlc.arg(query)) ORDER BY rank DESC;

    -- name: ThreadList :many
    SELECT t.id, t.subject, t.locked, count(r.id) AS replies, max(r.posted_at) AS last_post
    FROM thread t LEFT JOIN reply r ON r.thread_id = t.id
    GROUP BY t.id ORDER BY t.pinned DESC, last_post DESC NULLS LAST;
    """,
)
def forum(q: Q) -> Script:
    ann = yield q.join(handle="Ann")
    assert (yield q.find_member(handle="ANN")).id == ann.id
    thread = yield q.open_thread(author_id=ann.id, subject="Hello")
    assert (yield q.thread_list())[0].last_post is None
    first = yield q.post_reply(thread_id=thread.id, parent_id=None, author_id=ann.id, body="cats")
    second = yield q.post_reply(
        thread_id=thread.id, parent_id=first.id, author_id=None, body="running dogs"
    )
    yield q.vote(reply_id=second.id, member_id=ann.id, weight=1)
    page = yield q.thread_page(thread_id=thread.id)
    assert [(row.handle, row.score) for row in page] == [(None, 1), ("Ann", 0)]
    tree = yield q.reply_tree(thread_id=thread.id)
    assert [(row.depth, row.path) for row in tree] == [(0, [first.id]), (1, [first.id, second.id])]
    (hit,) = yield q.search_replies(query="run")
    assert hit.hit == "<b>running</b> dogs" and type(hit.rank) is float
    (listed,) = yield q.thread_list()
    assert listed.replies == 2 and listed.last_post is not None


@case(
    schema="""
    CREATE SCHEMA queue;
    CREATE TYPE queue.job_state AS ENUM
        ('available', 'running', 'completed', 'retryable', 'discarded', 'cancelled');
    CREATE TABLE queue.job (
        id bigserial PRIMARY KEY,
        kind text NOT NULL,
        args jsonb NOT NULL DEFAULT '{}'::jsonb,
        state queue.job_state NOT NULL DEFAULT 'available',
        priority smallint NOT NULL DEFAULT 1,
        attempt smallint NOT NULL DEFAULT 0,
        max_attempts smallint NOT NULL DEFAULT 25,
        attempted_by text[],
        errors jsonb[],
        scheduled_at timestamptz NOT NULL DEFAULT now(),
        finalized_at timestamptz,
        unique_key bytea,
        CONSTRAINT finalized_or_not CHECK (
            (state IN ('completed', 'discarded', 'cancelled')) = (finalized_at IS NOT NULL))
    );
    CREATE UNIQUE INDEX job_unique ON queue.job (kind, unique_key) WHERE unique_key IS NOT NULL;
    """,
    queries="""
    -- name: JobInsert :one
    INSERT INTO queue.job (kind, args, priority, scheduled_at, unique_key)
    VALUES (@kind, @args::jsonb, coalesce(sqlc.narg(priority)::smallint, 1),
        coalesce(sqlc.narg(scheduled_at)::timestamptz, now()), sqlc.narg(unique_key))
    ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL DO NOTHING
    RETURNING *;

    -- name: JobFetch :many
    WITH locked AS (
        SELECT id FROM queue.job
        WHERE state = 'available' AND scheduled_at <= coalesce(sqlc.narg(now)::timestamptz, now())
        ORDER BY priority, scheduled_at, id LIMIT sqlc.arg(max_count) FOR UPDATE SKIP LOCKED
    )
    UPDATE queue.job SET state = 'running', attempt = job.attempt + 1,
        attempted_by = array_append(job.attempted_by, sqlc.arg(worker)::text)
    FROM locked WHERE queue.job.id = locked.id
    RETURNING job.*;

    -- name: JobComplete :execrows
    UPDATE queue.job SET state = 'completed', finalized_at = now()
    WHERE id = ANY(sqlc.arg(ids)::bigint[]) AND state = 'running';

    -- name: JobFail :one
    UPDATE queue.job SET
        state = CASE WHEN attempt >= max_attempts THEN 'discarded'::queue.job_state
            ELSE 'retryable'::queue.job_state END,
        finalized_at = CASE WHEN attempt >= max_attempts THEN now() END,
        errors = array_append(errors, sqlc.arg(error)::jsonb)
    WHERE id = sqlc.arg(id) AND state = 'running'
    RETURNING id, state, errors, finalized_at;

    -- name: JobCountByState :many
    SELECT state, count(*) AS count FROM queue.job GROUP BY state ORDER BY state;

    -- name: JobStates :many
    SELECT unnest(enum_range(NULL::queue.job_state)) AS state;
    """,
)
def job_queue(q: Q) -> Script:
    state = q.enums.JobState
    plain = {"kind": "mail", "args": {"to": "x"}, "priority": None, "scheduled_at": None}
    job = yield q.job_insert(**plain, unique_key=b"\x01")
    assert (yield q.job_insert(**plain, unique_key=b"\x01")) is None
    (got,) = yield q.job_fetch(now=None, max_count=10, worker="w1")
    assert (got.id, got.state, got.attempted_by, got.errors) == (
        job.id,
        state.RUNNING,
        ["w1"],
        None,
    )
    failed = yield q.job_fail(error={"at": "x"}, id=job.id)
    assert (failed.state, failed.errors, failed.finalized_at) == (
        state.RETRYABLE,
        [{"at": "x"}],
        None,
    )
    assert (yield q.job_complete(ids=[job.id])) == 0
    (counted,) = yield q.job_count_by_state()
    assert (counted.state, counted.count) == (state.RETRYABLE, 1)
    assert (yield q.job_states()) == list(state)


@case(
    schema="""
    CREATE SCHEMA tenant;
    CREATE DOMAIN tenant.slug AS text CHECK (VALUE ~ '^[a-z0-9-]+$');
    CREATE TABLE tenant.organisations (
        id uuid PRIMARY KEY,
        slug tenant.slug NOT NULL UNIQUE,
        settings jsonb
    );
    CREATE TYPE tenant.role AS ENUM ('owner', 'admin', 'member');
    CREATE TABLE tenant.memberships (
        organisation_id uuid NOT NULL REFERENCES tenant.organisations (id),
        user_email text NOT NULL,
        roles tenant.role[] NOT NULL DEFAULT '{member}',
        invited_by text,
        PRIMARY KEY (organisation_id, user_email)
    );
    ALTER TABLE tenant.memberships ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON tenant.memberships
        USING (organisation_id::text = current_setting('app.tenant', true));
    CREATE TABLE organisations (id integer PRIMARY KEY, legacy text);
    """,
    queries="""
    -- name: CreateOrganisation :one
    INSERT INTO tenant.organisations (id, slug, settings) VALUES ($1, $2, $3) RETURNING *;

    -- name: AddMember :exec
    INSERT INTO tenant.memberships (organisation_id, user_email, roles, invited_by)
    VALUES ($1, $2, $3, $4);

    -- name: MembersWithRole :many
    SELECT m.user_email, m.roles, o.slug FROM tenant.memberships m
    JOIN tenant.organisations o ON o.id = m.organisation_id
    WHERE sqlc.arg(role)::tenant.role = ANY(m.roles) AND o.slug = sqlc.arg(slug)
    ORDER BY m.user_email;

    -- name: GrantRole :one
    UPDATE tenant.memberships SET roles = array_append(roles, sqlc.arg(role)::tenant.role)
    WHERE organisation_id = $1 AND user_email = $2 AND NOT (sqlc.arg(role)::tenant.role = ANY(roles))
    RETURNING roles;

    -- name: LegacyOrganisations :many
    SELECT l.*, o.slug FROM organisations l LEFT JOIN tenant.organisations o ON o.slug = l.legacy;

    -- name: ListLegacy :many
    SELECT * FROM organisations;

    -- name: SetTenant :exec
    SELECT set_config('app.tenant', sqlc.arg(tenant)::text, true);
    """,
)
def tenants(q: Q) -> Script:
    """Two tables with the same name in two schemas, enum arrays, row-level security."""
    role = q.enums.Role
    org = uuid.UUID(int=9)
    made = yield q.create_organisation(id=org, slug="acme", settings=None)
    assert made.settings is None
    yield q.add_member(organisation_id=org, user_email="a@x", roles=[role.OWNER], invited_by=None)
    yield q.add_member(organisation_id=org, user_email="b@x", roles=[], invited_by="a@x")
    (member,) = yield q.members_with_role(role=role.OWNER, slug="acme")
    assert member.roles == [role.OWNER] and type(member.roles[0]) is role
    keys = {"organisation_id": org, "user_email": "b@x"}
    assert (yield q.grant_role(role=role.ADMIN, **keys)) == [role.ADMIN]
    assert (yield q.grant_role(role=role.ADMIN, **keys)) is None
    yield q.sql("INSERT INTO organisations VALUES (1, 'acme'), (2, NULL)")
    assert len((yield q.list_legacy())) == 2
    yield q.set_tenant(tenant=str(org))


@case(
    schema="""
    CREATE EXTENSION hstore;
    CREATE TYPE audit_action AS ENUM ('I', 'U', 'D');
    CREATE TABLE account (id integer PRIMARY KEY, owner text NOT NULL, balance numeric(14, 2));
    CREATE TABLE audit_log (
        event_id bigserial PRIMARY KEY,
        table_name name NOT NULL,
        action audit_action NOT NULL,
        row_data hstore,
        changed hstore,
        client inet,
        tx bigint NOT NULL DEFAULT txid_current(),
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit_log (table_name, action, row_data, changed)
        VALUES (TG_TABLE_NAME, substring(TG_OP, 1, 1)::audit_action,
            CASE WHEN TG_OP <> 'INSERT' THEN hstore(OLD) END,
            CASE WHEN TG_OP = 'UPDATE' THEN hstore(NEW) - hstore(OLD) END);
        RETURN coalesce(NEW, OLD);
    END $$;
    CREATE TRIGGER account_audit AFTER INSERT OR UPDATE OR DELETE ON account
        FOR EACH ROW EXECUTE FUNCTION audit();
    """,
    queries="""
    -- name: OpenAccount :exec
    INSERT INTO account (id, owner, balance) VALUES ($1, $2, $3);

    -- name: Deposit :one
    UPDATE account SET balance = balance + sqlc.arg(amount) WHERE id = sqlc.arg(id) RETURNING balance;

    -- name: CloseAccount :exec
    DELETE FROM account WHERE id = $1;

    -- name: History :many
    SELECT action, row_data, changed, client FROM audit_log
    WHERE table_name = sqlc.arg(table_name) ORDER BY event_id;

    -- name: ChangesOf :many
    SELECT event_id, changed -> 'balance' AS balance FROM audit_log
    WHERE changed ? 'balance' AND at BETWEEN sqlc.arg(since) AND sqlc.arg(until) ORDER BY event_id;

    -- name: Record :exec
    INSERT INTO audit_log (table_name, action, row_data, client) VALUES ($1, $2, $3, $4);
    """,
    loose=("changes_of[].balance",),
)
def audit_log(q: Q) -> Script:
    action = q.enums.AuditAction
    yield q.open_account(id=1, owner="Ann", balance=Decimal(5))
    assert (yield q.deposit(amount=Decimal("2.5"), id=1)) == Decimal("7.50")
    assert (yield q.deposit(amount=Decimal("2.5"), id=7)) is None
    yield q.close_account(id=1)
    history = yield q.history(table_name="account")
    assert [row.action for row in history] == [action.I, action.U, action.D]
    assert history[0].row_data is None and history[1].changed == {"balance": "7.50"}
    assert history[2].row_data == {"id": "1", "owner": "Ann", "balance": "7.50"}
    span = {
        "since": dt.datetime(2000, 1, 1, tzinfo=UTC),
        "until": dt.datetime(2100, 1, 1, tzinfo=UTC),
    }
    (change,) = yield q.changes_of(**span)
    assert change.balance == "7.50"
    yield q.record(table_name="x", action=action.I, row_data={"a": None}, client=None)


@case(
    schema="""
    CREATE EXTENSION cube;
    CREATE EXTENSION earthdistance;
    CREATE TABLE places (
        id serial PRIMARY KEY,
        name text NOT NULL,
        lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
        lon double precision NOT NULL,
        spot point,
        opens time,
        closes time,
        tags text[] NOT NULL DEFAULT ARRAY[]::text[],
        zone text NOT NULL DEFAULT 'UTC'
    );
    """,
    queries="""
    -- name: AddPlace :one
    INSERT INTO places (name, lat, lon, spot, opens, closes, tags)
    VALUES ($1, $2, $3, point(sqlc.arg(lon), sqlc.arg(lat)), $4, $5, $6) RETURNING *;

    -- name: Nearest :many
    SELECT id, name, earth_distance(ll_to_earth(lat, lon),
        ll_to_earth(sqlc.arg(lat)::float8, sqlc.arg(lon)::float8)) AS metres
    FROM places ORDER BY metres LIMIT sqlc.arg(n);

    -- name: OpenAt :many
    SELECT name FROM places WHERE opens <= sqlc.arg(at)::time AND closes > sqlc.arg(at)::time;

    -- name: Tagged :many
    SELECT name, cardinality(tags) AS n FROM places WHERE tags && sqlc.arg(any_of)::text[]
    ORDER BY name;

    -- name: Bounds :one
    SELECT min(lat) AS south, max(lat) AS north, avg(lon) AS middle FROM places;

    -- name: TagCounts :many
    SELECT t.tag, count(*) AS n FROM places, unnest(tags) AS t(tag) GROUP BY t.tag ORDER BY n DESC, 1;
    """,
)
def places(q: Q) -> Script:
    keys = list(q.signature("add_place"))
    assert {"lat", "lon", "name", "tags"} <= set(keys), keys
    assert (yield q.bounds()).south is None
    yield q.sql(
        "INSERT INTO places (name, lat, lon, opens, closes, tags) VALUES"
        " ('Ulm', 48.4, 9.99, '08:00', '18:00', '{city,old}'), ('Pole', 90, 0, NULL, NULL, '{}')"
    )
    near = yield q.nearest(lat=48.0, lon=10.0, n=1)
    assert near[0].name == "Ulm" and type(near[0].metres) is float
    assert (yield q.open_at(at=dt.time(9))) == ["Ulm"]
    assert (yield q.tagged(any_of=["old", "x"]))[0].n == 2
    assert [(row.tag, row.n) for row in (yield q.tag_counts())] == [("city", 1), ("old", 1)]


@case(
    schema="""
    CREATE TYPE book_type AS ENUM ('FICTION', 'NONFICTION');
    CREATE TABLE authors (
        author_id serial PRIMARY KEY,
        name text NOT NULL DEFAULT ''
    );
    CREATE TABLE books (
        book_id serial PRIMARY KEY,
        author_id integer NOT NULL REFERENCES authors (author_id),
        isbn text NOT NULL DEFAULT '' UNIQUE,
        book_type book_type NOT NULL DEFAULT 'FICTION',
        title text NOT NULL DEFAULT '',
        year integer NOT NULL DEFAULT 2000,
        available timestamp with time zone NOT NULL DEFAULT now(),
        tags varchar[] NOT NULL DEFAULT '{}'
    );
    CREATE INDEX books_title_idx ON books (title, year);
    CREATE FUNCTION say_hello(s text) RETURNS text AS $$
    BEGIN RETURN concat('hello ', s); END $$ LANGUAGE plpgsql;
    """,
    queries="""
    -- name: GetBook :one
    SELECT * FROM books WHERE book_id = $1;

    -- name: CreateAuthor :one
    INSERT INTO authors (name) VALUES ($1) RETURNING *;

    -- name: BooksByTitleYear :many
    SELECT * FROM books WHERE title = $1 AND year = $2;

    -- name: BooksByTags :many
    SELECT book_id, title, name, isbn, tags
    FROM books LEFT JOIN authors ON books.author_id = authors.author_id
    WHERE tags && $1::varchar[] ORDER BY book_id;

    -- name: CreateBook :one
    INSERT INTO books (author_id, isbn, book_type, title, year, available, tags)
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

    -- name: UpdateBookISBN :exec
    UPDATE books SET title = $1, tags = $2, isbn = $4 WHERE book_id = $3;

    -- name: SayHello :one
    SELECT * FROM say_hello($1);
    """,
    loose=("books_by_tags[].name", "say_hello"),
)
def booktest(q: Q) -> Script:
    author = yield q.create_author(name="Unknown Master")
    at = dt.datetime(2024, 1, 1, 12, tzinfo=UTC)
    book = yield q.create_book(
        author_id=author.author_id,
        isbn="1",
        book_type=q.enums.BookType.FICTION,
        title="my book",
        year=2016,
        available=at,
        tags=[],
    )
    yield q.update_book_isbn(title="new", tags=["someother"], book_id=book.book_id, isbn="2")
    got = yield q.get_book(book_id=book.book_id)
    assert (got.title, got.tags, got.isbn) == ("new", ["someother"], "2")
    # An unnamed cast parameter has no name of its own.
    wanted = {next(iter(q.signature("books_by_tags"))): ["cool", "someother"]}
    (tagged,) = yield q.books_by_tags(**wanted)
    assert tagged.name == "Unknown Master"
    assert (yield q.books_by_title_year(title="new", year=2016)) == [got]
    assert (yield q.say_hello(**{next(iter(q.signature("say_hello"))): "world"})) == "hello world"


@case(
    schema="""
    CREATE TYPE status AS ENUM ('op!en', 'clo@sed');
    CREATE TABLE city (slug text PRIMARY KEY, name text NOT NULL);
    CREATE TABLE venue (
        id serial PRIMARY KEY,
        status status NOT NULL,
        statuses status[],
        slug text NOT NULL,
        name varchar(255) NOT NULL,
        city text NOT NULL REFERENCES city (slug),
        spotify_playlist varchar NOT NULL,
        songkick_id text,
        tags text[]
    );
    COMMENT ON TABLE venue IS 'Venues are places where music happens';
    COMMENT ON COLUMN venue.slug IS 'This value appears in public URLs';
    """,
    queries={
        "city": """
        -- name: ListCities :many
        SELECT * FROM city ORDER BY name;

        -- name: CreateCity :one
        -- Create a new city. The slug must be unique.
        -- This is the second line of the comment
        INSERT INTO city (name, slug) VALUES ($1, $2) RETURNING *;

        -- name: UpdateCityName :exec
        UPDATE city SET name = $2 WHERE slug = $1;
        """,
        "venue": """
        -- name: CreateVenue :one
        INSERT INTO venue (slug, name, city, spotify_playlist, status, statuses, tags)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id;

        -- name: ListVenues :many
        SELECT * FROM venue WHERE city = $1 ORDER BY name;

        -- name: VenueCountByCity :many
        SELECT city, count(*) FROM venue GROUP BY 1 ORDER BY 1;

        -- name: DeleteVenue :exec
        DELETE FROM venue WHERE slug = $1 AND slug = $1;
        """,
    },
)
def ondeck(q: Q) -> Script:
    assert sorted(q.modules) == ["city", "venue"]
    assert "slug must be unique" in (q.function("create_city").__doc__ or "")
    assert "where music happens" in (q.models.Venue.__doc__ or "")
    yield q.create_city(name="San Francisco", slug="sf")
    status = q.enums.Status
    labels = [member.value for member in status]
    assert labels == ["op!en", "clo@sed"] and len(set(status.__members__)) == 2
    id_ = yield q.create_venue(
        slug="f",
        name="The Fillmore",
        city="sf",
        spotify_playlist="s",
        status=list(status)[0],
        statuses=list(status),
        tags=["rock"],
    )
    (venue,) = yield q.list_venues(city="sf")
    assert (venue.id, venue.statuses, venue.songkick_id) == (id_, list(status), None)
    (count,) = yield q.venue_count_by_city()
    assert (count.city, count.count) == ("sf", 1)
    yield q.update_city_name(slug="sf", name="SF")
    yield q.delete_venue(slug="f")
    assert (yield q.list_cities())[0].name == "SF"


@case(
    schema="""
    CREATE TABLE pilots (id integer NOT NULL, name text NOT NULL);
    ALTER TABLE pilots ADD CONSTRAINT pilot_pkey PRIMARY KEY (id);
    CREATE TABLE jets (id integer NOT NULL, pilot_id integer NOT NULL, age integer NOT NULL,
        name text NOT NULL, color text NOT NULL);
    ALTER TABLE jets ADD CONSTRAINT jet_pkey PRIMARY KEY (id);
    ALTER TABLE jets ADD CONSTRAINT jet_pilots_fkey FOREIGN KEY (pilot_id) REFERENCES pilots (id);
    CREATE TABLE languages (id integer NOT NULL PRIMARY KEY, language text NOT NULL);
    CREATE TABLE pilot_languages (pilot_id integer NOT NULL REFERENCES pilots,
        language_id integer NOT NULL REFERENCES languages);
    ALTER TABLE pilot_languages ADD PRIMARY KEY (pilot_id, language_id);
    """,
    queries="""
    -- name: CountPilots :one
    SELECT COUNT(*) FROM pilots;

    -- name: ListPilots :many
    SELECT * FROM pilots LIMIT 5;

    -- name: DeletePilot :exec
    DELETE FROM pilots WHERE id = $1;

    -- name: PilotsAndLanguages :many
    SELECT sqlc.embed(pilots), array_agg(l.language ORDER BY l.language)::text[] AS languages
    FROM pilots JOIN pilot_languages pl ON pl.pilot_id = pilots.id
    JOIN languages l ON l.id = pl.language_id GROUP BY pilots.id;
    """,
)
def jets(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO pilots VALUES (1, 'A'); INSERT INTO languages VALUES (1, 'de'), (2, 'en');"
        "INSERT INTO pilot_languages VALUES (1, 1), (1, 2)"
    )
    assert (yield q.count_pilots()) == 1
    (row,) = yield q.pilots_and_languages()
    assert row.languages == ["de", "en"]
    assert len((yield q.list_pilots())) == 1
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        yield q.delete_pilot(id=1)


@case(
    schema="""
    CREATE EXTENSION btree_gist;
    CREATE TABLE room (id serial PRIMARY KEY, name text NOT NULL, seats smallint);
    CREATE TABLE booking (
        id bigserial PRIMARY KEY,
        room_id integer NOT NULL REFERENCES room,
        during tstzrange NOT NULL,
        days daterange,
        guests text[] NOT NULL DEFAULT '{}',
        EXCLUDE USING gist (room_id WITH =, during WITH &&)
    );
    """,
    queries="""
    -- name: AddRoom :one
    INSERT INTO room (name, seats) VALUES ($1, $2) RETURNING *;

    -- name: Book :one
    INSERT INTO booking (room_id, during, guests) VALUES ($1, $2, $3) RETURNING id, during;

    -- name: BookBetween :one
    INSERT INTO booking (room_id, during)
    VALUES (sqlc.arg(room_id), tstzrange(sqlc.arg(starts)::timestamptz, sqlc.narg(ends)::timestamptz))
    RETURNING *;

    -- name: Overlapping :many
    SELECT id, lower(during) AS starts, upper(during) AS ends, upper_inf(during) AS open_ended
    FROM booking WHERE during && sqlc.arg(span)::tstzrange ORDER BY id;

    -- name: At :many
    SELECT b.id, r.name FROM booking b JOIN room r ON r.id = b.room_id
    WHERE b.during @> sqlc.arg(moment)::timestamptz;

    -- name: Free :many
    SELECT r.id, range_agg(b.during) AS taken FROM room r LEFT JOIN booking b ON b.room_id = r.id
    GROUP BY r.id ORDER BY r.id;
    """,
    loose=("overlapping[].starts",),
)
def bookings(q: Q) -> Script:
    room = yield q.add_room(name="A", seats=None)

    def hour(n: int) -> dt.datetime:
        return dt.datetime(2024, 1, 1, n, tzinfo=UTC)

    assert [(row.id, row.taken) for row in (yield q.free())] == [(room.id, None)]
    span = Range(hour(8), hour(9))
    made = yield q.book(room_id=room.id, during=span, guests=["x"])
    assert made.during == span
    with pytest.raises(psycopg.errors.ExclusionViolation):
        yield q.book(room_id=room.id, during=Range(hour(8), hour(10)), guests=[])
    yield q.book_between(room_id=room.id, starts=hour(12), ends=None)
    rows = yield q.overlapping(span=Range(hour(0), hour(23)))
    assert [(row.starts, row.ends, row.open_ended) for row in rows] == [
        (hour(8), hour(9), False),
        (hour(12), None, True),
    ]
    assert [row.name for row in (yield q.at(moment=hour(8)))] == ["A"]
    (free,) = yield q.free()
    assert list(free.taken) == [span, Range(hour(12), None)]


@case(
    schema="""
    CREATE EXTENSION ltree;
    CREATE TABLE folder (path ltree PRIMARY KEY, title text, meta jsonb NOT NULL DEFAULT '{}');
    CREATE TABLE file (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        folder ltree NOT NULL REFERENCES folder (path) ON UPDATE CASCADE,
        name text NOT NULL,
        content bytea,
        size bigint GENERATED ALWAYS AS (octet_length(content)) STORED,
        UNIQUE (folder, name)
    );
    """,
    queries="""
    -- name: MakeFolder :exec
    INSERT INTO folder (path, title) VALUES ($1, $2);

    -- name: Below :many
    SELECT path, title, nlevel(path) AS level FROM folder WHERE path <@ sqlc.arg(root)::ltree
    ORDER BY path;

    -- name: Matching :many
    SELECT path FROM folder WHERE path ~ sqlc.arg(pattern)::lquery ORDER BY path;

    -- name: SaveFile :one
    INSERT INTO file (folder, name, content) VALUES ($1, $2, $3)
    ON CONFLICT (folder, name) DO UPDATE SET content = excluded.content RETURNING id, size;

    -- name: SizeBelow :one
    SELECT coalesce(sum(size), 0)::bigint AS bytes, count(*) AS files FROM file
    WHERE folder <@ sqlc.arg(root)::ltree;

    -- name: Parent :one
    SELECT subpath(path, 0, -1) AS parent FROM folder WHERE path = $1 AND nlevel(path) > 1;
    """,
)
def files(q: Q) -> Script:
    yield q.make_folder(path="top", title=None)
    yield q.make_folder(path="top.a", title="A")
    assert [(row.path, row.level) for row in (yield q.below(root="top"))] == [
        ("top", 1),
        ("top.a", 2),
    ]
    assert (yield q.matching(pattern="*.a")) == ["top.a"]
    saved = yield q.save_file(folder="top.a", name="x", content=b"123")
    assert saved.size == 3
    again = yield q.save_file(folder="top.a", name="x", content=None)
    assert (again.id, again.size) == (saved.id, None)
    total = yield q.size_below(root="top")
    assert (total.bytes, total.files) == (0, 1)
    assert (yield q.parent(path="top.a")) == "top"


@case(
    schema="""
    CREATE TABLE account (id integer PRIMARY KEY, name text NOT NULL, currency char(3) NOT NULL);
    CREATE TABLE entry (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        debit integer NOT NULL REFERENCES account,
        credit integer NOT NULL REFERENCES account,
        amount money NOT NULL,
        exact numeric(20, 4) NOT NULL,
        booked date NOT NULL,
        memo text
    ) ;
    CREATE VIEW balance AS
        SELECT a.id, a.name, coalesce(sum(CASE WHEN e.debit = a.id THEN e.exact ELSE -e.exact END), 0)
            AS balance
        FROM account a LEFT JOIN entry e ON a.id IN (e.debit, e.credit) GROUP BY a.id;
    """,
    queries="""
    -- name: AddAccount :exec
    INSERT INTO account (id, name, currency) VALUES ($1, $2, $3);

    -- name: Post :one
    INSERT INTO entry (debit, credit, amount, exact, booked, memo)
    VALUES (sqlc.arg(debit), sqlc.arg(credit), CAST(sqlc.arg(exact)::numeric AS money),
        sqlc.arg(exact)::numeric, sqlc.arg(booked), sqlc.narg(memo))
    RETURNING id, amount;

    -- name: Balances :many
    SELECT * FROM balance ORDER BY id;

    -- name: Statement :many
    SELECT booked, exact, sum(exact) OVER (ORDER BY booked, id) AS running, memo,
        lag(booked) OVER (ORDER BY booked, id) AS previous
    FROM entry WHERE debit = $1 ORDER BY booked, id;

    -- name: Monthly :many
    SELECT date_trunc('month', booked::timestamp)::date AS month, sum(exact) AS total,
        count(*) FILTER (WHERE memo IS NOT NULL) AS with_memo
    FROM entry GROUP BY 1 ORDER BY 1;
    """,
)
def ledger(q: Q) -> Script:
    yield q.add_account(id=1, name="cash", currency="EUR")
    yield q.add_account(id=2, name="bank", currency="EUR")
    day = dt.date(2024, 2, 3)
    yield q.post(debit=1, credit=2, exact=Decimal("10.5"), booked=day, memo=None)
    yield q.post(debit=1, credit=2, exact=Decimal("1"), booked=day, memo="m")
    assert [row.balance for row in (yield q.balances())] == [Decimal("11.5"), Decimal("-11.5")]
    rows = yield q.statement(debit=1)
    assert [row.running for row in rows] == [Decimal("10.5"), Decimal("11.5")]
    (month,) = yield q.monthly()
    assert (month.month, month.with_memo) == (dt.date(2024, 2, 1), 1)
