"""The one builder under lessons and Python: inputs, steps, claims and charts, in reading order.

Whoever calls it has checked what is a matter of the door, TOML or Python. It cuts
expressions into steps that spreadsheets can hold, gives each its place on the page, and hands
all of it on as an outline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from xlsxattn.builder.cutting import CuttingPage, Manner
from xlsxattn.builder.outcomes import tally, usual_bars
from xlsxattn.builder.page import Spot, add_to
from xlsxattn.builder.whose import Whose
from xlsxattn.errors import ContentError, naming
from xlsxattn.expression import (
    Column,
    Continued,
    Labels,
    Matrix,
    Picked,
    Step,
    Texts,
    Verdict,
    Words,
    Written,
    header_of,
)
from xlsxattn.formula import loops, placed_of, require_causal
from xlsxattn.labels import Label, label_text, labels
from xlsxattn.lesson import Lesson
from xlsxattn.outline import Band, Block, Chart, Claim, Outcome, Outline, Series, with_outcome

LONGEST_TITLE = 40  # characters of a claim over what its formula needs cells for


@dataclass(frozen=True)
class Look:
    """How a matrix looks, and where it stands.

    ``beside`` an earlier matrix, it stands right at its cells; ``next_to`` one, in the same
    band with labels of its own; ``sheet`` names a sheet that is not printed. ``written`` is
    the mathematics at the right of its heading, by itself that of the expression; ``header``
    what stands over a single column without a label. A step that a use of a block makes is
    called ``stem`` there, and is ``whose``; its parts may stand on a ``parts_sheet``.
    """

    title: str = ""
    note: str = ""
    written: str | None = None
    header: str = ""
    caption: Label = ""
    tone: str = "neutral"
    decimals: int = 2
    signed: bool = False
    heat: bool = False
    bars: bool = False
    shades: bool = False
    lines: int = 0
    beside: Matrix | None = None
    next_to: Matrix | None = None
    sheet: str = ""
    stem: str = ""
    whose: Whose | None = None
    parts_sheet: str = ""
    heading: str = ""  # in place of one that says whose a step is
    link: str = ""  # a sheet that the heading leads to
    alone: bool = False  # one number without the labels of the row that it was taken from


class Builder(CuttingPage):
    """Collects what a page is made of, and makes an outline of it."""

    def add_block(self, node: Matrix, look: Look) -> None:
        """Put a placed node under a heading, or where its look says."""
        title = look.title or node.name
        block = self.block(
            node, look.header, caption=look.caption, tone=look.tone, decimals=look.decimals,
            signed=look.signed, heat=look.heat, bars=look.bars, shades=look.shades,
            lines=look.lines,
        )  # fmt: skip
        if look.beside is not None:
            spot = self.host(node.name, look.beside)
            if not block.column_labels:
                block.column_labels = (title,)
            self.attach(block, spot)
            add_to(spot.band, look.note, look.written or "")
        else:
            spot_of = None if look.next_to is None else self.host(node.name, look.next_to)
            self.put(
                node.name, look.title, look.note, look.written or "", block, spot_of, look.sheet
            )  # fmt: skip
            if look.link:
                self.host(node.name, node).band.links.append(look.link)
            block.caption = look.caption or block.caption
        self.keep(node)

    def add_step(
        self, name: str, expression: Matrix, look: Look,
        rows: Labels | None = None, columns: Labels | None = None,
    ) -> Step:  # fmt: skip
        """A named expression as formulas, its parts before it; the step, for what reads it."""
        manner = Manner(
            name, look.title or look.stem or name, look.tone, look.decimals,
            look.parts_sheet or self.sheet_of(look), look.stem, look.whose,
        )  # fmt: skip
        formula = self.cut(manner, expression)
        if look.beside is not None and expression.columns == 1:
            columns = columns or Texts.of((look.title or name,))  # not its neighbour's
        with naming(name):
            listed = isinstance(formula, (Column, Continued, Picked)) and formula.columns == 1
            words = listed and formula.is_text
            step = (Written if words else Step)(name, formula, rows, columns)
        if look.alone and step.shape == (1, 1):
            step.row_labels, step.column_labels = rows, columns
        if look.written is None:
            written = self.mathematics(expression) or self.mathematics(formula)
            look = replace(look, written=written)
        if look.whose is not None:
            heading = look.heading or look.whose.heading(look.title or look.stem)
            look = replace(look, title=heading)
            self.symbols[step] = look.stem
        self.add_block(step, look)
        if isinstance(formula, Continued):
            self._show_typed(formula, step)
        self.remember(formula, step)
        return step

    def _show_typed(self, written: Continued, step: Step) -> None:
        """Typed words stand at the left of those that are written, unless they stand already.

        As many of them stand right at those, row by row.
        """
        words, spot = placed_of(written.typed), self.spot(step)
        if not isinstance(words, Words) or spot is None or self.stand_somewhere(words):
            return
        title = self.title_of(words)
        if words.rows == step.rows and isinstance(spot.block.caption, str):
            spot.block.column_labels = (spot.block.caption or step.name,)
            spot.block.attached, spot.block.caption = True, ""
            spot.lane.insert(0, Block(words, (), (title,), tone="input"))
        else:
            block = self.block(words, caption=title, tone="input")
            spot.band.lanes.insert(spot.band.lanes.index(spot.lane), [block])

    def title_of(self, words: Words) -> str:
        """What stands over typed words."""
        return words.name

    def follow(self, written: Matrix, follows: Matrix) -> None:
        """Close a loop: row t + 1 of a continued step is row t of another, which reads it.

        ContentError where one of them is no such step; FormulaError names a step between them
        that reads a later row than its own.
        """
        rows = written.expression if isinstance(written, Step) else written
        if not isinstance(rows, Continued) or rows.follows is not None:
            raise ContentError(f"{written!r}: expected a continued step without an end, got none")
        if not follows.placed or follows is written:
            raise ContentError(f"{written.name}: expected a step to follow, got {follows!r}")
        with naming(written.name):
            rows.follow(follows, [*self.nodes.values(), *self.known()])
            for loop in loops([written]):
                require_causal(loop)

    def sheet_of(self, look: Look) -> str:
        """The sheet that a look asks for, or that of the matrix it stands at."""
        host = look.beside if look.beside is not None else look.next_to
        spot = None if host is None else self.spot(host)
        return look.sheet if spot is None else spot.band.sheet

    def host(self, name: str, node: Matrix) -> Spot:
        """Where an earlier matrix stands; ContentError where that is nowhere."""
        spot = self.spot(node)
        if spot is None:
            raise ContentError(
                f"{name}: expected a matrix with a place under a heading, got {node!r}"
                + "; make it a step first" * (isinstance(node, Matrix) and not node.placed)
            )
        return spot

    # --- claims and charts ---

    def add_claim(
        self, name: str, text: Label, how: Label, condition: Matrix, when: Matrix | None = None
    ) -> Step:
        """A sentence with a live verdict; what its formula needs cells for is worked out aside."""
        full = f"Claim_{name}"
        with naming(full):
            verdict = Verdict(condition, when)
        shown = label_text(text)
        title = shown if len(shown) <= LONGEST_TITLE else f"{shown[: LONGEST_TITLE - 1]}…"
        manner = Manner(full, title, sheet=self.interface["working"])
        step = Step(full, self.cut(manner, verdict))
        self.keep(step)
        self.claims.append(Claim(name, text, how, step))
        return step

    def bar_chart(
        self, node: Matrix, title: str, alternative: str, span: tuple[int, int], kind: str = "bar"
    ) -> None:
        """Bars, or lines, over neighbouring columns (from 0) of a matrix, a series a row."""
        spot = self.host(title, node)
        shown = labels(node.row_labels, node.rows) or _numbered(node)
        series = [Series(shown[row], node, row, span) for row in range(node.rows)]
        spot.band.chart = Chart(
            kind, title, alternative, series, Series("", header_of(node), 0, span)
        )

    def line_chart(
        self, band: Band, columns: Sequence[Matrix], title: str, alternative: str, kind: str
    ) -> None:
        """Lines in a band over the first of some columns of numbers, a series each other."""
        found = []
        for node in columns:
            block = self.host(title, node).block
            label = block.column_labels[0] if block.column_labels else block.caption or node.name
            found.append(Series(label, node))
        band.chart = Chart(kind, title, alternative, found[1:], found[0])

    # --- the whole ---

    def outline(
        self, title: str, subtitle: str, *, lesson: Lesson | None = None, focus: str = "",
        largest: float = math.inf, outcome: Outcome | None = None,
    ) -> Outline:  # fmt: skip
        """Everything in its place; what comes out stands beside the first band, or above it.

        ContentError where a continued step follows nothing.
        """
        for node in self.nodes.values():
            own = node.expression if isinstance(node, Step) else node
            if isinstance(own, Continued) and own.follows is None:
                raise ContentError(f"{node.name}: expected a step that it follows, got none")
        if outcome is None:
            outcome = Outcome(bars=usual_bars(self, focus), tally=tally(self))
        bands = with_outcome(self.bands, outcome, self.interface["outcome"])
        return Outline(
            lesson, self.language, title, subtitle, bands, self.claims, self.nodes, self.texts,
            focus, self.plans, self.settings, self.form, largest,
        )  # fmt: skip


def _numbered(node: Matrix) -> tuple[str, ...]:
    """What a legend calls rows without labels."""
    if node.rows == 1:
        return (node.name,)
    return tuple(f"{node.name} {number}" for number in range(1, node.rows + 1))
