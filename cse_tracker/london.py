"""The 33 London boroughs: GSS code, name, Department for Education local authority code (public code tables).

And the sub-region that each lies in, and their places on a grid of equal squares, for maps on which small boroughs are
seen.
"""

import functools
from dataclasses import dataclass
from typing import Final

BOROUGHS: Final = (
    ("E09000001", "City of London", "201"),
    ("E09000002", "Barking and Dagenham", "301"),
    ("E09000003", "Barnet", "302"),
    ("E09000004", "Bexley", "303"),
    ("E09000005", "Brent", "304"),
    ("E09000006", "Bromley", "305"),
    ("E09000007", "Camden", "202"),
    ("E09000008", "Croydon", "306"),
    ("E09000009", "Ealing", "307"),
    ("E09000010", "Enfield", "308"),
    ("E09000011", "Greenwich", "203"),
    ("E09000012", "Hackney", "204"),
    ("E09000013", "Hammersmith and Fulham", "205"),
    ("E09000014", "Haringey", "309"),
    ("E09000015", "Harrow", "310"),
    ("E09000016", "Havering", "311"),
    ("E09000017", "Hillingdon", "312"),
    ("E09000018", "Hounslow", "313"),
    ("E09000019", "Islington", "206"),
    ("E09000020", "Kensington and Chelsea", "207"),
    ("E09000021", "Kingston upon Thames", "314"),
    ("E09000022", "Lambeth", "208"),
    ("E09000023", "Lewisham", "209"),
    ("E09000024", "Merton", "315"),
    ("E09000025", "Newham", "316"),
    ("E09000026", "Redbridge", "317"),
    ("E09000027", "Richmond upon Thames", "318"),
    ("E09000028", "Southwark", "210"),
    ("E09000029", "Sutton", "319"),
    ("E09000030", "Tower Hamlets", "211"),
    ("E09000031", "Waltham Forest", "320"),
    ("E09000032", "Wandsworth", "212"),
    ("E09000033", "Westminster", "213"),
)

# The five sub-regions of the London Plan 2011 (Mayor of London, policy 2.5 and map 2.1), unchanged in 2016.
SUB_REGIONS: Final = {
    "Central": ("E09000001", "E09000007", "E09000019", "E09000020", "E09000022", "E09000028", "E09000033"),
    "East": (
        "E09000002",
        "E09000004",
        "E09000011",
        "E09000012",
        "E09000016",
        "E09000023",
        "E09000025",
        "E09000026",
        "E09000030",
        "E09000031",
    ),
    "North": ("E09000003", "E09000010", "E09000014"),
    "South": ("E09000006", "E09000008", "E09000021", "E09000024", "E09000027", "E09000029", "E09000032"),
    "West": ("E09000005", "E09000009", "E09000013", "E09000015", "E09000017", "E09000018"),
}

# Short name, column and row from 0 at the top left. Source: London Squared, After the Flood Ltd 2019,
# site/data/grid.csv; the codes are those of the Office for National Statistics.
# Copyright 2019 After the Flood Ltd. Permission to use, copy, modify, and/or distribute this software for any purpose
# with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in
# all copies. THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE
# INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY
# SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR
# PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH
# THE USE OR PERFORMANCE OF THIS SOFTWARE.
PLACES: Final = {
    "E09000001": ("Cty", 4, 3),
    "E09000002": ("Bar", 7, 3),
    "E09000003": ("Brn", 3, 1),
    "E09000004": ("Bxl", 7, 4),
    "E09000005": ("Brt", 2, 2),
    "E09000006": ("Brm", 5, 5),
    "E09000007": ("Cmd", 3, 2),
    "E09000008": ("Crd", 4, 5),
    "E09000009": ("Elg", 1, 2),
    "E09000010": ("Enf", 4, 0),
    "E09000011": ("Grn", 6, 4),
    "E09000012": ("Hck", 5, 2),
    "E09000013": ("Hms", 1, 3),
    "E09000014": ("Hgy", 4, 1),
    "E09000015": ("Hrw", 2, 1),
    "E09000016": ("Hvg", 7, 2),
    "E09000017": ("Hdn", 0, 2),
    "E09000018": ("Hns", 0, 3),
    "E09000019": ("Isl", 4, 2),
    "E09000020": ("Kns", 2, 3),
    "E09000021": ("Kng", 2, 5),
    "E09000022": ("Lam", 3, 4),
    "E09000023": ("Lsh", 5, 4),
    "E09000024": ("Mrt", 3, 5),
    "E09000025": ("Nwm", 6, 3),
    "E09000026": ("Rdb", 6, 2),
    "E09000027": ("Rch", 1, 4),
    "E09000028": ("Swr", 4, 4),
    "E09000029": ("Stn", 3, 6),
    "E09000030": ("Tow", 5, 3),
    "E09000031": ("Wth", 5, 1),
    "E09000032": ("Wns", 2, 4),
    "E09000033": ("Wst", 3, 3),
}


@dataclass(frozen=True, slots=True)
class Square:
    """One borough's place: its ONS code, name, three-letter name, and column and row from 0 at the top left."""

    code: str
    name: str
    short: str
    column: int
    row: int


@functools.cache
def squares() -> tuple[Square, ...]:
    """The places of the 33 boroughs."""
    return tuple(Square(code, name, *PLACES[code]) for code, name, _ in BOROUGHS)


def sub_region_of(code: str) -> str:
    """Give the sub-region that a borough lies in; raises KeyError for a code that is none of London's."""
    return _sub_regions()[code]


@functools.cache
def _sub_regions() -> dict[str, str]:
    return {code: name for name, codes in SUB_REGIONS.items() for code in codes}
