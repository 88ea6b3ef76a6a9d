"""The command: sqlc runs it to generate; `catalog` and `verify` are for people and pipelines."""

import argparse
import base64
import json
import os
import sys
from pathlib import Path

import pydantic

from .catalog import write_catalog
from .formatting import format_files
from .plan import plan
from .problems import Problem, Problems
from .render import render
from .request import Request
from .verify import verify

GENERATE = "/plugin.CodegenService/Generate"


def main() -> None:
    """Run; what can't be done is told on stderr, with exit code 1."""
    try:
        if sys.argv[1:2] == [GENERATE]:
            generate()
        else:
            run(sys.argv[1:])
    except (Problem, Problems) as problem:
        sys.exit(f"sqlc-gen-psycopg: {problem}")
    except pydantic.ValidationError as exc:
        wrong = "\n".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in exc.errors(include_url=False, include_input=False)
        )
        sys.exit(f"sqlc-gen-psycopg: sqlc.yaml: {wrong}")


def generate() -> None:
    """Answer sqlc: the request comes as JSON on stdin, the files go as JSON to stdout."""
    request = Request.model_validate_json(sys.stdin.buffer.read())
    options = request.plugin_options
    database_url = None
    if options.database is not None:
        database_url = os.environ.get(options.database)
        if not database_url:
            raise Problem(
                f"the variable {options.database} is not set; list it under the plugin's `env:`"
            )
    texts = format_files(render(plan(request, database_url), request.sqlc_version), options.package)
    contents = [
        {"name": name, "contents": base64.b64encode(text.encode()).decode()}
        for name, text in sorted(texts.items())
    ]
    json.dump({"files": contents}, sys.stdout)


def run(arguments: list[str]) -> None:
    """Run a command of a person's."""
    parser = argparse.ArgumentParser(prog="sqlc-gen-psycopg", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    catalog = commands.add_parser("catalog", help="write the catalog of a live database")
    catalog.add_argument("--schema", default="public")
    catalog.add_argument("--out", type=Path, required=True, help="the generated package's folder")
    check = commands.add_parser("verify", help="prepare every query and compare the types")
    check.add_argument("package", type=Path, help="the generated package's folder")
    for command in (catalog, check):
        command.add_argument(
            "--database-url", default=os.environ.get("DATABASE_URL"), help="default: DATABASE_URL"
        )
    options = parser.parse_args(arguments)
    if not options.database_url:
        parser.error("--database-url or DATABASE_URL is needed")
    if options.command == "catalog":
        write_catalog(options.database_url, options.schema, options.out)
    else:
        print(f"{verify(options.database_url, options.package)} queries agree with the database")
