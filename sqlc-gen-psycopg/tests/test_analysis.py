"""Each expression of a statement is read once per reading, at any depth."""

from collections import Counter
from pathlib import Path

import pytest
from run_sqlc import generate
from sqlc_gen_psycopg.analysis import Attribute, Database, Relation, analyse
from sqlc_gen_psycopg.analysis.database import walk
from sqlc_gen_psycopg.analysis.expressions import Expressions, Node
from sqlc_gen_psycopg.analysis.parser import parse
from sqlc_gen_psycopg.analysis.scope import Value
from sqlc_gen_psycopg.analysis.sources import Sources

# Each contains {inner} at least once, so that it can be nested.
FORMS = {
    "aggregate": "(SELECT coalesce(jsonb_agg(jsonb_build_object('k', {inner})), '[]') FROM node)",
    "scalar": "(SELECT id + {inner} FROM node WHERE id = 1 ORDER BY id + 1 LIMIT 1)",
    "set": "(SELECT unnest(ARRAY[id, {inner}]) FROM node ORDER BY unnest(ARRAY[1]) LIMIT 1)",
    "case": "CASE WHEN id = 1 THEN 2 WHEN id = {inner} THEN 3 ELSE id END",
    "coalesce": "coalesce(parent, {inner}, 1)",
    "and_or": "(id = 1 AND ({inner} = 2 OR id = 3))::int",
    "rows": "((1, {inner}) = (2, 3) AND (1, {inner}) IN ((1, 2), (3, 4)))::int",
    "distinct": "((1, {inner}) IS DISTINCT FROM (2, 3))::int",
    "in": "(id IN (1, {inner}) AND id BETWEEN {inner} AND 3)::int",
    "any": "(id = ANY (SELECT {inner} FROM node))::int",
    "function": "abs(greatest({inner}, nullif(id, 1)))",
    "window": "(SELECT sum({inner}) FILTER (WHERE id > 1) OVER w FROM node WINDOW w AS (ORDER BY id))",
    "group": "(SELECT {inner} FROM node GROUP BY 1 HAVING count(*) > 1)",
    "rollup": "(SELECT abs({inner}) FROM node GROUP BY ROLLUP (1))",
    "from": "(SELECT f.x FROM generate_series(1, {inner}) AS f (x))",
    "lateral": "(SELECT l.x FROM node LEFT JOIN LATERAL (SELECT {inner} AS x) AS l ON true)",
    "union": "(SELECT {inner} UNION ALL SELECT 1 LIMIT 1)",
    "values": "(SELECT x FROM (VALUES ({inner}), (1)) AS v (x))",
    "cte": "(WITH c AS (SELECT {inner} AS x) SELECT a.x FROM c AS a JOIN c AS b ON a.x = b.x)",
    "recursive": (
        "(WITH RECURSIVE r (x) AS (SELECT {inner} UNION ALL SELECT x + 1 FROM r WHERE x < 3)"
        " SELECT x FROM r)"
    ),
    "array": "array_length(ARRAY(SELECT {inner} FROM node), 1)",
    "json": "(SELECT JSON_ARRAYAGG({inner}) FROM node)::text::int",
}
STATEMENTS = {
    "insert": "INSERT INTO node (id, parent) SELECT {inner}, 1 FROM node RETURNING {inner}",
    "conflict": (
        "INSERT INTO node VALUES (1, {inner}) ON CONFLICT (id) DO UPDATE SET parent = {inner}"
    ),
    "update": "UPDATE node SET parent = {inner} WHERE id = {inner} RETURNING {inner}",
    "delete": "DELETE FROM node WHERE id = {inner} RETURNING {inner}",
    "merge": (
        "MERGE INTO node USING (SELECT {inner} AS x) AS s ON node.id = s.x"
        " WHEN MATCHED THEN UPDATE SET parent = {inner} RETURNING {inner}"
    ),
}


def nested(form: str, levels: int) -> str:
    """Nest the form in itself, around a parameter."""
    text = "$1::int"
    for _ in range(levels):
        text = form.replace("{inner}", text)
    return text


def known() -> Database:
    columns = [Attribute("id", "int4", nullable=False), Attribute("parent", "int4")]
    return Database(relations={("public", "node"): Relation("public", "node", columns)})


def readings(sql: str, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """Return how often each expression was read, by identity."""
    found: Counter[int] = Counter()
    read = Expressions.value

    def counted(self: Expressions, node: Node | None) -> Value:
        if node:
            found[id(node)] += 1
        return read(self, node)

    with monkeypatch.context() as patched:
        patched.setattr(Expressions, "value", counted)
        assert analyse(known(), sql) is not None
    return found


@pytest.mark.parametrize(
    "sql",
    [f"SELECT {nested(form, 3)} FROM node" for form in FORMS.values()]
    + [form.replace("{inner}", nested(FORMS["scalar"], 2)) for form in STATEMENTS.values()],
    ids=[*FORMS, *STATEMENTS],
)
def test_an_expression_is_read_once_per_reading(sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = parse(sql)  # Keeps the nodes alive, and so their identities.
    found = readings(sql, monkeypatch)
    parameters = [node for kind, node in walk(tree) if kind == "ParamRef"]
    assert parameters
    assert len(found) > len(parameters)
    # One reading finds the types of parameters, the next one the nullability.
    assert max(found.values()) == 2


def test_a_statement_without_parameters_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = f"SELECT {nested(FORMS['aggregate'], 3)} FROM node".replace("$1::int", "1")
    assert set(readings(sql, monkeypatch).values()) == {1}


def test_a_recursive_term_is_read_until_no_more_columns_become_nullable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One reading for each column that becomes nullable, for the outermost recursion only."""
    sql = (
        "WITH RECURSIVE r (a, b, c) AS (SELECT 1, 1, NULL::int UNION ALL SELECT b, c,"
        f" {nested(FORMS['recursive'], 4).replace('$1::int', 'c')} FROM r) SELECT a FROM r"
    )
    found = readings(sql, monkeypatch)
    assert max(found.values()) == 3
    analysis = analyse(known(), sql)
    assert analysis is not None
    assert analysis.columns[0].nullable


def test_a_view_is_read_once_for_all_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    database = known()
    for level in range(6):
        source = f"v{level - 1}" if level else "node"
        query = parse(f"SELECT a.id FROM {source} AS a JOIN {source} AS b ON a.id = b.id")[0][
            "stmt"
        ]
        columns = [Attribute("id", "int4")]
        database.relations["public", f"v{level}"] = Relation("public", f"v{level}", columns, query)
    joins = 0
    read = Sources.join

    def counted(self: Sources, *arguments: object) -> object:
        nonlocal joins
        joins += 1
        return read(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Sources, "join", counted)
    for _ in range(2):
        analysis = analyse(database, "SELECT id FROM v5 WHERE id = $1")
        assert analysis is not None
        assert not analysis.columns[0].nullable
    assert joins == 6


def test_a_statement_that_is_nested_too_deeply_is_refused_by_name(tmp_path: Path) -> None:
    schema = "CREATE TABLE node (id int PRIMARY KEY, label text NOT NULL);\n"
    deep = "upper(" * 600 + "label" + ")" * 600
    errors = generate(tmp_path, schema, f"-- name: Deep :many\nSELECT {deep} FROM node;\n")
    assert "query.sql: Deep: a statement is nested too deeply to be parsed" in errors
    assert "bug" not in errors
