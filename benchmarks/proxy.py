"""A proxy in a process of its own, which delays messages in both directions."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import conninfo_to_dict, make_conninfo


@contextmanager
def delayed(url: str, seconds: float) -> Iterator[str]:
    """Yield the conninfo of a path to the server on which an answer takes this long, there and back."""
    given = conninfo_to_dict(url)
    host, port = str(given.get("host") or "localhost"), str(given.get("port") or 5432)
    command = [sys.executable, __file__, host, port, str(seconds / 2)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        try:
            yield make_conninfo(
                url,
                host="127.0.0.1",
                port=proxy.stdout.readline().strip(),
                sslmode="disable",
                gssencmode="disable",
            )
        finally:
            proxy.terminate()


async def serve(host: str, port: int, delay: float) -> None:
    """Forward each connection, and print the port."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            answers, server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            answers, server = await asyncio.open_connection(host, port)
        await asyncio.gather(_pump(reader, server, delay), _pump(answers, writer, delay))

    listening = await asyncio.start_server(forward, "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65536):
        loop.call_later(delay, writer.write, data)  # one after another, none delayed by others
    loop.call_later(delay, writer.close)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
