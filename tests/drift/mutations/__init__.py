"""Single changes to the schema, each with the object and severity that a check has to report.

What is expected here follows from what happens to the queries, not from the code of the check.
"""

from tests.drift.mutations import members, others, tables
from tests.drift.mutations.base import mutations

__all__ = ["members", "mutations", "others", "tables"]
