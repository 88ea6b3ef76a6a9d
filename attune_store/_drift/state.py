"""What decides over a query beside the definitions: rights, row security, rules, sequences."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attune_queries.check import (
    GetLiveRoleRow,
    ListDomainsRow,
    ListForeignHoldersRow,
    ListInsertTriggersRow,
    ListLackingColumnRightsRow,
    ListLackingOwnerRightsRow,
    ListLiveRelationsRow,
    ListLiveRulesRow,
    ListNamesakesRow,
    ListPoliciesRow,
    ListPublishedTablesRow,
    ListRefusedDefaultsRow,
    ListSequencesOfIdsRow,
    ListSessionSettingsRow,
)


@dataclass(frozen=True, slots=True)
class State:
    """What the queries of check.sql say, a field for each, and what the connection shows."""

    settings: Sequence[ListSessionSettingsRow]
    options: str
    """Those that the connection was made with."""
    locked: Sequence[str]
    """Tables that others keep from being written."""
    role: GetLiveRoleRow
    relations: Sequence[ListLiveRelationsRow]
    namesakes: Sequence[ListNamesakesRow]
    """Those of expected tables, views and types, in other schemas."""
    lacking_columns: Sequence[ListLackingColumnRightsRow]
    rules: Sequence[ListLiveRulesRow]
    lacking_of_owners: Sequence[ListLackingOwnerRightsRow]
    refused_functions: Sequence[str]
    refused_sequences: Sequence[str]
    unenforced_tables: Sequence[str]
    growing_indexes: Sequence[str]
    sequences: Sequence[ListSequencesOfIdsRow]
    holders: Sequence[ListForeignHoldersRow]
    published: Sequence[ListPublishedTablesRow]
    operator_classes: Sequence[str]
    all_domains: Sequence[ListDomainsRow]
    insert_triggers: Sequence[ListInsertTriggersRow]
    policies: Sequence[ListPoliciesRow]
    refused_defaults: Sequence[ListRefusedDefaultsRow]

    def moved_to(self, name: str, parts: Iterable[str]) -> str | None:
        """The schema to which an object was moved that is missing: one of its name and with its parts is there."""
        alike = [it for it in self.namesakes if it.name == name and it.parts == list(parts)]
        return alike[0].schema_name if len(alike) == 1 else None

    @property
    def domains(self) -> dict[str, str]:
        """The domains that refuse nothing, and the types that they stand for."""
        return {one.name: one.base for one in self.all_domains if not one.refuses}
