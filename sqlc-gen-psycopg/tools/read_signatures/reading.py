"""Facts about functions that are known by reading, because no grid can show them."""

import re

# Functions that write, lock, wait, send or change the session are not tried. They are volatile. These are
# volatile, too, but have no effects after the session.
HARMLESS = frozenset(
    """
    amvalidate array_sample array_shuffle clock_timestamp current_query currval gen_random_bytes
    gen_random_uuid gen_salt lastval pg_available_wal_summaries pg_blocking_pids
    pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery
    pg_control_system pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn
    pg_current_wal_lsn pg_database_collation_actual_version pg_database_size
    pg_get_multixact_members pg_get_sequence_data pg_get_wal_replay_pause_state pg_indexes_size
    pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_committed_xact
    pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_ls_dir
    pg_notification_queue_usage pg_notify pg_partition_ancestors pg_partition_tree pg_read_binary_file
    pg_read_file pg_relation_size pg_replication_origin_progress
    pg_replication_origin_session_is_setup pg_replication_origin_session_progress
    pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_stat_file pg_stat_have_stats
    pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp
    pg_xact_commit_timestamp_origin pg_xact_status query_to_xml query_to_xml_and_xmlschema
    query_to_xmlschema random random_normal set_config timeofday ts_rewrite ts_stat txid_status
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7
    """.split()  # noqa: SIM905
)
# These read whole schemas, which takes too long, or crash the server for values that they do not check.
NOT_TO_TRY = frozenset(
    """
    schema_to_xml schema_to_xml_and_xmlschema database_to_xml database_to_xml_and_xmlschema
    st_asflatgeobuf st_asgml st_asmvt st_fromflatgeobuf
    """.split()  # noqa: SIM905
)

# By the name of a function: the reason why it returns NULL on other servers, or for other objects.
MAY_BE_NULL = {
    re.compile(pattern): reason
    for pattern, reason in {
        "current_schema": "the search path may name no schema",
        "inet_(client|server)_(addr|port)": "the connection may be a Unix socket",
        "pg_last_(wal|xact)_.*": "the server may be a standby, or none",
        "pg_current_logfile": "the server may log to stderr",
        "(txid|pg_xact)_status|pg_xact_commit_timestamp": "the transaction may be too old",
        "(txid_current|pg_current_xact_id)_if_assigned": "the transaction may have written nothing",
        "pg_(copy|create)_.*_replication_slot|pg_replication_slot_advance": "nothing may be reserved",
        "pg_logical_slot_(get|peek)_.*": "a change may have no data",
        "pg_backup_stop|pg_replication_origin_.*progress": "there may be none",
        "pg_get_expr": "there may be no such relation",
        "pg_stat_get_(backend|xact_function)_.*": "the backend may be gone, the function uncalled",
        "pg_stat_get_.*_time(stamp)?": "it may not have been yet",
        "pg_(database|tablespace)_size": "there may be no such object",
        "pg_(database_)?collation_actual_version": "the collation may have no version",
        "pg_sequence_last_value": "the sequence may be new",
        "current_query|system_user": "there may be none",
        "ts_lexize": "the dictionary may not know the word",
    }.items()
}
# The columns of these tables describe the server. Which are NULL depends on its state.
STATE = re.compile(
    "pg_(stat|show|lock|ls|hba|ident|prepared|cursor|available|timezone|control|get|last|wal|event)_.*"
    "|pg_identify_object.*|pg_sequence_parameters"
)
# PostGIS functions named `st_...` return NULL for many values, such as an empty geometry, except these.
_NEVER_NULL_IN_POSTGIS = frozenset(
    """
    st_contains st_containsproperly st_covers st_coveredby st_crosses st_disjoint st_equals
    st_intersects st_overlaps st_touches st_within st_dwithin st_isvalid st_isempty st_issimple
    st_isclosed st_srid st_npoints st_numgeometries st_dimension st_astext st_asewkt st_asgeojson
    st_geometrytype st_asbinary st_asewkb st_makepoint st_point st_setsrid st_transform st_buffer
    st_centroid st_envelope st_makeenvelope st_geomfromtext st_geomfromewkt st_geomfromgeojson
    st_geomfromwkb st_geogfromtext st_force2d st_flipcoordinates st_multi
    """.split()  # noqa: SIM905
)


def why_null(extension: str, name: str) -> str:
    """Return the reason why the function may be NULL although no value shows it, or an empty text."""
    if extension == "pg_catalog":
        return next(
            (reason for pattern, reason in MAY_BE_NULL.items() if pattern.fullmatch(name)), ""
        )
    if name.startswith("st_") and name not in _NEVER_NULL_IN_POSTGIS:
        return "PostGIS gives NULL for much"
    return ""
