"""What decides over a query beside the definitions: rights, row security, rules, sequences."""

from collections.abc import Sequence
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

    @property
    def domains(self) -> dict[str, str]:
        """The domains that refuse nothing, and the types that they stand for."""
        return {one.name: one.base for one in self.all_domains if not one.refuses}
