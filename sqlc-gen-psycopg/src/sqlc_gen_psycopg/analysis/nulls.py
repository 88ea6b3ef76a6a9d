"""Which functions may give NULL, and for which arguments."""

from typing import Any

from . import signatures
from .scope import Scope, Value

Node = dict[str, Any]

# Strict functions that may give NULL for arguments that are none.
MAY_BE_NULL = frozenset(
    """
    array_length array_ndims array_lower array_upper array_position array_dims
    regexp_match regexp_substr substring json_extract_path json_extract_path_text
    jsonb_extract_path jsonb_extract_path_text json_array_element json_array_element_text
    jsonb_array_element jsonb_array_element_text json_object_field json_object_field_text
    jsonb_object_field jsonb_object_field_text jsonb_path_query_first jsonb_path_query_first_tz
    jsonb_path_match jsonb_path_exists to_regclass to_regtype to_regproc to_regnamespace
    to_regrole current_setting lower upper pg_get_viewdef pg_get_constraintdef obj_description
    col_description shobj_description inet_client_addr inet_server_addr
    inet_client_port inet_server_port current_schema txid_status pg_get_serial_sequence
    jsonb_each_text json_each_text jsonb_array_elements_text
    json_array_elements_text fetchval ts_lexize to_regoper to_regoperator to_regprocedure
    to_regcollation pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size
    pg_get_expr pg_get_indexdef pg_get_triggerdef pg_get_functiondef pg_get_partkeydef
    pg_column_compression pg_table_is_visible pg_type_is_visible pg_function_is_visible
    """.split()  # noqa: SIM905
)
# Functions that are not strict and still never give NULL.
NEVER_NULL = frozenset(
    """
    concat count quote_nullable row_number rank dense_rank percent_rank cume_dist ntile regr_count
    jsonb_build_object jsonb_build_array json_build_object json_build_array row_to_json
    num_nulls num_nonnulls gen_random_uuid uuidv4 uuidv7 now statement_timestamp clock_timestamp
    transaction_timestamp random version pi current_user session_user pg_backend_pid timeofday
    txid_current pg_current_xact_id set_config numrange int4range int8range daterange tsrange
    tstzrange array_append array_prepend enum_first enum_last enum_range current_database grouping pg_notify
    """.split()  # noqa: SIM905
)
# Not strict, NULL only for a NULL first argument.
AS_FIRST = frozenset(
    """
    concat_ws format array_positions array_remove array_replace array_to_string to_json to_jsonb string_to_array
    string_to_table jsonb_set_lax jsonb_insert
    """.split()  # noqa: SIM905
)
# Not strict, NULL only where all arguments are.
AS_ALL = frozenset(
    """
    array_cat
    """.split()  # noqa: SIM905
)
# PostGIS gives NULL for much, such as an empty geometry; not these.
NEVER_NULL_IN_POSTGIS = frozenset(
    """
    st_contains st_containsproperly st_covers st_coveredby st_crosses st_disjoint st_equals
    st_intersects st_overlaps st_touches st_within st_dwithin st_isvalid st_isempty st_issimple
    st_isclosed st_srid st_npoints st_numgeometries st_dimension st_astext st_asewkt st_asgeojson
    st_geometrytype st_asbinary st_asewkb st_makepoint st_point st_setsrid st_transform st_buffer
    st_centroid st_envelope st_makeenvelope st_geomfromtext st_geomfromewkt st_geomfromgeojson
    st_geomfromwkb st_geogfromtext st_force2d st_flipcoordinates st_multi
    """.split()  # noqa: SIM905
)
NULL_OPERATORS = frozenset(
    """
    -> ->> #> #>> @? @@?
    """.split()  # noqa: SIM905
)


# FRAMEOPTION bits that leave the current row in the frame: NONDEFAULT | RANGE | ROWS | GROUPS |
# BETWEEN | START_UNBOUNDED_PRECEDING | END_UNBOUNDED_FOLLOWING | START_ and END_CURRENT_ROW.
_DEFAULT_FRAMES = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x100 | 0x200 | 0x400
_MAY_BE_NULL_AGGREGATES = frozenset(
    """
    stddev stddev_samp variance var_samp covar_samp corr regr_slope regr_intercept regr_r2
    regr_sxx regr_syy regr_sxy regr_avgx regr_avgy
    """.split()  # noqa: SIM905
)


def may_be_null(scope: Scope, node: Node, found: signatures.Signature, values: list[Value]) -> bool:
    """Whether a call may give NULL."""
    name = found.name
    any_null = any(value.nullable for value in values)
    if not found.is_builtin:
        return found.returns != "void"
    if found.kind and name not in NEVER_NULL:
        return _aggregate_may_be_null(scope, node, found, values)
    if name in ("substring", "lower", "upper"):
        # substring() by pattern finds nothing; lower() and upper() of a range have no end.
        types = [scope.database.base(value.type) for value in values]
        pattern = len(types) > 1 and types[1] in (None, "text", "varchar")
        ranges = bool(types) and signatures.range_of(scope.database, types[0]) is not None
        return any_null or (name == "substring" and pattern) or (name != "substring" and ranges)
    if name == "unnest":
        return any(value.null_elements for value in values)
    if name in NEVER_NULL:
        return False
    if name in AS_FIRST:
        return values[0].nullable if values else False
    if name in AS_ALL:
        return all(value.nullable for value in values)
    if name in MAY_BE_NULL or (name.startswith("st_") and name not in NEVER_NULL_IN_POSTGIS):
        return True
    return any_null or not found.is_strict


def _aggregate_may_be_null(
    scope: Scope, node: Node, found: signatures.Signature, values: list[Value]
) -> bool:
    name = found.name
    any_null = any(value.nullable for value in values)
    if name in ("lag", "lead"):
        return len(values) < 3 or values[0].nullable or values[2].nullable
    if name in ("first_value", "last_value"):
        return any_null or not always_has_rows(scope, node)
    if name == "nth_value":
        return True
    if not always_has_rows(scope, node) or name in _MAY_BE_NULL_AGGREGATES:
        return True
    if name in ("array_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg"):
        return False
    if name == "string_agg":
        return values[0].nullable
    return any_null


def always_has_rows(scope: Scope, node: Node) -> bool:
    """Whether an aggregate has at least one row to gather."""
    if "agg_filter" in node:
        return False
    over: Node | None = node.get("over")
    return scope.grouped if over is None else not scope.frame(over) & ~_DEFAULT_FRAMES
