"""Single changes to the schema, each with the object and severity that a check must report.

The expected lines follow from the effect on the queries, not from the code of the check.
"""

from tests.drift.mutations import members, others, tables
from tests.drift.mutations.base import mutations

__all__ = ["members", "mutations", "others", "tables"]
