"""The names that PostgreSQL gives to columns without one."""

from typing import Any

from .database import strings

Node = dict[str, Any]


def column_name(node: Node) -> str:
    """The name that PostgreSQL gives a column without one."""
    if not node:
        return "?column?"
    ((kind, content),) = node.items()
    match kind:
        case "ColumnRef":
            return (strings(content["fields"]) or ["?column?"])[-1]
        case "FuncCall":
            return strings(content["funcname"])[-1]
        case "TypeCast":
            inner = column_name(content["arg"])
            if inner != "?column?":
                return inner
            return strings(content["typeName"]["names"])[-1]
        case "A_Indirection":
            names = [step["String"]["sval"] for step in content["indirection"] if "String" in step]
            return names[-1] if names else column_name(content["arg"])
        case "CoalesceExpr":
            return "coalesce"
        case "MinMaxExpr":
            return "greatest" if content["op"] == "IS_GREATEST" else "least"
        case "CaseExpr":
            name = column_name(content.get("defresult", {}))
            return name if name != "?column?" else "case"
        case "SubLink":
            match content["subLinkType"]:
                case "EXISTS_SUBLINK":
                    return "exists"
                case "ARRAY_SUBLINK":
                    return "array"
                case _:
                    targets = content["subselect"]["SelectStmt"].get("targetList", [])
                    target: Node = targets[0]["ResTarget"] if targets else {}
                    return target.get("name") or column_name(target.get("val", {}))
        case "A_ArrayExpr":
            return "array"
        case "RowExpr":
            return "row"
        case "A_Expr" if content["kind"] == "AEXPR_NULLIF":
            return "nullif"
        case "SQLValueFunction":
            return str(content["op"]).removeprefix("SVFOP_").removesuffix("_N").lower()
        case "CollateClause":
            return column_name(content["arg"])
        case _:
            return "?column?"
