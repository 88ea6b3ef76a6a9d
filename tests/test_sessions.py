"""Generated functions in sessions whose settings change the form of values."""

from datetime import timedelta

import psycopg
import pytest
from attune_queries import pack, support
from attune_queries.aio import pack as async_pack
from psycopg.rows import tuple_row

SETTINGS = [
    ("datestyle", "German, DMY", "DateStyle", "'ISO'"),
    ("datestyle", "SQL", "DateStyle", "'ISO'"),
    ("client_encoding", "SQL_ASCII", "client_encoding", "'UTF8'"),
]
SPANS = [
    timedelta(days=-1, seconds=3, microseconds=5),
    timedelta(microseconds=-1),
    timedelta(days=1, seconds=86399),
    timedelta(0),
]


@pytest.mark.parametrize(("setting", "value", "name", "wanted"), SETTINGS)
async def test_a_session_with_unsupported_settings_is_refused(
    shared_database_url: str, setting: str, value: str, name: str, wanted: str
) -> None:
    options = f"-c {setting}={value.replace(' ', chr(92) + ' ')}"
    with psycopg.connect(shared_database_url, options=options) as conn:
        with pytest.raises(psycopg.NotSupportedError) as failure:
            pack.list_packs(conn, limit=None, after=None)
        assert f"the session's {name} is " in str(failure.value)
        assert f"run SET {name} TO {wanted}" in str(failure.value)
        conn.execute(str(failure.value).partition("run ")[2].encode())
        assert pack.list_packs(conn, limit=None, after=None) == []
    connecting = psycopg.AsyncConnection.connect(shared_database_url, options=options)
    async with await connecting as aconn:
        with pytest.raises(psycopg.NotSupportedError, match=name):
            await async_pack.list_packs(aconn, limit=None, after=None)


@pytest.mark.parametrize("style", ["postgres", "sql_standard", "iso_8601", "postgres_verbose"])
def test_an_interval_is_the_same_in_every_style(shared_database_url: str, style: str) -> None:
    options = f"-c intervalstyle={style}"
    with psycopg.connect(shared_database_url, options=options) as conn:
        cursor = support.Cursor(conn, row_factory=tuple_row)
        for span in SPANS:
            cursor.execute("SELECT (extract(epoch FROM $1::interval) * 1000000)::bigint", [span])
            assert cursor.fetchone() == (span // timedelta(microseconds=1),)
        query = "SELECT interval '-1 day 3 hours'"
        if style == "postgres":
            assert cursor.execute(query).fetchone() == (timedelta(days=-1, hours=3),)
        else:
            with pytest.raises(psycopg.NotSupportedError, match="IntervalStyle"):
                cursor.execute(query)
