"""Every kind of node of the parser is read, or refused by name."""

import importlib.util
import re
from pathlib import Path

import pytest
from sqlc_gen_psycopg.analysis import Attribute, Database, Relation, analyse, kinds
from sqlc_gen_psycopg.analysis.database import walk
from sqlc_gen_psycopg.analysis.expressions import Expressions
from sqlc_gen_psycopg.analysis.parser import parse
from sqlc_gen_psycopg.analysis.scope import Parameters, Scope, Value

LISTS = {
    name: found
    for name, found in vars(kinds).items()
    if isinstance(found, frozenset) and name.isupper()
}
ALL = frozenset[str]().union(*LISTS.values())

# For each kind that is read, a statement that contains it.
READ = {
    "A_ArrayExpr": "SELECT ARRAY[1, 2]",
    "A_Const": "SELECT 1",
    "A_Expr": "SELECT 1 + 1",
    "A_Indirection": "SELECT (ARRAY[1])[1]",
    "BoolExpr": "SELECT true AND false",
    "BooleanTest": "SELECT true IS TRUE",
    "CaseExpr": "SELECT CASE WHEN true THEN 1 END",
    "CoalesceExpr": "SELECT coalesce(n, 1) FROM t",
    "CollateClause": "SELECT 'a' COLLATE \"C\"",
    "ColumnRef": "SELECT n FROM t",
    "CurrentOfExpr": "DELETE FROM t WHERE CURRENT OF c RETURNING id",
    "FuncCall": "SELECT abs(1)",
    "GroupingFunc": "SELECT GROUPING(n) FROM t GROUP BY ROLLUP (n)",
    "JsonArrayAgg": "SELECT JSON_ARRAYAGG(n) FROM t",
    "JsonArrayConstructor": "SELECT JSON_ARRAY(1)",
    "JsonArrayQueryConstructor": "SELECT JSON_ARRAY(SELECT n FROM t)",
    "JsonFuncExpr": "SELECT JSON_VALUE('1'::jsonb, '$')",
    "JsonIsPredicate": "SELECT '1' IS JSON",
    "JsonObjectAgg": "SELECT JSON_OBJECTAGG(id : n) FROM t",
    "JsonObjectConstructor": "SELECT JSON_OBJECT('a' : 1)",
    "JsonParseExpr": "SELECT JSON('1')",
    "JsonScalarExpr": "SELECT JSON_SCALAR(1)",
    "JsonSerializeExpr": "SELECT JSON_SERIALIZE('1'::jsonb)",
    "MergeSupportFunc": (
        "MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING merge_action()"
    ),
    "MinMaxExpr": "SELECT greatest(1, 2)",
    "NamedArgExpr": "SELECT make_interval(days => 1)",
    "NullTest": "SELECT 1 IS NULL",
    "ParamRef": "SELECT $1::int",
    "RowExpr": "SELECT (1, 2) = (2, 3)",
    "SQLValueFunction": "SELECT CURRENT_DATE",
    "SetToDefault": "INSERT INTO t VALUES (1, DEFAULT) RETURNING id",
    "SubLink": "SELECT (SELECT 1)",
    "TypeCast": "SELECT '1'::int",
    "XmlExpr": "SELECT XMLELEMENT(NAME a)",
    "XmlSerialize": "SELECT XMLSERIALIZE(CONTENT '<a/>'::xml AS text)",
    "JoinExpr": "SELECT * FROM t JOIN t AS u ON true",
    "JsonTable": "SELECT * FROM JSON_TABLE('[]'::jsonb, '$' COLUMNS (a int)) AS j",
    "RangeFunction": "SELECT * FROM generate_series(1, 2)",
    "RangeSubselect": "SELECT * FROM (SELECT 1) AS s",
    "RangeTableFunc": "SELECT * FROM XMLTABLE('/a' PASSING ('<a/>'::xml) COLUMNS a int) AS x",
    "RangeTableSample": "SELECT * FROM t TABLESAMPLE SYSTEM (1)",
    "RangeVar": "SELECT * FROM t",
    "DeleteStmt": "DELETE FROM t RETURNING *",
    "ExplainStmt": "EXPLAIN SELECT 1",
    "InsertStmt": "INSERT INTO t VALUES (1) RETURNING *",
    "MergeStmt": "MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE RETURNING t.*",
    "SelectStmt": "SELECT 1",
    "UpdateStmt": "UPDATE t SET n = 1 RETURNING *",
    "VariableShowStmt": "SHOW work_mem",
}


def database() -> Database:
    columns = [Attribute("id", "int4", nullable=False), Attribute("n", "int4")]
    return Database(relations={("public", "t"): Relation("public", "t", columns)})


def value(kind: str) -> Value:
    known = database()
    scope = Scope(known, Parameters(frozenset()))
    return Expressions(scope, lambda *_: ([], False)).value({kind: {}})


def test_each_kind_of_the_parser_is_in_one_list() -> None:
    spec = importlib.util.find_spec("pgparse")
    assert spec is not None
    assert spec.origin is not None
    # The library writes a tree as JSON, with these names of nodes.
    names = {
        name.decode() for name in re.findall(rb'"([A-Z]\w+)":\{\0', Path(spec.origin).read_bytes())
    }
    of_plpgsql = {name for name in names if name.startswith("PLpgSQL_")}
    assert len(names) > 250
    assert names - of_plpgsql == ALL
    assert sum(map(len, LISTS.values())) == len(ALL)


@pytest.mark.parametrize("kind", sorted(READ))
def test_each_kind_is_read(kind: str) -> None:
    assert kind in {found for found, _ in walk(parse(READ[kind]))}
    analysis = analyse(database(), READ[kind])
    assert analysis is not None
    assert analysis.columns
    assert not any(column.unknown for column in analysis.columns)


def test_which_kinds_are_read() -> None:
    assert READ.keys() == kinds.EXPRESSIONS | kinds.SOURCES | kinds.STATEMENTS
    methods = {name[1:] for name in dir(Expressions) if re.match(r"_(A_)?[A-Z]", name)}
    assert methods == kinds.EXPRESSIONS


@pytest.mark.parametrize("kind", sorted(ALL - kinds.EXPRESSIONS))
def test_a_kind_that_is_no_expression_is_named_as_unknown(kind: str) -> None:
    found = value(kind)
    assert (found.type, found.nullable, found.unknown) == (None, True, f"the node {kind}")


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("nope(n)", "the function nope()"),
        ("app.nope(n)", "the function app.nope()"),
        ("coalesce(nope(n), 1)", "the function nope()"),
        ("CASE WHEN n = 1 THEN 1 ELSE nope(n) END", "the function nope()"),
        ("greatest(1, nope(n))", "the function nope()"),
        ("nullif(nope(n), 1)", "the function nope()"),
        ("nullif('x', nope(n))", "the function nope()"),
        ("ARRAY[1, nope(n)]", "the function nope()"),
        ("ARRAY(SELECT nope(n))", "the function nope()"),
        ("(SELECT nope(n))", "the function nope()"),
        ("(SELECT x.a FROM (SELECT nope(n) AS a) AS x)", "the function nope()"),
        ("(SELECT 1 UNION SELECT nope(n))", "the function nope()"),
        ("(WITH c AS (VALUES (1), (nope(n))) SELECT column1 FROM c)", "the function nope()"),
        ("(SELECT f.a FROM nope(n) AS f)", "the function nope()"),
        ("(nope(n))[1]", "the function nope()"),
        ("(nope(n)).a", "the field a"),
        ('nope(n) COLLATE "C"', "the function nope()"),
        ("nope(n) + 1", "the function nope()"),
        ("- nope(n)", "the function nope()"),
        ("upper(nope(n))", "the function nope() in upper()"),
        ("max(nope(n))", "the function nope() in max()"),
        ("n <@@> 1", "the operator <@@>"),
        ("<@@> n", "the operator <@@>"),
        ("(n <@@> 1) + 1", "the operator <@@>"),
        ("t.nope", "the column t.nope"),
        ("coalesce(t.nope, 1)", "the column t.nope"),
    ],
)
def test_an_unknown_part_makes_the_column_unknown(expression: str, unknown: str) -> None:
    analysis = analyse(database(), f"SELECT {expression} FROM t")
    assert analysis is not None
    (column,) = analysis.columns
    assert column.unknown == unknown


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("nope(n)::int", "int4"),
        ("nope(n) = 1", "bool"),
        ("nope(n) IS NULL", "bool"),
        ("nope(n) IN (1, 2)", "bool"),
        ("nope(n) <@@> 1 AND true", "bool"),
        ("count(nope(n))", "int8"),
        ("jsonb_build_object('a', nope(n))", "jsonb"),
        ("EXISTS (SELECT nope(n))", "bool"),
        ("coalesce(nope(n)::int, 1)", "int4"),
        ("length((n <@@> 1)::text)", "int4"),
    ],
)
def test_some_results_are_known_although_a_part_is_unknown(expression: str, type_: str) -> None:
    analysis = analyse(database(), f"SELECT {expression} FROM t")
    assert analysis is not None
    (column,) = analysis.columns
    assert (column.type, column.unknown) == (type_, "")


def test_an_unknown_function_may_be_true_for_null() -> None:
    analysis = analyse(database(), "SELECT n FROM t WHERE nope(n)")
    assert analysis is not None
    assert analysis.columns[0].nullable


def test_an_unknown_element_leaves_the_type_of_a_parameter_to_the_comparison() -> None:
    analysis = analyse(database(), "SELECT n FROM t WHERE true = ANY (ARRAY[nope(n), $1])")
    assert analysis is not None
    assert analysis.parameters == {1: "bool"}
