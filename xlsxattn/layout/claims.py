"""What must hold: the claims of a lesson, each with its verdict, at the end of the page."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxattn.layout.breaks import PageBreaks
from xlsxattn.layout.headings import LEFT, put_heading
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Claim
from xlsxattn.style import Role

#: So many claims stand under their heading on the same page.
TOGETHER = 3


def put_claims(
    surface: Surface, values: Values, claims: Sequence[Claim], note: str, title: str,
    what_if: str, row: int, breaks: PageBreaks,
) -> int:  # fmt: skip
    """The claims under a heading and a sentence; returns how many rows they take."""
    top, lane = row, surface.lanes[0]
    breaks.start(row, claim=True)
    row += put_heading(surface, row, title, "✓ ✗ –", "neutral")
    row += surface.lines(row, LEFT, note, Role("note"))
    for index, claim in enumerate(claims):
        if index >= TOGETHER:
            breaks.start(row, joined=True, claim=True)
        if claim.verdict is None:
            surface.text(row, lane.label, what_if, Role("tag"))
        else:
            values.take(Block(claim.verdict), surface.cell(row, lane.label))
        row += surface.lines(row, lane.first, f"{claim.text} {claim.how}".strip(), Role("text"))
    return row - top
