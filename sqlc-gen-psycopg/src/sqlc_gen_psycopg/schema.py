"""Read the database from sqlc's request and the schema files."""

from typing import Any

from .analysis import Attribute, Database, Relation, read_schema
from .folder import sql_files
from .request import Column, Identifier, Request, Table


def add_system(database: Database, request: Request) -> None:
    """Add the relations of pg_catalog and information_schema."""
    for type_, base in _INFORMATION_TYPES.items():
        database.domains["information_schema", type_] = (base, False)
    for schema in request.catalog.system:
        for table in schema.get("tables", []):
            key = (schema["name"], table["rel"]["name"])
            database.relations[key] = Relation(
                *key, [_system_column(database, key[0], column) for column in table["columns"]]
            )


def _system_column(database: Database, schema: str, column: dict[str, Any]) -> Attribute:
    name: str = column["type"]["name"]
    # PostgreSQL names an array type after its element type, with an underscore before it.
    is_array = column["is_array"] and name.startswith("_")
    type_ = database.type(schema, name.removeprefix("_") if is_array else name)
    return Attribute(
        column["name"],
        f"{type_}[]" if is_array else type_,
        not column["not_null"],
        int(is_array),
    )


_INFORMATION_TYPES = {
    "cardinal_number": "int4",
    "character_data": "varchar",
    "sql_identifier": "name",
    "time_stamp": "timestamptz",
    "yes_or_no": "varchar",
}


def read_files(request: Request) -> Database:
    """Read the schema files, or the request if they can't be read."""
    database = Database()
    for schema in request.catalog.schemas:
        database.enums |= {(schema.name, enum.name) for enum in schema.enums}
    add_system(database, request)
    read_schema(database, sql_files(request.settings.schema_files))
    _add_catalog(database, request)
    return database


def with_columns(table: Table, known: list[Attribute]) -> Table:
    """Return the table with its real columns, if sqlc reports others.

    sqlc reports the inner column names of a view, and no inherited columns of child tables.
    """
    written = {column.name: column for column in table.columns}
    if not known or list(written) == [attribute.name for attribute in known]:
        return table
    columns = [
        Column(
            name=attribute.name,
            not_null=not attribute.nullable,
            is_array=bool(attribute.dimensions),
            array_dims=attribute.dimensions,
            comment=written[attribute.name].comment if attribute.name in written else "",
            type=Identifier(name=(attribute.type or "text").removesuffix("[]")),
        )
        for attribute in known
    ]
    return table.model_copy(update={"columns": columns})


def _add_catalog(database: Database, request: Request) -> None:
    """Add the tables of the request that the schema files did not have."""
    for schema in request.catalog.schemas:
        for table in schema.tables:
            key = (schema.name, table.rel.name)
            if key in database.relations or key in database.composites:
                continue
            database.relations[key] = Relation(
                *key,
                [
                    Attribute(
                        column.name,
                        database.type(column.type.schema_, column.type.name)
                        + ("[]" if column.is_array else ""),
                        not column.not_null,
                        column.array_dims or int(column.is_array),
                    )
                    for column in table.columns
                ],
            )
