"""What must hold: the claims of a lesson, each with its verdict, at the end of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxattn.layout.headings import LEFT, numbered, put_heading
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Claim
from xlsxattn.style import HEADING_HEIGHT, ROW_HEIGHT, SPACE_HEIGHT, Role, wrapped


def claims_height(surface: Surface, claims: Sequence[Claim]) -> float:
    """How many points of rows claims will take."""
    width = surface.width(surface.lanes[0].first)
    rows = 1 + sum(len(wrapped(_text(claim), width, 9)) for claim in claims)
    return HEADING_HEIGHT + rows * ROW_HEIGHT + SPACE_HEIGHT


def put_claims(
    surface: Surface, values: Values, claims: Sequence[Claim], interface: Mapping[str, str],
    row: int, number: int,
) -> int:  # fmt: skip
    """The claims under a heading of their own; returns how many rows they take."""
    top, lane = row, surface.lanes[0]
    title = numbered(number, interface["claims_title"])
    row += put_heading(surface, row, title, "✓ ✗ –", "neutral")
    row += surface.lines(row, LEFT, interface["claims_note"], Role("note"))
    for claim in claims:
        if claim.verdict is None:
            surface.text(row, lane.label, interface["what_if"], Role("tag"))
        else:
            values.take(Block(claim.verdict), surface.cell(row, lane.label))
        row += surface.lines(row, lane.first, _text(claim), Role("text"))
    return row - top


def _text(claim: Claim) -> str:
    return f"{claim.text} {claim.how}".strip()
