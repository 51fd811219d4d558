"""A lesson's own steps, with their charts, each where it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xlsxattn import lesson as files
from xlsxattn.builder import Look
from xlsxattn.builder.cutting import Manner, placed_in
from xlsxattn.compose.live import live
from xlsxattn.compose.scope import Scope
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Joined, Labels, Matrix, Step, Texts, WordList
from xlsxattn.labels import Label, LiveText, label_text
from xlsxattn.notation import meant
from xlsxattn.outline import Band, Block


def tell_steps(story: Story, steps: Iterable[files.Step]) -> None:
    """Some of the lesson's own steps, in the order of the file."""
    scope = Scope(story)
    for step in steps:
        with within(f"steps.{step.name}"):
            if step.use:
                from xlsxattn.compose.uses import tell_use  # whose blocks are made of steps

                tell_use(story, step)
                continue
            with story.telling(step.name):
                tell_step(story, step, scope)


def finish_steps(story: Story) -> None:
    """What writes continued steps, the charts, and every band in its place."""
    for step in story.lesson.steps:
        if step.follows:
            _follow(story, step)
    _add_charts(story)
    if not story.lesson.attentions():
        _move_weights(story)
    _order_bands(story)


def tell_step(story: Story, spec: files.Step, scope: Scope) -> None:
    """A step as formulas, with its parts before it, called and read as its scope says."""
    place = f"{scope.place}.{spec.name}"
    title, columns = story.text(spec.title), story.fixed(spec.columns)
    host = scope.earlier(spec.beside, f"{place}.beside")
    next_to = scope.earlier(spec.next_to, f"{place}.next_to")
    # Under a heading of its own a formula says by itself what it does; a guest has none.
    written: str | None = story.text(spec.mathematics) or ("" if spec.rows else None)
    if host is not None or next_to is not None:
        written = ""
    look = Look(
        title=title, note=story.text(spec.note),
        written=written,
        caption=live(story, spec.caption, f"{place}.caption"),
        tone=spec.tone or ("output" if spec.heat else "neutral"),
        decimals=spec.decimals, signed=spec.signed, heat=spec.heat, beside=host,
        next_to=next_to, sheet=spec.sheet, bars=spec.bars, shades=spec.shades, lines=spec.lines,
    )  # fmt: skip
    look = scope.look(spec, look)
    expression = _expression(story, spec, look, scope)
    rows: Labels | None = story.fixed(spec.row_labels)
    if spec.row_words:
        rows = _words(story, spec.row_words, f"{place}.row_words")
    across: Labels | None = columns
    if spec.column_words:
        across = _words(story, spec.column_words, f"{place}.column_words")
    for given, length, what in (
        (rows, expression.rows, "row labels"),
        (across, expression.columns, "columns"),
    ):
        if given is not None and len(given) != length:
            raise LessonError(f"{place}: expected {length} {what}, got {len(given)}")
    if host is not None and expression.shape != (host.rows, 1):
        raise LessonError(
            f"{place}.beside: expected a column of {host.rows} rows beside "
            f"{spec.beside}, got {expression!r}"
        )
    if host is not None and title:
        across = Texts.of((title,))
    step = story.add_step(scope.name(spec.name), expression, look, rows, across)
    if spec.links:
        story.host(step.name, step).band.links += map(story.sheet_name, spec.links)
    scope.keep(spec.name, step)


def _words(story: Story, name: str, place: str) -> WordList:
    """The step of words that labels another."""
    node = story.nodes.get(name)
    if not isinstance(node, WordList):
        raise LessonError(f"{place}: expected the name of an earlier step of words, got {name!r}")
    return node


def _follow(story: Story, spec: files.Step) -> None:
    """Say what a continued step is written from, now that all steps are there."""
    place = f"steps.{spec.name}.follows"
    with within(place):
        follows = story.nodes.get(spec.follows)
        if not isinstance(follows, Step):
            names = [name for name, node in story.nodes.items() if isinstance(node, Step)]
            hint = meant(spec.follows, names)
            raise LessonError(f"{place}: expected the name of a step, got {spec.follows!r}{hint}")
        story.follow(story.nodes[spec.name], follows)


def _expression(story: Story, spec: files.Step, look: Look, scope: Scope) -> Matrix:
    if not spec.rows:
        return scope.read(spec.formula, f"{scope.place}.{spec.name}.formula")
    parts: list[Matrix] = []
    for part in spec.rows:
        place = f"{scope.place}.{spec.name}.rows.{part.name}"
        name = scope.name(part.name)
        with within(place):
            manner = Manner(
                name, name, look.tone, look.decimals, look.sheet, part.name, look.whose
            )  # fmt: skip
            node = Step(name, story.cut(manner, scope.read(part.formula, place)))
            story.keep(node)
        scope.keep(part.name, node)
        parts.append(node)
    row_labels = None
    if all(part.rows == 1 for part in parts):
        ids = tuple(part.name for part in spec.rows)
        place = f"{scope.place}.{spec.name}.rows"
        row_labels = _texts(ids, [
            live(story, part.label, f"{place}.{part.name}.label") for part in spec.rows
        ])  # fmt: skip
    return Joined("rows", parts, row_labels)


def _texts(ids: tuple[str, ...], said: Sequence[Label]) -> Texts:
    """Labels of rows that notation knows by ids."""
    nodes = tuple(label.node if isinstance(label, LiveText) else None for label in said)
    return Texts(ids, tuple(map(label_text, said)), nodes)


def _add_charts(story: Story) -> None:
    """Charts, once all the steps that they may show are there."""
    for spec in story.lesson.steps:
        if spec.chart is not None:
            _tell_chart(story, spec.chart, story.nodes[spec.name], f"steps.{spec.name}.chart")


def _tell_chart(story: Story, spec: files.Chart, step: Matrix, place: str) -> None:
    title, alternative = story.text(spec.title), story.text(spec.alternative)
    if spec.kind in ("bar", "trend"):
        if step.column_labels is None:
            raise LessonError(f"{place}: expected a step with labelled columns, got {step!r}")
        span = _chart_columns(spec, step, place)
        if step.rows > files.MAX_SERIES:
            raise LessonError(
                f"{place}: expected a step of at most {files.MAX_SERIES} rows, got {step.rows}"
            )
        story.bar_chart(step, title, alternative, span, spec.kind)
        _give_tones(story, step, spec, place)
        return
    if not spec.series:
        raise LessonError(f"{place}.series: expected the names of columns, got none")
    if not spec.x:
        raise LessonError(f"{place}.x: expected the name of a column, got none")
    columns: list[Matrix] = []
    for name in (spec.x, *spec.series):
        node = story.nodes.get(name)
        if node is None or node.columns != 1:
            raise LessonError(f"{place}: expected the name of a column, got {name!r}")
        if columns and node.rows != columns[0].rows:
            raise LessonError(
                f"{place}.series: expected columns of {columns[0].rows} rows, as x has, "
                f"got {node!r}"
            )
        columns.append(node)
    story.line_chart(story.host(place, step).band, columns, title, alternative, spec.kind)
    _give_tones(story, step, spec, place)


def _give_tones(story: Story, step: Matrix, spec: files.Chart, place: str) -> None:
    """Give the series of a step's chart their tones, in order."""
    chart = story.host(place, step).band.chart
    assert chart is not None
    if len(spec.tones) > len(chart.series):
        raise LessonError(
            f"{place}.tones: expected at most {len(chart.series)}, got {len(spec.tones)}"
        )
    for series, tone in zip(chart.series, spec.tones, strict=False):
        series.tone = tone


def _chart_columns(spec: files.Chart, step: Matrix, place: str) -> tuple[int, int]:
    """The first and the last column of a chart over labels, which takes neighbours only."""
    ids = step.column_labels.ids if isinstance(step.column_labels, Texts) else ()
    unknown = [column for column in spec.columns if column not in ids]
    if unknown:
        raise LessonError(f"{place}.columns: expected some of {', '.join(ids)}, got {unknown[0]!r}")
    positions = sorted({ids.index(column) for column in spec.columns})
    if not positions:
        return 0, step.columns - 1
    if positions != list(range(positions[0], positions[-1] + 1)):
        raise LessonError(
            f"{place}.columns: expected neighbours among {', '.join(ids)}, "
            f"got {', '.join(spec.columns)}"
        )
    return positions[0], positions[-1]


def _move_weights(story: Story) -> None:
    """Weights stand right before the first band of the page that reads one of them."""
    moved = [band for band in story.bands if re.fullmatch(r"W\d*", band.key)]
    weights = set(_nodes(moved))
    rest = [band for band in story.bands if band not in moved]
    for index, band in enumerate(rest):
        steps = [node for node in _nodes([band]) if isinstance(node, Step)]
        read = {node for step in steps for node in placed_in(step.expression)}
        if not band.sheet and not weights.isdisjoint(read):
            story.bands = [*rest[:index], *moved, *rest[index:]]
            return


def _nodes(bands: Iterable[Band]) -> Iterator[Matrix]:
    """What stands in some bands as blocks."""
    for band in bands:
        for lane in band.lanes:
            yield from (block.node for block in lane if isinstance(block, Block))


def _order_bands(story: Story) -> None:
    """Move the inputs and steps that name a place in the story right after it."""
    orders = [(i.name, i.after) for i in story.lesson.inputs]
    orders += [(s.name, s.after) for s in story.lesson.steps]
    for name, after in orders:
        if not after:
            continue
        moved = story.told.get(name, [])
        keys = [band.key for band in story.bands]
        if after not in keys or not moved or after in [band.key for band in moved]:
            kind = "steps" if name in [s.name for s in story.lesson.steps] else "inputs"
            raise LessonError(
                f"{kind}.{name}.after: expected one of {', '.join(keys)}, got {after!r}"
            )
        story.bands = [band for band in story.bands if band not in moved]
        index = [band.key for band in story.bands].index(after) + 1
        story.bands[index:index] = moved
