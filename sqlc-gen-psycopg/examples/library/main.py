"""Use the generated package on the database of DATABASE_URL; leave nothing there."""

import asyncio
import os
from decimal import Decimal
from pathlib import Path

import psycopg
from library.aio import query as aio_query
from library.enums import Format, Genre

from library import models, query

SCHEMA = Path(__file__).with_name("schema.sql").read_text()


def create(conn: psycopg.Connection) -> None:
    """Create the tables in a schema of their own."""
    conn.execute("CREATE SCHEMA library_example")
    conn.execute("SET LOCAL search_path TO library_example")
    conn.execute(SCHEMA.encode())


def fill(conn: psycopg.Connection) -> models.Author:
    """Add some authors, books and tags."""
    ursula = query.create_author(
        conn, name="Ursula K. Le Guin", born=None, bio="American"
    )
    query.create_author(conn, name="Nobody Yet", born=None, bio=None)
    books = query.add_books(
        conn,
        [
            query.AddBooksParams(
                author_id=ursula.id,
                title=title,
                genre=genre,
                formats=[Format.PAPERBACK, Format.E_BOOK],
                price=Decimal(price) if price else None,
                details={"year": year},
            )
            for title, genre, price, year in [
                ("The Dispossessed", Genre.FICTION, "9.99", 1974),
                ("Wild Angels", Genre.POETRY, None, 1975),
            ]
        ],
    )
    added = query.add_tags(
        conn, (query.AddTagsParams(name) for name in ("utopia", "moon"))
    )
    query.tag_books(conn, [query.TagBooksParams(book_id=books[0].id, tag="utopia")])
    print(f"added {len(books)} books and {added} tags")
    return ursula


def show(conn: psycopg.Connection, author: models.Author) -> None:
    """Print what is there, and change it."""
    for row in query.list_authors_with_books(conn):
        title = row.book.title if row.book is not None else "nothing yet"
        print(f"{row.author.name}: {title}")
    for book in query.find_books(conn, genres=[Genre.FICTION], formats=[Format.E_BOOK]):
        print(f"{book.title} ({book.genre}) costs {book.price}; {book.details}")
    for group in query.prices_per_genre(conn):
        print(f"{group.genre}: {group.books}, at most {group.highest}")
    print("titles:", ", ".join(query.each_title(conn)))

    changed = query.update_author(conn, id=author.id, bio=None)
    assert changed is not None
    print(f"{changed.name} keeps the name, and has the biography {changed.bio}")
    print("deleted:", query.delete_author(conn, id=author.id))
    print("found:", query.get_author(conn, id=author.id))


async def show_async(url: str) -> None:
    """The same functions as coroutines."""
    conn = await psycopg.AsyncConnection.connect(url)
    async with conn, conn.transaction(force_rollback=True):
        await conn.execute("CREATE SCHEMA library_example")
        await conn.execute("SET LOCAL search_path TO library_example")
        await conn.execute(SCHEMA.encode())
        author = await aio_query.create_author(conn, name="Basho", born=None, bio=None)
        print(
            "async:",
            [item.name for item in await aio_query.list_authors(conn)],
            author.id,
        )


def main() -> None:
    """Run everything in transactions that are rolled back."""
    url = os.environ.get("DATABASE_URL", "")
    with psycopg.connect(url) as conn, conn.transaction(force_rollback=True):
        create(conn)
        show(conn, fill(conn))
    asyncio.run(show_async(url))


if __name__ == "__main__":
    main()
