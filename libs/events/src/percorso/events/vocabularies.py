"""Codes of the Italian controlled vocabularies that touchpoints may carry.

Facts taken from "classifications for public services" (AgID, ISTAT and others), CC BY 4.0,
italia/daf-ontologie-vocabolari-controllati at d8596ae (2024-12-04). Every level of a code is a code.
"""

from typing import Literal

Channel = Literal[
    "01", "01.1", "01.1.1", "01.1.2", "01.1.3",
    "01.2", "01.2.1", "01.2.2", "01.2.3", "01.2.4", "01.2.5",
    "02", "02.1", "02.2",
    "03", "03.1", "03.2", "03.3",
    "04", "04.1", "04.2",
    "05", "05.1", "05.2", "05.3", "05.4",
    "05.5", "05.5.1", "05.5.2", "05.5.3",
    "05.6", "05.6.1", "05.6.2", "05.6.3", "05.6.4", "05.6.5", "05.6.6",
]  # fmt: skip

LifeEvent = Literal[
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10",
    "11", "12", "13", "14", "15", "16", "17", "18", "19",
]  # fmt: skip
