"""The outcome of a lesson: its sentences, its bars, and what to try, in reading order."""

from __future__ import annotations

from dataclasses import replace

from xlsxattn import lesson as files
from xlsxattn.builder.outcomes import bars_of, tally, usual_bars
from xlsxattn.compose.live import live
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError
from xlsxattn.expression import JoinedText, Labels, Matrix, Step, Text, Texts, WordList
from xlsxattn.labels import LiveText, label_text
from xlsxattn.outline import Bar, Claim, Outcome
from xlsxattn.what_if import Content, changed_cells


def tell_outcome(story: Story) -> Outcome:
    """What the lesson says, and where it says nothing, what its page shows most plainly."""
    spec = story.lesson.outcome or files.Outcome()
    sentences = [
        _sentence(story, text, f"outcome.sentences[{index}]")
        for index, text in enumerate(spec.sentences)
    ]
    bars: list[Bar] = []
    steps = list(dict.fromkeys(one.step for one in spec.bars))
    for index, one in enumerate(spec.bars):
        found = _bars(story, one, f"outcome.bars[{index}]")
        if not any(bar.shade for bar in found):  # of one column each: told apart by their steps
            found = [replace(bar, shade=steps.index(one.step)) for bar in found]
        bars += found
    if not spec.bars:
        bars = usual_bars(story, story.lesson.focus)
    return Outcome(sentences, bars, _tried(story, spec), tally(story))


def _sentence(story: Story, text: files.LocalText, place: str) -> Step:
    said = live(story, text, place)
    node = said.node if isinstance(said, LiveText) else JoinedText([Text(label_text(said))])
    step = Step(story.free("Outcome"), node)
    story.keep(step)
    return step


def _bars(story: Story, spec: files.Bars, place: str) -> list[Bar]:
    node = story.nodes.get(spec.step)
    spot = None if node is None else story.spot(node)
    if node is None or spot is None or node.is_text:
        raise LessonError(
            f"{place}.step: expected the name of a step with numbers under a heading, "
            f"got {spec.step!r}"
        )
    rows = [_position(row, node.row_labels, node.rows, f"{place}.rows") for row in spec.rows]
    columns = [
        _position(column, node.column_labels, node.columns, f"{place}.columns")
        for column in spec.columns
    ]
    label = live(story, spec.label, f"{place}.label") if spec.label else ""
    return bars_of(
        spot.block, rows or range(node.rows), columns or range(node.columns), label
    )  # fmt: skip


def _position(key: str | int, labels: Labels | None, length: int, place: str) -> int:
    """A row or a column by its number, its id, or the word that stands there at first."""
    known: tuple[str, ...] = ()
    if isinstance(labels, (Texts, WordList)):
        known = labels.ids if isinstance(labels, Texts) else labels.words
    if isinstance(key, str) and key in known:
        return known.index(key)
    if isinstance(key, int) and -length <= key < length:
        return key % length
    raise LessonError(f"{place}: expected one of {', '.join(known) or f'0…{length - 1}'}, got "
                      f"{key!r}")  # fmt: skip


def _tried(story: Story, spec: files.Outcome) -> Claim | None:
    """The what-if claim that the outcome invites to try: the one it names, or the first."""
    claims = [claim for claim in story.claims if claim.verdict is None and claim.how]
    if not spec.try_:
        return claims[0] if claims else None
    for claim in claims:
        if claim.name == spec.try_:
            return claim
    known = ", ".join(claim.name for claim in claims) or "none"
    raise LessonError(f"outcome.try: expected a claim that says how to try it ({known}), "
                      f"got {spec.try_!r}")  # fmt: skip


def originally(
    story: Story, change: dict[str, Content]
) -> tuple[list[tuple[Matrix, int, int]], str]:
    """The cells that a what-if claim changes, and what stands in them at first."""
    places: list[tuple[Matrix, int, int]] = []
    shown: list[str] = []
    for target, content in change.items():
        name, cells = changed_cells(target, content, story.nodes)
        node = story.nodes[name]
        rows: dict[int, list[str]] = {}
        for row, column, _ in cells:
            old = node.value[row, column]
            if not places or places[-1][0] is not node:
                places.append((node, row, column))
            rows.setdefault(row, []).append(old if isinstance(old, str) else f"{old:g}")
        shown.append("; ".join(" ".join(row) for row in rows.values()))
    return places, ", ".join(shown)
