"""More schemas as people write them: sessions, chats, polls, devices, flags, tickets, mails."""

from __future__ import annotations

import datetime as dt
import ipaddress
import uuid
from decimal import Decimal

import psycopg
import pytest

from ..case import Q, Script, case

UTC = dt.UTC
AT = dt.datetime(2024, 3, 4, 5, 6, 7, tzinfo=UTC)


@case(
    schema="""
    CREATE EXTENSION citext;
    CREATE DOMAIN email AS citext CHECK (VALUE ~ '^[^@]+@[^@]+$');
    CREATE TABLE users (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email email NOT NULL UNIQUE,
        password_hash bytea NOT NULL,
        mfa_secret bytea,
        last_ip inet,
        is_active boolean NOT NULL DEFAULT true
    );
    CREATE TABLE sessions (
        token_hash bytea PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
        expires_at timestamptz NOT NULL,
        user_agent text,
        data json
    );
    CREATE VIEW active_sessions AS
        SELECT s.token_hash, s.user_id, u.email, s.expires_at, u.last_ip
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.is_active;
    """,
    queries="""
    -- name: Register :one
    INSERT INTO users (email, password_hash) VALUES (sqlc.arg(email), sha256(convert_to(sqlc.arg(password)::text, 'UTF8')))
    RETURNING id, email;

    -- name: CheckPassword :one
    SELECT id, password_hash = sha256(convert_to(sqlc.arg(password)::text, 'UTF8')) AS ok, mfa_secret IS NOT NULL AS mfa
    FROM users WHERE email = sqlc.arg(email) AND is_active;

    -- name: OpenSession :exec
    INSERT INTO sessions (token_hash, user_id, expires_at, user_agent, data)
    VALUES (@token_hash, @user_id, @expires_at, @user_agent, @data);

    -- name: GetSession :one
    SELECT * FROM active_sessions WHERE token_hash = $1 AND expires_at > sqlc.arg(now);

    -- name: SessionData :one
    SELECT data FROM sessions WHERE token_hash = $1;

    -- name: DropExpired :execrows
    DELETE FROM sessions WHERE expires_at <= sqlc.arg(now);

    -- name: Seen :exec
    UPDATE users SET last_ip = $2 WHERE id = $1;

    -- name: FromNetwork :many
    SELECT id, host(last_ip) AS host, masklen(last_ip) AS bits FROM users
    WHERE last_ip << sqlc.arg(network)::cidr;
    """,
)
def sessions(q: Q) -> Script:
    user = yield q.register(email="Ann@x.org", password="secret")
    check = yield q.check_password(password="secret", email="ann@X.org")
    assert (check.ok, check.mfa) == (True, False)
    session = {
        "token_hash": b"\x00\x01", "user_id": user.id, "expires_at": AT, "user_agent": None,
        "data": {"cart": []},
    }  # fmt: skip
    yield q.open_session(**session)
    now = AT - dt.timedelta(hours=1)
    assert (yield q.get_session(token_hash=b"\x00\x01", now=now)).last_ip is None
    assert (yield q.session_data(token_hash=b"\x00\x01")) == {"cart": []}
    text = "last_ip" in q.signature("seen") and q.signature("seen")["last_ip"].startswith("str")
    ip = "10.1.2.3" if text else ipaddress.ip_address("10.1.2.3")
    yield q.seen(id=user.id, last_ip=ip)
    network = "10.0.0.0/8" if text else ipaddress.ip_network("10.0.0.0/8")
    (found,) = yield q.from_network(network=network)
    assert (found.host, found.bits) == ("10.1.2.3", 32)
    assert (yield q.drop_expired(now=AT)) == 1
    with pytest.raises(psycopg.errors.CheckViolation):
        yield q.register(email="nobody", password="x")


@case(
    schema="""
    CREATE TYPE channel_kind AS ENUM ('direct', 'group');
    CREATE TABLE channel (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind channel_kind NOT NULL, topic text);
    CREATE TABLE participant (channel_id bigint REFERENCES channel, user_id bigint,
        last_read_id bigint, muted_until timestamptz, PRIMARY KEY (channel_id, user_id));
    CREATE TABLE message (
        id bigint GENERATED ALWAYS AS IDENTITY,
        channel_id bigint NOT NULL,
        sender_id bigint,
        body text,
        reactions jsonb NOT NULL DEFAULT '{}',
        sent_at timestamptz NOT NULL,
        PRIMARY KEY (id, sent_at)
    ) PARTITION BY RANGE (sent_at);
    CREATE TABLE message_2024 PARTITION OF message
        FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    """,
    queries="""
    -- name: OpenChannel :one
    INSERT INTO channel (kind, topic) VALUES ($1, $2) RETURNING *;

    -- name: Enter :exec
    INSERT INTO participant (channel_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING;

    -- name: Send :one
    INSERT INTO message (channel_id, sender_id, body, sent_at) VALUES ($1, $2, $3, $4) RETURNING *;

    -- name: Page :many
    SELECT * FROM message WHERE channel_id = sqlc.arg(channel_id)
        AND (sqlc.narg(before_id)::bigint IS NULL OR id < sqlc.narg(before_id)::bigint)
    ORDER BY id DESC LIMIT sqlc.arg(size)::int;

    -- name: Unread :many
    SELECT p.channel_id, count(m.id) AS unread, max(m.sent_at) AS newest
    FROM participant p
    LEFT JOIN message m ON m.channel_id = p.channel_id AND m.id > coalesce(p.last_read_id, 0)
    WHERE p.user_id = $1 GROUP BY p.channel_id ORDER BY p.channel_id;

    -- name: Inbox :many
    SELECT sqlc.embed(c), last.body, last.sent_at, last.sender_id
    FROM channel c JOIN participant p ON p.channel_id = c.id
    LEFT JOIN LATERAL (
        SELECT m.body, m.sent_at, m.sender_id FROM message m WHERE m.channel_id = c.id
        ORDER BY m.id DESC LIMIT 1
    ) last ON true
    WHERE p.user_id = $1 ORDER BY last.sent_at DESC NULLS LAST;

    -- name: React :one
    UPDATE message SET reactions = jsonb_set(reactions, ARRAY[sqlc.arg(emoji)::text],
        to_jsonb(coalesce((reactions ->> sqlc.arg(emoji)::text)::int, 0) + 1))
    WHERE id = sqlc.arg(id) RETURNING reactions;

    -- name: MarkRead :execrows
    UPDATE participant SET last_read_id = greatest(coalesce(last_read_id, 0), sqlc.arg(id)::bigint)
    WHERE channel_id = $1 AND user_id = $2;
    """,
)
def chat(q: Q) -> Script:
    """Partitions, LATERAL, identity columns in a composite key."""
    channel = yield q.open_channel(kind=q.enums.ChannelKind.DIRECT, topic=None)
    yield q.enter(channel_id=channel.id, user_id=7)
    (inbox,) = yield q.inbox(user_id=7)
    assert inbox.c == channel and inbox.sent_at is None
    assert (yield q.unread(user_id=7))[0].newest is None
    message = yield q.send(channel_id=channel.id, sender_id=None, body="hi", sent_at=AT)
    assert (yield q.page(channel_id=channel.id, before_id=None, size=5)) == [message]
    assert (yield q.page(channel_id=channel.id, before_id=message.id, size=5)) == []
    (unread,) = yield q.unread(user_id=7)
    assert (unread.unread, unread.newest) == (1, AT)
    assert (yield q.react(emoji="☃", id=message.id)) == {"☃": 1}
    assert (yield q.react(emoji="☃", id=message.id)) == {"☃": 2}
    assert (yield q.mark_read(channel_id=channel.id, user_id=7, id=message.id)) == 1


@case(
    schema="""
    CREATE TABLE device (
        id macaddr PRIMARY KEY,
        firmware varbit(16),
        flags bit(8) NOT NULL DEFAULT B'00000000',
        location point,
        networks cidr[] NOT NULL DEFAULT '{}'
    );
    CREATE TABLE reading (
        device_id macaddr NOT NULL REFERENCES device,
        at timestamptz NOT NULL,
        value double precision,
        raw smallint[] NOT NULL,
        calibration real[][],
        PRIMARY KEY (device_id, at)
    );
    """,
    queries="""
    -- name: AddDevice :one
    INSERT INTO device (id, firmware, flags) VALUES ($1, $2, $3) RETURNING *;

    -- name: StoreReadings :copyfrom
    INSERT INTO reading (device_id, at, value, raw, calibration) VALUES ($1, $2, $3, $4, $5);

    -- name: Buckets :many
    SELECT date_bin(sqlc.arg(width)::interval, at, timestamptz '2024-01-01 00:00:00+00') AS bucket, avg(value) AS mean,
        min(value) AS low, count(*) AS n
    FROM reading WHERE device_id = sqlc.arg(device_id) GROUP BY 1 ORDER BY 1;

    -- name: Latest :many
    SELECT DISTINCT ON (device_id) device_id, at, value, raw, calibration FROM reading
    ORDER BY device_id, at DESC;

    -- name: Gaps :many
    SELECT at, at - lag(at) OVER (ORDER BY at) AS gap FROM reading WHERE device_id = $1 ORDER BY at;

    -- name: FlagSet :one
    SELECT get_bit(flags, sqlc.arg(bit)::int) AS bit, flags | B'00000001' AS more FROM device
    WHERE id = sqlc.arg(id);
    """,
    loose=("buckets[].low", "buckets[].mean"),
)
def devices(q: Q) -> Script:
    mac = "08:00:2b:01:02:03"
    device = yield q.add_device(id=mac, firmware=None, flags="10000000")
    assert (device.networks, device.firmware, device.location) == ([], None, None)
    rows = [
        {
            "device_id": mac,
            "at": AT + dt.timedelta(minutes=20 * n),
            "value": None if n == 1 else n / 2,
            "raw": [n, -n],
            "calibration": [[0.5, 1.0], [1.5, 2.0]] if n else None,
        }
        for n in range(4)
    ]
    assert (yield q.store_readings(rows)) == 4
    buckets = yield q.buckets(width=dt.timedelta(hours=1), device_id=mac)
    assert [(row.mean, row.n) for row in buckets] == [(0.5, 3), (1.5, 1)]
    (latest,) = yield q.latest()
    assert (latest.raw, latest.calibration) == ([3, -3], [[0.5, 1.0], [1.5, 2.0]])
    gaps = yield q.gaps(device_id=mac)
    assert [row.gap for row in gaps] == [None, *[dt.timedelta(minutes=20)] * 3]
    flag = yield q.flag_set(bit=0, id=mac)
    assert (flag.bit, flag.more) == (1, "10000001")


@case(
    schema="""
    CREATE TYPE ticket_priority AS ENUM ('low', 'normal', 'high', 'urgent');
    CREATE TABLE ticket (
        number serial PRIMARY KEY,
        title varchar(120) NOT NULL,
        priority ticket_priority NOT NULL DEFAULT 'normal',
        assignee text,
        labels text[] NOT NULL DEFAULT '{}',
        watchers text[] DEFAULT '{}',
        due date,
        estimate interval,
        closed_at timestamp,
        search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED
    );
    """,
    queries="""
    -- name: FilterTickets :many
    SELECT number, title, priority, assignee FROM ticket
    WHERE (sqlc.narg(title)::text IS NULL OR title ILIKE '%' || sqlc.narg(title) || '%')
      AND (sqlc.narg(priorities)::ticket_priority[] IS NULL OR priority = ANY(sqlc.narg(priorities)::ticket_priority[]))
      AND (NOT sqlc.arg(only_open)::boolean OR closed_at IS NULL)
      AND (sqlc.narg(labels)::text[] IS NULL OR labels @> sqlc.narg(labels)::text[])
    ORDER BY
      CASE WHEN sqlc.arg(order_by)::text = 'priority' THEN priority END DESC,
      CASE WHEN sqlc.arg(order_by)::text = 'title' THEN title END ASC,
      number
    LIMIT coalesce(sqlc.narg('limit')::bigint, 50);

    -- name: CreateTicket :one
    INSERT INTO ticket (title, priority, assignee, labels, due, estimate)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

    -- name: UpdateTicket :one
    UPDATE ticket SET
        title = coalesce(sqlc.narg(title), title),
        priority = coalesce(sqlc.narg(priority), priority),
        assignee = CASE WHEN sqlc.arg(set_assignee)::bool THEN sqlc.narg(assignee)::text ELSE assignee END,
        due = CASE WHEN sqlc.arg(set_due)::bool THEN sqlc.narg(due)::date ELSE due END
    WHERE number = sqlc.arg(number) RETURNING *;

    -- name: Overdue :many
    SELECT number, current_date - due AS days FROM ticket
    WHERE due < current_date AND closed_at IS NULL ORDER BY number;

    -- name: AddLabel :exec
    UPDATE ticket SET labels = ARRAY(SELECT DISTINCT l FROM unnest(labels || sqlc.arg(label)::text) AS l ORDER BY 1)
    WHERE number = $1;

    -- name: Workload :many
    SELECT assignee, sum(estimate) AS effort, count(*) AS open,
        count(*) FILTER (WHERE priority >= 'high') AS pressing
    FROM ticket WHERE closed_at IS NULL GROUP BY assignee ORDER BY assignee NULLS FIRST;
    """,
)
def tickets(q: Q) -> Script:
    priority = q.enums.TicketPriority
    one = yield q.create_ticket(
        title="Broken", priority=priority.HIGH, assignee=None, labels=[], due=None, estimate=None
    )
    two = yield q.create_ticket(
        title="Slow",
        priority=priority.LOW,
        assignee="ann",
        labels=["perf"],
        due=dt.date(2020, 1, 1),
        estimate=dt.timedelta(hours=5),
    )
    everything = {
        "title": None, "priorities": None, "only_open": False, "labels": None,
        "order_by": "title", "limit": None,
    }  # fmt: skip
    rows = yield q.filter_tickets(**everything)
    assert [row.number for row in rows] == [one.number, two.number]
    rows = yield q.filter_tickets(**everything | {"priorities": [priority.LOW], "labels": ["perf"]})
    assert [row.number for row in rows] == [two.number]
    assert (yield q.filter_tickets(**everything | {"title": "x", "only_open": True})) == []
    assert len((yield q.filter_tickets(**everything | {"limit": 1}))) == 1
    unset = {"title": None, "priority": None, "number": two.number}
    changed = yield q.update_ticket(**unset, due=None)
    assert (changed.due, changed.assignee, changed.title) == (None, "ann", "Slow")
    changed = yield q.update_ticket(**unset | {"title": "Slower"}, assignee=None)
    assert (changed.assignee, changed.title) == (None, "Slower")
    yield q.add_label(number=two.number, label="a")
    yield q.add_label(number=two.number, label="a")
    assert (yield q.update_ticket(**unset)).labels == ["a", "perf"]
    assert (yield q.overdue()) == []
    (load,) = yield q.workload()
    assert (load.assignee, load.effort, load.pressing) == (None, dt.timedelta(hours=5), 1)


@case(
    schema="""
    CREATE TABLE flag (key text PRIMARY KEY, enabled boolean NOT NULL DEFAULT false,
        rollout real CHECK (rollout BETWEEN 0 AND 1), rules jsonb[] NOT NULL DEFAULT '{}');
    CREATE TABLE flag_override (key text NOT NULL REFERENCES flag, subject text NOT NULL,
        value boolean, PRIMARY KEY (key, subject));
    CREATE FUNCTION flag_value(k text, s text) RETURNS boolean LANGUAGE sql STABLE AS $$
        SELECT coalesce((SELECT value FROM flag_override WHERE key = k AND subject = s),
            (SELECT enabled FROM flag WHERE key = k)) $$;
    """,
    queries="""
    -- name: PutFlag :one
    INSERT INTO flag (key, enabled, rollout, rules) VALUES ($1, $2, $3, $4)
    ON CONFLICT (key) DO UPDATE SET enabled = excluded.enabled, rollout = excluded.rollout,
        rules = excluded.rules
    RETURNING *, (xmax = 0) AS inserted;

    -- name: Evaluate :one
    SELECT f.key, coalesce(o.value, f.enabled) AS value, o.subject IS NOT NULL AS overridden
    FROM flag f LEFT JOIN flag_override o ON o.key = f.key AND o.subject = sqlc.arg(subject)
    WHERE f.key = sqlc.arg(key);

    -- name: Value :one
    SELECT flag_value(sqlc.arg(key)::text, sqlc.arg(subject)::text) AS value;

    -- name: Override :exec
    INSERT INTO flag_override (key, subject, value) VALUES ($1, $2, $3);
    """,
)
def flags(q: Q) -> Script:
    put = yield q.put_flag(key="f", enabled=False, rollout=0.5, rules=[{"a": 1}, []])
    assert (put.inserted, put.rules, put.rollout) == (True, [{"a": 1}, []], 0.5)
    put = yield q.put_flag(key="f", enabled=True, rollout=None, rules=[])
    assert (put.inserted, put.rules) == (False, [])
    assert (yield q.value(key="none", subject="s")) is None
    yield q.override(key="f", subject="s", value=False)
    evaluated = yield q.evaluate(key="f", subject="s")
    assert (evaluated.value, evaluated.overridden) == (False, True)
    assert (yield q.value(key="f", subject="s")) is False


@case(
    schema="""
    CREATE TABLE link (
        code char(6) PRIMARY KEY,
        url text NOT NULL,
        expires timestamptz
    );
    CREATE TABLE click (id bigserial, code char(6) NOT NULL REFERENCES link, ip inet,
        country char(2), at timestamptz NOT NULL DEFAULT now());
    """,
    queries="""
    -- name: Shorten :one
    WITH made AS (
        INSERT INTO link (code, url, expires) VALUES (sqlc.arg(code), sqlc.arg(url), sqlc.narg(expires)::timestamptz)
        ON CONFLICT (code) DO NOTHING RETURNING code, url
    )
    SELECT code, url FROM made;

    -- name: Follow :one
    WITH target AS (
        SELECT code, url FROM link WHERE code = sqlc.arg(code)
    ), counted AS (
        INSERT INTO click (code, country) SELECT t.code, sqlc.narg(country) FROM target t RETURNING id
    )
    SELECT url FROM target;

    -- name: Top :many
    SELECT l.code, l.url, count(c.code) AS clicks,
        round(100.0 * count(c.code) / nullif(sum(count(c.code)) OVER (), 0), 1) AS share
    FROM link l LEFT JOIN click c USING (code) GROUP BY l.code, l.url ORDER BY clicks DESC, l.code;

    -- name: Countries :many
    SELECT coalesce(country, '??')::text AS country, count(*) AS n FROM click GROUP BY country ORDER BY n DESC;
    """,
    modes=("database",),
)
def links(q: Q) -> Script:
    assert [row.share for row in (yield q.top())] == []
    made = yield q.shorten(code="abc123", url="https://x", expires=None)
    assert made.code == "abc123"
    assert (yield q.shorten(code="abc123", url="https://y", expires=None)) is None
    assert [row.share for row in (yield q.top())] == [None]
    assert (yield q.follow(code="abc123", country="DE")) == "https://x"
    assert (yield q.follow(code="zzz999", country=None)) is None
    (top,) = yield q.top()
    assert (top.clicks, top.share) == (1, Decimal("100.0"))
    assert (yield q.countries())[0].country == "DE"


@case(
    schema="""
    CREATE TABLE poll (id integer PRIMARY KEY, question text NOT NULL, closes_at timestamptz);
    CREATE TABLE option (poll_id integer NOT NULL REFERENCES poll, position smallint NOT NULL,
        label text NOT NULL, PRIMARY KEY (poll_id, position));
    CREATE TABLE ballot (poll_id integer NOT NULL, voter text NOT NULL, choices smallint[] NOT NULL,
        ranks integer[][], PRIMARY KEY (poll_id, voter));
    """,
    queries="""
    -- name: CreatePoll :exec
    WITH new_poll AS (
        INSERT INTO poll (id, question) VALUES (sqlc.arg(poll_id), sqlc.arg(question)) RETURNING id
    )
    INSERT INTO option (poll_id, position, label)
    SELECT n.id, o.position, o.label
    FROM new_poll n, unnest(sqlc.arg(labels)::text[]) WITH ORDINALITY AS o(label, position);

    -- name: Cast :exec
    INSERT INTO ballot (poll_id, voter, choices, ranks) VALUES ($1, $2, $3, $4)
    ON CONFLICT (poll_id, voter) DO UPDATE SET choices = excluded.choices, ranks = excluded.ranks;

    -- name: Results :many
    SELECT o.label, count(b.voter) AS votes, array_remove(array_agg(b.voter ORDER BY b.voter), NULL)::text[] AS voters
    FROM option o LEFT JOIN ballot b ON b.poll_id = o.poll_id AND o.position = ANY(b.choices)
    WHERE o.poll_id = $1 GROUP BY o.position, o.label ORDER BY o.position;

    -- name: Ballots :many
    SELECT voter, choices, ranks, choices[1] AS first FROM ballot WHERE poll_id = $1 ORDER BY voter;
    """,
)
def polls(q: Q) -> Script:
    yield q.create_poll(poll_id=1, question="?", labels=["yes", "no"])
    yield q.cast(poll_id=1, voter="ann", choices=[1], ranks=[[1, 2], [3, 4]])
    yield q.cast(poll_id=1, voter="bob", choices=[], ranks=None)
    results = yield q.results(poll_id=1)
    assert [(row.label, row.votes, row.voters) for row in results] == [
        ("yes", 1, ["ann"]),
        ("no", 0, []),
    ]
    ballots = yield q.ballots(poll_id=1)
    assert [(row.ranks, row.first) for row in ballots] == [([[1, 2], [3, 4]], 1), (None, None)]


@case(
    schema="""
    CREATE TYPE address AS (street text, city text, zip text);
    CREATE TYPE contact_kind AS ENUM ('home', 'work');
    CREATE TYPE contact AS (kind contact_kind, phone text, since date);
    CREATE TABLE person (
        id integer PRIMARY KEY,
        name text NOT NULL,
        home address NOT NULL,
        work address,
        contacts contact[] NOT NULL DEFAULT '{}'
    );
    """,
    queries="""
    -- name: AddPerson :one
    INSERT INTO person (id, name, home, work, contacts) VALUES ($1, $2, $3, $4, $5) RETURNING *;

    -- name: Cities :many
    SELECT id, (home).city AS city, (work).city AS work_city FROM person ORDER BY id;

    -- name: LivingIn :many
    SELECT name, home FROM person WHERE (home).city = sqlc.arg(city)::text;

    -- name: Move :one
    UPDATE person SET home = ROW(sqlc.arg(street)::text, sqlc.arg(city)::text, (home).zip)::address
    WHERE id = sqlc.arg(id) RETURNING home;

    -- name: Homes :many
    SELECT home FROM person;

    -- name: AllContacts :many
    SELECT p.id, c.kind, c.phone, c.since FROM person p CROSS JOIN LATERAL unnest(p.contacts) AS c;
    """,
    modes=("database",),
)
def composites(q: Q) -> Script:
    address, contact = q.models.Address, q.models.Contact
    home = address(street='1, "Main" (St)', city="Ulm", zip=None)
    contacts = [
        contact(kind=q.enums.ContactKind.WORK, phone=None, since=dt.date(2024, 1, 1)),
        contact(kind=None, phone="", since=None),
    ]
    row = yield q.add_person(id=1, name="Ann", home=home, work=None, contacts=contacts)
    assert (row.home, row.work, row.contacts) == (home, None, contacts)
    (city,) = yield q.cities()
    assert (city.city, city.work_city) == ("Ulm", None)
    (living,) = yield q.living_in(city="Ulm")
    assert living.home == home
    moved = yield q.move(street="2", city="Bonn", id=1)
    assert moved == address(street="2", city="Bonn", zip=None)
    assert (yield q.homes()) == [moved]
    found = yield q.all_contacts()
    assert sorted((row.phone is None, row.kind) for row in found) == [
        (False, None),
        (True, q.enums.ContactKind.WORK),
    ]


@case(
    schema="""
    CREATE TABLE item (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        body jsonb NOT NULL,
        deleted_at timestamptz
    );
    CREATE TABLE item_history (LIKE item INCLUDING DEFAULTS, valid tstzrange NOT NULL);
    CREATE VIEW live_items AS SELECT id, version, body FROM item WHERE deleted_at IS NULL;
    """,
    queries="""
    -- name: PutItem :one
    INSERT INTO item (id, body) VALUES (sqlc.arg(id), sqlc.arg(body))
    ON CONFLICT (id) DO UPDATE SET body = excluded.body, version = item.version + 1
    WHERE item.body IS DISTINCT FROM excluded.body
    RETURNING *;

    -- name: Compare :one
    UPDATE item SET body = sqlc.arg(body), version = version + 1
    WHERE id = sqlc.arg(id) AND version = sqlc.arg(expected) RETURNING version;

    -- name: SoftDelete :execrows
    UPDATE item SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL;

    -- name: Live :many
    SELECT * FROM live_items ORDER BY id;

    -- name: Archive :execrows
    WITH gone AS (DELETE FROM item WHERE deleted_at IS NOT NULL RETURNING *)
    INSERT INTO item_history (id, version, body, deleted_at, valid)
    SELECT g.id, g.version, g.body, g.deleted_at, tstzrange(g.deleted_at, NULL) FROM gone g;

    -- name: Historic :many
    SELECT * FROM item_history;

    -- name: Keys :many
    SELECT id, jsonb_object_keys(body) AS key FROM item ORDER BY 1, 2;
    """,
)
def documents(q: Q) -> Script:
    id_ = uuid.UUID(int=3)
    first = yield q.put_item(id=id_, body={"a": 1})
    assert first.version == 1
    assert (yield q.put_item(id=id_, body={"a": 1})) is None
    assert (yield q.put_item(id=id_, body={"a": 2, "b": None})).version == 2
    assert (yield q.compare(body={}, id=id_, expected=1)) is None
    assert (yield q.compare(body={"z": []}, id=id_, expected=2)) == 3
    assert [row.key for row in (yield q.keys())] == ["z"]
    assert len((yield q.live())) == 1
    assert (yield q.soft_delete(id=id_)) == 1
    assert (yield q.live()) == []
    assert (yield q.archive()) == 1
    (old,) = yield q.historic()
    assert (old.body, old.version) == ({"z": []}, 3) and old.valid.upper is None


@case(
    schema="""
    CREATE SCHEMA "Mixed Case";
    CREATE TYPE "Mixed Case"."Kind" AS ENUM ('A', 'b');
    CREATE TABLE "Mixed Case"."Thing" (
        "Id" integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
        "Kind" "Mixed Case"."Kind" NOT NULL,
        "Kinds" "Mixed Case"."Kind"[]
    );
    """,
    queries="""
    -- name: AddThing :one
    INSERT INTO "Mixed Case"."Thing" ("Kind", "Kinds") VALUES ($1, $2) RETURNING *;

    -- name: ThingsOfKind :many
    SELECT * FROM "Mixed Case"."Thing" WHERE "Kind" = ANY(sqlc.arg(kinds)::"Mixed Case"."Kind"[]);
    """,
)
def mixed_case(q: Q) -> Script:
    kind = q.enums.Kind
    keys = [key for key in q.signature("add_thing") if key != "return"]
    row = yield q.add_thing(**dict(zip(keys, [kind.A, list(kind)], strict=True)))
    assert list(vars(row).values())[1:] == [kind.A, list(kind)]
    assert (yield q.things_of_kind(kinds=[kind.A])) == [row]
    assert (yield q.things_of_kind(kinds=[])) == []


@case(
    schema="""
    CREATE TABLE parent (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE child (extra text, score integer NOT NULL DEFAULT 0) INHERITS (parent);
    CREATE UNLOGGED TABLE cache (key text PRIMARY KEY, value bytea, expires timestamptz);
    """,
    queries="""
    -- name: Children :many
    SELECT extra, score FROM child;

    -- name: AddChild :exec
    INSERT INTO child (id, name, extra) VALUES ($1, $2, $3);

    -- name: Parents :many
    SELECT * FROM parent ORDER BY id;

    -- name: CacheGet :one
    SELECT value FROM cache WHERE key = $1 AND (expires IS NULL OR expires > now());

    -- name: CachePut :exec
    INSERT INTO cache (key, value, expires) VALUES ($1, $2, $3)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires = excluded.expires;
    """,
)
def inheritance(q: Q) -> Script:
    yield q.add_child(id=1, name="c", extra=None)
    assert [(row.extra, row.score) for row in (yield q.children())] == [(None, 0)]
    assert [row.name for row in (yield q.parents())] == ["c"]
    yield q.cache_put(key="k", value=b"v", expires=None)
    assert (yield q.cache_get(key="k")) == b"v"
    assert (yield q.cache_get(key="z")) is None
