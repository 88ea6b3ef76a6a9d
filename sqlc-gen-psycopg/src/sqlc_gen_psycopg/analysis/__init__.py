"""Analyse statements: the types of their columns and parameters, and which of them may be NULL.

sqlc's own types and nullability are not reliable, so the statement is read with PostgreSQL's
parser.
"""

from .database import Attribute, Database, Relation, Routine
from .ddl import read_schema
from .patterns import leftover, macros, pairs
from .ranges import is_multirange, range_of
from .slices import with_array
from .stars import misnamed, stars
from .statements import Analysis, Output, analyse, attributes
from .uses import Uses, uses

__all__ = [
    "Analysis",
    "Attribute",
    "Database",
    "Output",
    "Relation",
    "Routine",
    "Uses",
    "analyse",
    "attributes",
    "is_multirange",
    "leftover",
    "macros",
    "misnamed",
    "pairs",
    "range_of",
    "read_schema",
    "stars",
    "uses",
    "with_array",
]
