"""What comes out of a page: how many claims hold, and the bars that matter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xlsxattn.builder.page import Page
from xlsxattn.expression import JoinedText, Step, Tally, Text, Verdict
from xlsxattn.labels import Label, WordCell, labels
from xlsxattn.outline import Bar, Block

MOST_BARS = 6  # that a page chooses by itself
MOST_DECIMALS = 3  # of a number beside its bar
CLAIMS_HOLD = "Claims_hold"


def tally(page: Page) -> Step | None:
    """How many of the claims that apply hold, as a text; None without live claims."""
    verdicts = [claim.verdict for claim in page.claims if claim.verdict is not None]
    if not verdicts:
        return None
    holding, failing = (Tally(mark, verdicts) for mark in (Verdict.YES, Verdict.NO))
    before, between, after = page.interface["claims_hold"].split("{}")
    parts = [Text(before), holding, Text(between), holding + failing, Text(after)]
    shown = [part for part in parts if not isinstance(part, Text) or part.text]
    step = Step(page.free(CLAIMS_HOLD), JoinedText(shown, 0))
    page.keep(step)
    return step


def usual_bars(page: Page, focus: str) -> list[Bar]:
    """The bars of the first chart over labels, or of the last heat map: of its focus, or all."""
    shown = [band for band in page.bands if not band.sheet]
    for band in shown:
        if band.chart is not None and band.chart.kind in ("bar", "trend"):
            first, last = band.chart.x.columns
            block = next(b for b in blocks_of(band.lanes) if b.node is band.chart.series[0].node)
            charted = [one.row for one in band.chart.series if one.row is not None]
            return bars_of(block, charted, range(first, last + 1))[:MOST_BARS]
    heats = [block for band in shown for block in blocks_of(band.lanes) if block.heat]
    if not heats or heats[-1].node.is_text:
        return []
    block = heats[-1]
    bold = [i for i, label in enumerate(block.row_labels) if _says(label, focus)]
    rows = bold or range(block.node.rows)
    return bars_of(block, rows, range(block.node.columns))[:MOST_BARS]


def blocks_of(lanes: Iterable[Iterable[object]]) -> list[Block]:
    return [block for lane in lanes for block in lane if isinstance(block, Block)]


def bars_of(
    block: Block, rows: Iterable[int], columns: Sequence[int], label: Label = ""
) -> list[Bar]:
    """Bars of some rows and columns (from 0) of a block, a group a row."""
    node = block.node
    whose = block.row_labels or labels(node.row_labels, node.rows)
    of = block.column_labels or labels(node.column_labels, node.columns)
    bars: list[Bar] = []
    for row in rows:
        named: Label = label or (whose[row] if whose else "")
        for shade, column in enumerate(columns):
            bars.append(
                Bar(
                    "" if shade else named, of[column] if of else "", node, row, column,
                    min(block.decimals, MOST_DECIMALS), shade,
                )
            )  # fmt: skip
    return bars


def _says(label: Label, word: str) -> bool:
    """Whether a row's label is a word, at first."""
    if not word:
        return False
    if isinstance(label, WordCell):
        return label.words.words[label.index] == word
    return label == word
