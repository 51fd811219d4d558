"""What must hold: the claims of a lesson, each with its verdict, at the end of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxattn.a1 import Area
from xlsxattn.labels import Label, sentence
from xlsxattn.layout.breaks import PageBreaks
from xlsxattn.layout.headings import LEFT, put_heading
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Link, Sheet
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Claim
from xlsxattn.style import Role

#: So many claims stand under their heading on the same page.
TOGETHER = 3


class TryLinks:
    """Links from what one may try to the cells to change, once those have their place."""

    def __init__(self, sheet: Sheet, places: Places) -> None:
        self._sheet, self._places = sheet, places
        self._waiting: list[tuple[Claim, Area]] = []

    def put(self, claim: Claim, cell: Area) -> None:
        """Let a cell lead to the first one that a claim changes."""
        self._waiting.append((claim, cell))

    def finish(self) -> None:
        for claim, cell in self._waiting:
            for node, row, column in claim.change[:1]:
                target = self._places.areas[node].part(row, column)
                self._sheet.links.append(Link(cell, target))


class Claims:
    """Puts claims on a sheet; what one may try leads to the cells to change."""

    def __init__(
        self, surface: Surface, labelling: Labelling, values: Values, links: TryLinks,
        interface: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._surface, self._links = surface, links
        self._labelling, self._values, self._interface = labelling, values, interface

    def put(
        self, claims: Sequence[Claim], row: int, title: str, note: str, breaks: PageBreaks
    ) -> int:
        """The claims under a heading and a sentence; returns how many rows they take."""
        top, surface, lane = row, self._surface, self._surface.lanes[0]
        breaks.start(row, claim=True)
        row += put_heading(surface, row, title, "✓ ✗ –", "neutral")
        row += surface.lines(row, LEFT, note, Role("note"))
        for index, claim in enumerate(claims):
            if index >= TOGETHER:
                breaks.start(row, joined=True, claim=True)
            if claim.verdict is None:
                surface.text(row, lane.label, self._interface["what_if"], Role("tag_link"))
                self._links.put(claim, surface.cell(row, lane.label))
            else:
                self._values.take(Block(claim.verdict), surface.cell(row, lane.label))
            row += self._labelling.lines(row, lane.first, self._text(claim), Role("text"))
        return row - top

    def _text(self, claim: Claim) -> Label:
        """The sentence, how to try it, and what stands in the cells at first."""
        kept = self._interface["originally"].format(claim.originally) if claim.originally else ""
        return sentence(claim.text, claim.how, kept)
