"""The functions of PostGIS that queries use most."""

from functools import cache
from typing import Any

# With a question mark, the result may be NULL though the arguments are not.
_SIGNATURES = """
float8?: x y z m (geometry) | length area perimeter (geometry) | length area perimeter (geography)
float8?: distance azimuth maxdistance hausdorffdistance 3ddistance (geometry, geometry)
float8?: distance (geography, geography) | distancesphere distancespheroid (geometry, geometry)
float8?: xmin xmax ymin ymax (geometry) | linelocatepoint (geometry, geometry)
bool: contains containsproperly covers coveredby crosses disjoint equals (geometry, geometry)
bool: intersects overlaps touches within (geometry, geometry)
bool: intersects covers coveredby (geography, geography)
bool: dwithin (geometry, geometry, float8) | dwithin (geography, geography, float8)
bool: isvalid isempty issimple isclosed isring (geometry)
int4: srid npoints numpoints numgeometries dimension nrings (geometry)
text: astext asewkt asgeojson geometrytype isvalidreason aslatlontext (geometry)
text?: geohash (geometry) | geohash (geometry, int4)
text: astext asgeojson (geography) | asgeojson (geometry, int4)
bytea: asbinary asewkb (geometry)
geometry: makepoint point (float8, float8) | makepoint (float8, float8, float8)
geometry: setsrid transform (geometry, int4) | buffer simplify segmentize (geometry, float8)
geometry: centroid envelope convexhull boundary makevalid (geometry)
geometry: pointonsurface force2d force3d flipcoordinates makepolygon (geometry)
geometry?: startpoint endpoint exteriorring (geometry) | pointn geometryn (geometry, int4)
geometry?: closestpoint shortestline makeline (geometry, geometry)
geometry?: lineinterpolatepoint (geometry, float8)
geometry: union intersection difference symdifference collect (geometry, geometry)
geometry: snaptogrid (geometry, float8)
geometry: makeenvelope (float8, float8, float8, float8, int4)
geometry: makeenvelope (float8, float8, float8, float8)
geometry: geomfromtext geomfromewkt geomfromgeojson (text) | geomfromtext pointfromtext (text, int4)
geometry: geomfromwkb (bytea) | geomfromwkb (bytea, int4)
geography: geogfromtext geographyfromtext (text) | buffer (geography, float8)
"""


@cache
def postgis() -> dict[str, list[Any]]:
    """The functions by name, in the form of PostgreSQL's own."""
    found: dict[str, list[Any]] = {}
    for line in _SIGNATURES.split("\n"):
        returns, _, groups = line.partition(": ")
        for group in groups.split(" | "):
            names, _, arguments = group.rstrip(")").partition(" (")
            for name in names.split():
                strict = "" if returns.endswith("?") else "s"
                entry = [arguments.split(", "), returns.rstrip("?"), strict]
                found.setdefault(f"st_{name}", []).append(entry)
    return found
