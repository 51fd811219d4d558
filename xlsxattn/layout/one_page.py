"""A lesson on one page, to hand out: its idea, its picture, the numbers that matter, its claims.

Nothing on it is computed again: every number, word and verdict repeats a cell of the lesson's
own sheets, and follows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from xlsxattn.a1 import Area, quote_sheet
from xlsxattn.expression import Step, Words
from xlsxattn.formula import Formula, Reference
from xlsxattn.layout.numbering import circled, numbered
from xlsxattn.layout.pagination import fits
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.values import Values, framed_runs, result_role, role_of
from xlsxattn.outline import Band, Block, Outline
from xlsxattn.style import Role

#: So many steps are shown where the lesson names none, as far as there is room.
FEWEST_STEPS, MOST_STEPS = 3, 4
#: So many steps one after another of one part of the lesson are told as one.
LEAST_PART = 3


class Repeated(Values):
    """The cells of nodes that stand on other sheets, repeated by reference."""

    def take(self, block: Block, area: Area, role: Role | None = None) -> None:
        self._taken.append((block, area, role))

    def take_head(self, block: Block, header: Area) -> None:
        """The labels of columns have their place elsewhere."""

    def take_labels(self, block: Block, down: Area) -> None:
        """And so have those of rows."""

    def _runs(self, block: Block, area: Area, given: Role | None) -> Iterable[Run]:
        source = self._places.areas[block.node]
        reference = Reference(quote_sheet(source.sheet) + "!", source.row, source.column)
        formula = Formula(area, (reference,), each=block.node in self._places.arrays)
        node = block.node
        usual = result_role(block, node) if isinstance(node, Step) else role_of("value", block)
        role = given or usual
        self._note_signs(block.node, role, area)
        live = replace(role, live=True) if block.node.is_text else role
        return framed_runs([Run(area, live, block.node.value, formula)], block, area)


def steps_that_matter(content: Outline) -> list[Band]:
    """The bands of a lesson that its one page shows, the most important one first.

    They are those that the lesson names, or else its chart and the last heat maps before its
    end: what attention looked at, and what came out.
    """
    named = content.lesson.one_page if content.lesson is not None else []
    bands = [
        replace(_without_panels(band), sheet="")
        for band in content.bands
        if band.title and (band.key in named or not band.sheet)
    ]
    known = {band.key: band for band in bands if band.lanes and all(map(fits, band.lanes))}
    if named:
        return [known[key] for key in named if key in known]
    last = [band for band in reversed(known.values()) if _is_computed(band)]
    charts = [band for band in last if band.chart is not None]
    heats = [band for band in last if any(block.heat for block in _blocks(band))]
    found = {band.key: band for band in [*(charts or heats)[:1], *heats]}
    for band in last:
        if len(found) < FEWEST_STEPS:
            found.setdefault(band.key, band)
    return list(found.values())[:MOST_STEPS]


def one_page(content: Outline, shown: Sequence[Band], page: Sequence[Band]) -> Outline:
    """The outline of the one page that shows some bands; ``page`` is the lesson's own page."""
    interface = content.texts["interface"]
    known = {band.key: band for band in shown}
    bands = [known[band.key] for band in content.bands if band.key in known]
    return replace(
        content, title=f"{content.title} · {interface['one_page']}", bands=bands, plans={},
        subtitle=f"{content.subtitle}\n{_way(page)}",
    )  # fmt: skip


def _way(page: Sequence[Band]) -> str:
    """The headings of a page, from the first to the last, in one line.

    Those of one part of it, such as ``Queries · Layer 1``, are told as that part.
    """
    titles: list[str] = []
    for band in page:
        if band.title:
            titles.append(band.title)
        if band.second is not None and band.second.numbered:
            titles.append(band.second.title)
    shown: list[str] = []
    for part, members in groupby(enumerate(titles, 1), lambda one: _part_of(one[1])):
        found = list(members)
        if part and len(found) >= LEAST_PART:
            shown.append(f"{circled(found[0][0])}–{numbered(found[-1][0], part)}")
        else:
            shown += [numbered(number, title) for number, title in found]
    return " → ".join(shown)


def _part_of(title: str) -> str:
    """Of which part of a lesson a heading is, if it says so."""
    _, parted, part = title.rpartition(" · ")
    return part if parted else ""


def _blocks(band: Band) -> list[Block]:
    return [block for lane in band.lanes for block in lane if isinstance(block, Block)]


def _without_panels(band: Band) -> Band:
    """A band without settings, and without what comes out beside it."""
    lanes = [lane for lane in band.lanes if all(isinstance(block, Block) for block in lane)]
    second = band.second if band.second is None or band.second.lane < len(lanes) else None
    return replace(band, lanes=lanes, links=[], second=second, aside=None)


def _is_computed(band: Band) -> bool:
    """Whether a band shows steps, and no words or numbers to choose."""
    blocks = _blocks(band)
    steps = [block for block in blocks if isinstance(block.node, Step)]
    return bool(steps) and not any(isinstance(block.node, Words) for block in blocks)
