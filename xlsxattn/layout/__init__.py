"""Which step sits where: an outline becomes sheets of placed, printed content.

``sheet`` is what comes out: sheets that are complete but for the file format. ``paper`` lays
out a lesson; ``pagination`` cuts before that what is larger than a page, and ``page`` fills
one sheet from the top down. What it puts there, each in a module of its own: ``headings``,
``blocks`` with their ``labels``, ``settings``, ``charts`` and ``claims``. None of them knows
where the page is: they are told a row and say how many rows they took. Contents that refer to
other places wait until everything has one: ``values`` and ``formula_lines``. All of them write
on a ``surface``, in the ``columns`` that serve every band, and know ``places`` on all sheets.
``contents`` is the first page of a course.
"""

from xlsxattn.layout.paper import first_title, lay_out
from xlsxattn.layout.sheet import (
    Choice,
    Heat,
    Layout,
    Link,
    Neighbours,
    PlacedChart,
    PlacedSeries,
    Range,
    Refusal,
    Rows,
    Run,
    Sheet,
    Strong,
)

__all__ = [
    "Choice",
    "Heat",
    "Layout",
    "Link",
    "Neighbours",
    "PlacedChart",
    "PlacedSeries",
    "Range",
    "Refusal",
    "Rows",
    "Run",
    "Sheet",
    "Strong",
    "first_title",
    "lay_out",
]
