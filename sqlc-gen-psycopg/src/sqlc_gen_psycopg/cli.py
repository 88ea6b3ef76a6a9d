"""The command line. sqlc runs it to generate code; `catalog` and `verify` are for people and pipelines."""

import argparse
import base64
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

import pydantic

from . import __version__
from .folder import check_package
from .formatting import format_files
from .options import Options, Override
from .plan import plan
from .problems import Problem, Problems, bug, suggestion
from .render import render
from .request import Request
from .warn import warn

GENERATE = "/plugin.CodegenService/Generate"


def main() -> None:
    """Run the command. Problems are printed to stderr, with exit code 1."""
    try:
        if sys.argv[1:2] == [GENERATE]:
            gc.disable()  # What a run makes is needed until its end.
            generate()
        else:
            run(sys.argv[1:])
    except (Problem, Problems) as problem:
        sys.exit(f"sqlc-gen-psycopg: {problem}")
    except Exception as exc:
        if os.environ.get("SQLC_GEN_PSYCOPG_DEBUG"):
            raise
        sys.exit(f"sqlc-gen-psycopg: {bug(exc)}")


def generate() -> None:
    """Answer sqlc: read the request as JSON from stdin, and write the files as JSON to stdout."""
    request = read_request(sys.stdin.buffer.read())
    options = request.plugin_options
    database_url = None
    if options.database is not None:
        database_url = os.environ.get(options.database)
        if not database_url:
            raise Problem(
                f"the variable {options.database} is not set; list it under the plugin's `env:`"
            )
    check_package(options.package, request.settings.codegen.out)
    package = plan(request, database_url)
    texts = format_files(render(package, options, request.sqlc_version), options.package)
    contents = [
        {"name": name, "contents": base64.b64encode(text.encode()).decode()}
        for name, text in sorted(texts.items())
    ]
    json.dump({"files": contents}, sys.stdout)
    for text in package.warnings:
        warn(text)


def read_request(document: bytes) -> Request:
    """Parse the request. Raise Problem if it is not one, or if its options are wrong."""
    try:
        return Request.model_validate_json(document)
    except pydantic.ValidationError as exc:
        wrong: list[str] = []
        for error in exc.errors(include_url=False, include_input=False):
            match error["loc"]:
                case ("plugin_options", *names):
                    option = ".".join(map(str, names)) or "options"
                    wrong.append(f"sqlc.yaml: options: {option}: {_reason(error, names)}")
                case names:
                    wrong.append(f"the request: {'.'.join(map(str, names))}: {error['msg']}")
        raise Problem("\n".join(wrong)) from None


def _reason(error: Any, names: list[int | str]) -> str:
    """Describe what is wrong with an option, and which one may have been meant."""
    match error["type"]:
        case "missing":
            return "is required"
        case "value_error":
            return str(error["ctx"]["error"])
        case "extra_forbidden":
            known = (Options if len(names) == 1 else Override).model_fields
            hint = (
                suggestion(str(names[-1]), known) or f"; expected one of {', '.join(sorted(known))}"
            )
            return f"no such option{hint}"
        case _:
            return str(error["msg"])


def run(arguments: list[str]) -> None:
    """Run a command other than that of sqlc."""
    parser = argparse.ArgumentParser(prog="sqlc-gen-psycopg", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    catalog = commands.add_parser("catalog", help="write the catalog of a live database")
    catalog.add_argument("--schema", default="public")
    catalog.add_argument("--out", type=Path, required=True, help="the generated package's folder")
    catalog.add_argument(
        "--constraints", action="store_true", help="write the names of constraints, too"
    )
    check = commands.add_parser("verify", help="prepare every query and compare the types")
    check.add_argument("package", type=Path, help="the generated package's folder")
    for command in (catalog, check):
        command.add_argument(
            "--database-url", default=os.environ.get("DATABASE_URL"), help="default: DATABASE_URL"
        )
    options = parser.parse_args(arguments)
    if not options.database_url:
        parser.error("--database-url or DATABASE_URL is needed")
    # Import here, because generating needs no psycopg.
    from .catalog import write_catalog
    from .verify import verify

    if options.command == "catalog":
        write_catalog(
            options.database_url, options.schema, options.out, constraints=options.constraints
        )
    else:
        print(f"{verify(options.database_url, options.package)} queries agree with the database")
