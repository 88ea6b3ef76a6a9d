"""Every mutant in survivors.toml can still be made."""

import tomllib
from pathlib import Path

from mutations.mutants import mutants

MUTATIONS = Path(__file__).with_name("mutations")
ANALYSIS = Path(__file__).parents[1] / "src" / "sqlc_gen_psycopg" / "analysis"


def test_every_listed_survivor_is_a_mutant() -> None:
    listed = tomllib.loads((MUTATIONS / "survivors.toml").read_text())
    names = {mutant.name for path in ANALYSIS.glob("[!_]*.py") for mutant in mutants(path)}
    assert set(listed) <= names
