"""Write analysis/signatures.json: the functions, operators and casts of PostgreSQL, and whether they return NULL.

    python -m read_signatures [URL ...]

reads the embedded server, PostgreSQL 18, 17, 16 and 15 (installed with npm) and the servers of the URLs.
Functions are those of the first server. What returns NULL on one server may do so on any. Entries of
extensions that no server has are kept.
"""

import sys
from contextlib import ExitStack

import generate
import versions

from .catalog import read
from .file import Reading, load, write
from .scratch import database


def main() -> None:
    versions.install()
    reading = Reading()
    with ExitStack() as stack:
        urls = [stack.enter_context(generate.server())]
        urls += [stack.enter_context(versions.server(major)) for major in reversed(versions.MAJORS)]
        for url in [*urls, *sys.argv[1:]]:
            with database(url) as conn:
                catalog = read(conn)
                print(f"PostgreSQL {catalog.version}: {len(catalog.things)} entries", flush=True)
                reading.add(conn, catalog)
    write(load() | reading.sections())


if __name__ == "__main__":
    main()
