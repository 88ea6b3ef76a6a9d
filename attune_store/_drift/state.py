"""What affects a query in addition to the definitions: rights, row security, rules, sequences."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from attune_queries.check import (
    FindMigrationListRow,
    GetLiveRoleRow,
    ListDomainsRow,
    ListForeignHoldersRow,
    ListInsertTriggersRow,
    ListLackingColumnRightsRow,
    ListLackingOwnerRightsRow,
    ListLiveRelationsRow,
    ListLiveRulesRow,
    ListNamesakesRow,
    ListOperatorClassesRow,
    ListPoliciesRow,
    ListPublishedTablesRow,
    ListRefusedChecksRow,
    ListRefusedDefaultsRow,
    ListRefusedSequencesRow,
    ListSequencesOfIdsRow,
    ListSessionSettingsRow,
)

from attune_store._drift.names import with_qualified
from attune_store._drift.sides import Sides

_OfColumn = TypeVar(
    "_OfColumn", ListLackingColumnRightsRow, ListRefusedDefaultsRow, ListSequencesOfIdsRow
)
_OfRelation = TypeVar(
    "_OfRelation",
    ListForeignHoldersRow,
    ListInsertTriggersRow,
    ListLackingColumnRightsRow,
    ListLackingOwnerRightsRow,
    ListLiveRelationsRow,
    ListLiveRulesRow,
    ListPoliciesRow,
    ListPublishedTablesRow,
    ListRefusedChecksRow,
    ListRefusedDefaultsRow,
    ListRefusedSequencesRow,
    ListSequencesOfIdsRow,
)


@dataclass(frozen=True, slots=True)
class State:
    """The results of the queries of check.sql, one field for each, and what the connection shows."""

    settings: Sequence[ListSessionSettingsRow]
    options: str
    """The options of the connection."""
    locked: Sequence[str]
    """Tables that others have locked against writes."""
    role: GetLiveRoleRow
    migrations: FindMigrationListRow | None
    """The table that lists them, None if there is none."""
    relations: Sequence[ListLiveRelationsRow]
    namesakes: Sequence[ListNamesakesRow]
    """The objects in other schemas with the names of expected tables, views and types."""
    lacking_columns: Sequence[ListLackingColumnRightsRow]
    rules: Sequence[ListLiveRulesRow]
    lacking_of_owners: Sequence[ListLackingOwnerRightsRow]
    refused_functions: Sequence[str]
    refused_sequences: Sequence[ListRefusedSequencesRow]
    unenforced_tables: Sequence[str]
    growing_indexes: Sequence[str]
    sequences: Sequence[ListSequencesOfIdsRow]
    holders: Sequence[ListForeignHoldersRow]
    published: Sequence[ListPublishedTablesRow]
    operator_classes: Sequence[ListOperatorClassesRow]
    all_domains: Sequence[ListDomainsRow]
    insert_triggers: Sequence[ListInsertTriggersRow]
    policies: Sequence[ListPoliciesRow]
    refused_checks: Sequence[ListRefusedChecksRow]
    refused_defaults: Sequence[ListRefusedDefaultsRow]

    def moved(self, name: str, parts: Collection[str]) -> ListNamesakesRow | None:
        """Return the object in another schema that has the name and the parts of a missing one, or more or fewer."""
        ours = {*parts}
        alike = [
            it
            for it in self.namesakes
            if it.name == name
            and (ours <= {*it.parts} or ours >= {*it.parts})
            and len(ours & {*it.parts}) * 2 >= len(ours)
        ]
        return alike[0] if len(alike) == 1 else None

    def as_expected(self, sides: Sides) -> "State":
        """Return the facts about our objects, by expected name, without others that have these names."""
        taken = {*sides.renamed, *sides.renamed.values()}
        names = {name: name for name in sides.names if name not in taken}
        names |= {live: name for name, live in sides.renamed.items()}

        def ours(rows: Sequence[_OfRelation]) -> list[_OfRelation]:
            there = (row for row in rows if row.relation in names)
            return [row.model_copy(update={"relation": names[row.relation]}) for row in there]

        def columns(rows: Sequence[_OfColumn]) -> list[_OfColumn]:
            new = {
                (table, live): {"column_name": name}
                for table, columns in sides.renamed_columns.items()
                for live, name in columns.items()
            }
            return [
                row.model_copy(update=new.get((row.relation, row.column_name)))
                for row in ours(rows)
            ]

        return replace(
            self,
            relations=ours(self.relations),
            lacking_columns=columns(self.lacking_columns),
            rules=ours(self.rules),
            lacking_of_owners=ours(self.lacking_of_owners),
            refused_functions=[
                sides.renamed_functions.get(it, it)
                for it in (
                    with_qualified(live, sides.schema, sides.renamed_objects)
                    for live in self.refused_functions
                )
            ],
            refused_sequences=ours(self.refused_sequences),
            unenforced_tables=[names[it] for it in self.unenforced_tables if it in names],
            sequences=columns(self.sequences),
            holders=ours(self.holders),
            published=ours(self.published),
            insert_triggers=ours(self.insert_triggers),
            policies=ours(self.policies),
            refused_checks=ours(self.refused_checks),
            refused_defaults=columns(self.refused_defaults),
        )

    def default_of(self, domain: str) -> str | None:
        """Return the default of the columns of a domain that have none of their own."""
        return next((one.default_value for one in self.all_domains if one.name == domain), None)

    @property
    def domains(self) -> dict[str, str]:
        """Return the domains that refuse no value but NULL, with their base types."""
        return {one.name: one.base for one in self.all_domains if not one.refuses}
