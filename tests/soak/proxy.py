"""A proxy that loses requests and answers on the way to the server."""

import asyncio
import random
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

SHARES = {"COMMIT": 0.02, "statement": 0.004}
"""The share of requests or answers to lose. On an autocommit connection, a statement is a transaction."""

Loses = Callable[[float, str], bool]
"""Decides whether to lose a message, with a given probability."""


def by_chance(seed: int) -> Loses:
    """Lose messages at random."""
    chance = random.Random(seed)
    return lambda share, what: chance.random() < share


class Proxy:
    """Listens on local ports, each for a server or a pooler."""

    def __init__(self, loses: Loses) -> None:
        self.lost: Counter[str] = Counter()
        self._loses = loses
        self._servers: list[asyncio.Server] = []
        self._links: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def before(self, conninfo: str) -> str:
        """Listen for this server, and return the conninfo of the path through this proxy."""
        given = conninfo_to_dict(conninfo)
        host, port = str(given.get("host") or "localhost"), int(given.get("port") or 5432)
        return make_conninfo(
            conninfo,
            host="127.0.0.1",
            hostaddr=None,
            port=self._listen(host, port),
            sslmode="disable",
            gssencmode="disable",
        )

    def _listen(self, host: str, port: int) -> int:
        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._loop.create_task(self._serve(host, port, reader, writer))
            self._links.add(task)
            task.add_done_callback(self._links.discard)

        async def start() -> int:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            self._servers.append(server)
            return int(server.sockets[0].getsockname()[1])

        return asyncio.run_coroutine_threadsafe(start(), self._loop).result()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _serve(
        self,
        host: str,
        port: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            if host.startswith("/"):
                socket = f"{host}/.s.PGSQL.{port}"
                from_server, to_server = await asyncio.open_unix_connection(socket)
            else:
                from_server, to_server = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        link = _Link(self, from_server, writer)
        pumps = [
            asyncio.ensure_future(link.forward(reader, to_server)),
            asyncio.ensure_future(link.answer()),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            writer.close()
            to_server.close()

    def loses(self, share: float, what: str) -> bool:
        """Return whether to lose this message, and count it if so."""
        lost = self._loses(share, what)
        if lost:
            self.lost[what] += 1
        return lost


class _Link:
    """A client's connection."""

    def __init__(
        self, proxy: Proxy, from_server: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._from_server = from_server
        self._to_client = to_client
        self._is_muted = False

    async def forward(
        self, from_client: asyncio.StreamReader, to_server: asyncio.StreamWriter
    ) -> None:
        """Forward messages of the client until it ends or a message is to be lost."""
        (length,) = struct.unpack("!i", start := await from_client.readexactly(4))
        to_server.write(start + await from_client.readexactly(length - 4))
        rest = b""
        while data := await from_client.read(65536):
            rest += data
            for message in _messages(rest):
                rest = rest[len(message) :]
                if not self._is_muted and (what := _question(message)):
                    share = SHARES[what] / 2
                    if self._proxy.loses(share, f"{what} not sent"):
                        return
                    self._is_muted = self._proxy.loses(share, f"answer to {what}")
                to_server.write(message)
            await to_server.drain()
        # Answers to a client that has gone are lost with it.

    async def answer(self) -> None:
        """Forward messages of the server. After muting, wait until it is done, and end."""
        rest = b""
        while data := await self._from_server.read(65536):
            if not self._is_muted:
                self._to_client.write(data)
                await self._to_client.drain()
                continue
            rest += data
            for message in _messages(rest):
                rest = rest[len(message) :]
                if message.startswith(b"Z"):  # ReadyForQuery
                    return


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the complete messages: a letter, four bytes of length, and the rest."""
    position = 0
    while len(data) >= position + 5:
        (length,) = struct.unpack_from("!i", data, position + 1)
        if len(data) < position + 1 + length:
            return
        yield data[position : position + 1 + length]
        position += 1 + length


def _question(message: bytes) -> str | None:
    """Return the kind of a request, or None if it expects no answer."""
    if message.startswith(b"Q") and message[5:].upper().startswith(b"COMMIT"):
        return "COMMIT"
    return "statement" if message.startswith((b"Q", b"S")) else None  # Query, Sync
