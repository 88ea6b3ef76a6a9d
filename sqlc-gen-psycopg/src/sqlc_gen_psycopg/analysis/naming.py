"""The names that PostgreSQL gives to columns without one."""

from typing import Any

from .database import strings

Node = dict[str, Any]

_UNNAMED = "?column?"
_CONSTRUCTS = {
    "A_ArrayExpr": "array",
    "CoalesceExpr": "coalesce",
    "GroupingFunc": "grouping",
    "JsonArrayAgg": "json_arrayagg",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonObjectConstructor": "json_object",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "MergeSupportFunc": "merge_action",
    "RowExpr": "row",
    "XmlSerialize": "xmlserialize",
}


def column_name(node: Node) -> str:
    """Return the name that PostgreSQL gives to a column without one."""
    return _name(node)[0]


def _name(node: Node) -> tuple[str, bool]:
    """Return a name, and whether it has precedence: the name of a type and `case` have none."""
    if not node:
        return _UNNAMED, False
    ((kind, content),) = node.items()
    match kind:
        case "ColumnRef":
            return (strings(content["fields"]) or [_UNNAMED])[-1], True
        case "FuncCall":
            return strings(content["funcname"])[-1], True
        case "A_Indirection":
            names = [step["String"]["sval"] for step in content["indirection"] if "String" in step]
            return (names[-1], True) if names else _name(content["arg"])
        case "CollateClause":
            return _name(content["arg"])
        case "TypeCast":
            name, is_good = _name(content["arg"])
            return (name, True) if is_good else (strings(content["typeName"]["names"])[-1], False)
        case "CaseExpr":
            name, is_good = _name(content.get("defresult", {}))
            return (name, True) if is_good else ("case", False)
        case "SubLink":
            return _of_sublink(content)
        case "A_Expr" if content["kind"] == "AEXPR_NULLIF":
            return "nullif", True
        case "MinMaxExpr":
            return content["op"].removeprefix("IS_").lower(), True
        case "SQLValueFunction":
            return content["op"].removeprefix("SVFOP_").removesuffix("_N").lower(), True
        case "XmlExpr":
            if content["op"] == "IS_DOCUMENT":
                return _UNNAMED, False
            return content["op"].removeprefix("IS_").lower(), True
        case "JsonFuncExpr":
            return content["op"].removesuffix("_OP").lower(), True
        case _:
            return _CONSTRUCTS.get(kind, _UNNAMED), kind in _CONSTRUCTS


def _of_sublink(content: Node) -> tuple[str, bool]:
    match content["subLinkType"]:
        case "EXISTS_SUBLINK":
            return "exists", True
        case "ARRAY_SUBLINK":
            return "array", True
        case "EXPR_SUBLINK":
            targets = content["subselect"]["SelectStmt"].get("targetList", [])
            target: Node = targets[0]["ResTarget"] if targets else {}
            return (target["name"], True) if "name" in target else _name(target.get("val", {}))
        case _:
            return _UNNAMED, False
