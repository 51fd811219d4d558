"""Layouts: everything has one place, tables are whole, and formulas stand where they belong."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from tools import LAYERS, SMALL, TRAINING, replaced

from xlsxattn import lesson as files
from xlsxattn.a1 import Area
from xlsxattn.compose import compose
from xlsxattn.errors import LayoutError
from xlsxattn.expression import Input, Matrix, Step, Texts, Words
from xlsxattn.labels import labels
from xlsxattn.layout import Layout, Run, Sheet, lay_out
from xlsxattn.layout.columns import CAPTION_WIDTH
from xlsxattn.layout.formula_lines import FORMULA_TYPE
from xlsxattn.layout.headings import LEFT
from xlsxattn.layout.numbering import NUMBERS
from xlsxattn.layout.pagination import paginate
from xlsxattn.outline import (
    Band,
    Block,
    Chart,
    Copy,
    Lane,
    Outline,
    Series,
    Setting,
    Settings,
    SheetPlan,
)
from xlsxattn.style import (
    CAPTION_LINE,
    LABEL_WIDTHS,
    LEAST_SCALE,
    ROW_HEIGHT,
    TEXT_SIZE,
    look,
    number_format,
    page_points,
    print_scale,
)
from xlsxattn.texts import languages
from xlsxattn.texts import texts as text_of
from xlsxattn.widths import characters


def planned(text: str, language: str = "en") -> tuple[Outline, Layout]:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, language)
    content = compose(lesson, language)
    return content, lay_out(content)


def page(text: str, language: str = "en") -> Sheet:
    return planned(text, language)[1].sheets[0]


def long_lesson(words: int) -> str:
    """A lesson with so many words that it takes several pages."""
    listed = "\n".join(f"w{i} = [{i % 3}.0, {i % 5}.0]" for i in range(words))
    text = replaced("cat = [2.0, 0.0]\ndog = [1.5, 0.25]\nmouse = [1.0, 1.0]", listed)
    sentence = ", ".join(f'"w{i}"' for i in range(words))
    return replaced('"cat", "dog", "mouse"', sentence, text)


LESSONS = {
    "small": SMALL,
    "mouse": files.find("mouse").read_text(encoding="utf-8"),
    "long": long_lesson(30),
    "masked": replaced("heads = 1", 'mask = "causal"\npositions = "sinusoidal"'),
    "heads": replaced("heads = 1", "heads = 2").partition("[[claims]]")[0],
    "inspector": SMALL + '[attention.inspector]\nquery = "cat"\nkey = "dog"\n',
    "minimal": 'format = 1\ntitle = "T"\n',
    "training": TRAINING,
    "layers": LAYERS,
}
every = pytest.mark.parametrize("text", LESSONS.values(), ids=LESSONS)


def texts(sheet: Sheet, kind: str) -> list[str]:
    return [run.values[0, 0] for run in sheet.runs if run.role.kind == kind]


@every
def test_one_content_a_cell(text: str) -> None:
    """No two contents overlap."""
    for sheet in planned(text)[1].sheets:
        taken: dict[tuple[int, int], Run] = {}
        for run in sheet.runs:
            for cell in run.area.cells():
                assert cell not in taken, f"{run} and {taken.get(cell)}"
                taken[cell] = run


@every
def test_every_node_has_its_place(text: str) -> None:
    """Each named node has an area of its shape, filled with its values."""
    content, layout = planned(text)
    assert set(layout.names) == set(content.nodes)
    cells = {
        (sheet.title, *cell): value
        for sheet in layout.sheets
        for run in sheet.runs
        for cell, value in zip(run.area.cells(), run.values.ravel().tolist(), strict=True)
    }
    for name, node in content.nodes.items():
        area = layout.names[name]
        assert area.shape == node.shape
        shown = [cells[area.sheet, *cell] for cell in area.cells()]
        assert shown == node.value.ravel().tolist(), name


@every
def test_steps_do_not_overlap(text: str) -> None:
    """Two named areas share cells only where one is a part of the other."""
    _, layout = planned(text)
    for one, other in combinations(layout.names.values(), 2):
        shared = set(one.cells()) & set(other.cells())
        if one.sheet == other.sheet and shared:
            assert shared in (set(one.cells()), set(other.cells()))


@every
def test_inside_the_printed_area(text: str) -> None:
    """Everything stands within the columns and rows that are printed, left margin free."""
    for sheet in planned(text)[1].sheets:
        for run in sheet.runs:
            assert run.area.column >= 2
            assert run.area.last_column <= sheet.last_column
            assert run.area.last_row <= sheet.last_row


@every
def test_every_column_has_a_width(text: str) -> None:
    """No column is left to the program's default."""
    for sheet in planned(text)[1].sheets:
        assert set(range(1, sheet.last_column + 1)) <= set(sheet.widths)
        assert min(sheet.widths.values()) > 0


@every
def test_pages(text: str) -> None:
    """A page break cuts no table that fits a page, and no page is too long."""
    for sheet in planned(text)[1].sheets:
        room = page_points(sheet.scale)
        assert sheet.breaks == sorted(set(sheet.breaks))
        starts = [1, *(row + 1 for row in sheet.breaks)]
        for first, last in zip(starts, [*sheet.breaks, sheet.last_row], strict=True):
            height = sum(sheet.heights[row] for row in range(first, last + 1))
            assert height <= room or not sheet.printed
        for run in sheet.runs:
            assert not [b for b in sheet.breaks if run.area.row <= b < run.area.last_row]


def test_long_lessons_take_pages() -> None:
    """A lesson that is too long for a page is broken before headings."""
    sheet = page(long_lesson(30))
    assert len(sheet.breaks) >= 2
    headings = {run.area.row for run in sheet.runs if run.role.kind == "heading"}
    assert {row + 1 for row in sheet.breaks} <= headings


@pytest.mark.parametrize(("largest", "wide"), [(999.99, False), (1000.0, True), (-1000.0, True)])
def test_wide_blocks(largest: float, wide: bool) -> None:
    """From 1,000 on, beside small numbers of many decimals, a number is shown without any."""
    for decimals in (2, 3):
        node = Input("Numbers", [[0.001, largest]])
        layout = lay_out(outline({"Numbers": node}, [Block(node, decimals=decimals)]))
        roles = {run.area: run.role for run in layout.sheets[0].runs}
        assert roles[layout.names["Numbers"]].wide is (wide and decimals == 3)


def test_formulas_are_shown() -> None:
    """The first formula of a block stands small under it, as the sheet has it."""
    content, layout = planned(SMALL)
    sheet = layout.sheets[0]
    shown = {run.area.row: run.values[0, 0] for run in sheet.runs if run.role.kind == "formula"}
    area = layout.names["Scores"]
    left, right = (layout.names[name].part(0, 0, 1, 2).relative for name in ("Q", "X"))
    (a, b), (c, d) = (re.findall(r"([A-Z]+)(\d+)", text) for text in (left, right))
    first = f"${a[0]}{a[1]}:${b[0]}{b[1]},${c[0]}${c[1]}:${d[0]}${d[1]}"
    assert shown[area.last_row + 1] == f"=SUMPRODUCT({first})"
    area = layout.names["Exponentials"]
    run = next(run for run in sheet.runs if run.area == area)
    assert run.formula is not None
    assert run.formula.shown in shown[area.last_row + 1]
    assert content.nodes["Exponentials"].shape == area.shape


@pytest.mark.parametrize("terms", range(1, 30, 3))
def test_formulas_end_before_what_stands_beside(terms: int) -> None:
    """A small formula, or its two lines, have the cells up to the next label, and no more."""
    low, high = Input("Low", np.ones((1, 3))), Input("High", np.ones((5, 3)))
    node: Matrix = low
    for _ in range(terms):
        node = node + low
    step = Step("Sum", node)
    beside: Lane = [Block(high, tuple("abcde"), tuple("xyz"))]
    content = outline({"Low": low, "Sum": step, "High": high}, [Block(low)])
    content.bands.append(Band("B", "B", "", "", [[Block(step, (), tuple("xyz"))], beside]))
    layout = lay_out(content)
    sheet, area, label = layout.sheets[0], layout.names["Sum"], layout.names["High"].column - 1
    room = sum(sheet.widths[column] for column in range(area.column, label)) * FORMULA_TYPE
    lines = [run for run in sheet.runs if run.role.kind == "formula"]
    assert [run.area.row for run in lines] == [area.row + 1, area.row + 2][: len(lines)]
    assert {run.area.column for run in lines} <= {area.column}
    assert all(characters(run.values[0, 0]) <= room for run in lines)
    said = "".join(run.values[0, 0].strip() for run in lines)
    whole = next(run for run in sheet.runs if run.area == area).formula
    assert whole is not None
    assert said == (whole.shown if len(whole.shown) < 2 * room - 4 else "")


@pytest.mark.parametrize("form", ["auto", "cells", "arrays"])
def test_arrays_and_ordinary_formulas(form: str) -> None:
    """Each cell has an ordinary formula; arrays, where they are asked for, start at products."""
    _, layout = planned(SMALL.replace("format = 1", f'format = 1\nform = "{form}"'))
    blocks, each, ordinary = set(), set(), set()
    for name, area in layout.names.items():
        for run in layout.sheets[0].runs:
            if run.area == area and run.formula is not None:
                kind = blocks if run.formula.array else each if run.formula.each else ordinary
                kind.add(name)
    if form != "arrays":
        assert not blocks and not each
        assert {"X", "Q", "Scores", "Attention", "Claim_sums"} <= ordinary
        return
    assert blocks == {"Q", "Scores", "Scaled", "Exponentials", "Attention", "Output", "Twice"}
    assert each == {"RowMax", "RowSum", "Attention_sum", "Claim_sums", "Claims_hold"}
    assert ordinary == {"X", "d_k"}


def test_headings_are_numbered() -> None:
    """Headings count from ①, without a gap."""
    headings = texts(page(SMALL), "heading")
    assert headings.pop(1) == "What comes out"  # beside the first one
    assert [heading[0] for heading in headings] == list("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮"[: len(headings)])
    assert headings[0] == "① Vocabulary"
    assert headings[-1].endswith("What must hold")


def test_words_are_typed_once() -> None:
    """A word of a sentence is typed where it first stands; every other label refers to it."""
    _, layout = planned(SMALL)
    sheet = layout.sheets[0]
    typed = [run for run in sheet.runs if run.role.kind == "word"]
    assert [run.area for run in typed] == [layout.names["Vocabulary_words"], layout.names["Words"]]
    scores = layout.names["Scores"]
    above = [r for r in sheet.runs if r.area.row == scores.row - 1 and r.role.kind == "header"]
    assert [run.values[0, 0] for run in above] == ["cat", "dog", "mouse"]
    words = layout.names["Words"]
    formulas = [run.formula.at() for run in above if run.formula is not None]
    assert formulas == [words.part(row, 0).relative for row in range(3)]


def test_lists_to_choose_from() -> None:
    """Words are chosen from the vocabulary, a switch from its numbers."""
    _, layout = planned(SMALL)
    choices = {choice.area: choice.source for choice in layout.sheets[0].choices}
    assert choices[layout.names["Words"]] == layout.names["Vocabulary_words"]
    assert choices[layout.names["rate"]] == (0.5, 1.0)


def test_columns_serve_every_band() -> None:
    """A context's blocks stand in the same columns down the page."""
    _, layout = planned(LESSONS["mouse"])
    for context in ("cat", "keyboard"):
        steps = ("X", "Scores", "Attention", "Output")
        assert len({layout.names[f"{step}_{context}"].column for step in steps}) == 1
    assert layout.names["Scores_cat"].row == layout.names["Scores_keyboard"].row


@every
def test_lanes_are_level(text: str) -> None:
    """The first matrices of a band stand in one row, whatever stands over each of them."""
    content, layout = planned(text)
    for band in paginate(content).bands:
        firsts = [lane[0].node for lane in band.lanes if lane and isinstance(lane[0], Block)]
        assert len({layout.names[node.name].row for node in firsts}) <= 1, band.key


def test_lanes_share_the_tallest_head() -> None:
    """One with column labels, one under its right operand, and one with nothing over it."""
    across = Texts.of(("a", "b"))
    plain, labelled = Input("Plain", np.ones((2, 2))), Input("Labelled", np.ones((3, 2)))
    under, above = Input("Under", np.ones((1, 2))), Input("Above", np.ones((4, 2)))
    lanes: list[Lane] = [
        [Block(plain)],
        [Block(labelled, (), across.texts, "a caption")],
        [Block(under, above=Block(above))],
        [Settings([Setting(Input("t", [[1.0]]), "t")])],
    ]
    nodes: dict[str, Matrix] = {node.name: node for node in (plain, labelled, under, above)}
    after = Input("After", np.ones((1, 1)))
    bands = [Band("A", "A", "", "", lanes), Band("B", "B", "", "", [[Block(after)]])]
    layout = lay_out(Outline(
        None, "en", "T", "", bands, [], {**nodes, "After": after}, text_of("en"),
    ))  # fmt: skip
    sheet, names = layout.sheets[0], layout.names
    heading = next(run.area.row for run in sheet.runs if run.role.kind == "heading")
    assert names["Above"].row == heading + 2  # the row between is for its column labels
    rows = {names[name].row for name in ("Plain", "Labelled", "Under")}
    assert rows == {names["Above"].last_row + 2}  # the row between is for the arrow
    header = next(run.area for run in sheet.runs if run.role.kind == "header")
    assert header.row == names["Labelled"].row - 1
    assert names["t"].row == heading + 1
    assert names["After"].row == names["Labelled"].last_row + 3  # a space, and a heading


def test_a_head_of_copies_is_that_of_the_first() -> None:
    """Where only a copy has column labels, all of them stand a row further down."""
    first, other = Input("First", np.ones((2, 2))), Input("Other", np.ones((2, 3)))
    other.column_labels = Texts.of("abc")
    bands = [Band("A", "A", "", "", [[Block(first)]], sheet="copies")]
    content = Outline(
        None, "en", "T", "", bands, [], {"First": first, "Other": other}, text_of("en"),
        plans={"copies": SheetPlan(copies=[Copy("again", {first: other})])},
    )  # fmt: skip
    layout = lay_out(content)
    sheet, names = layout.sheets[1], layout.names
    assert names["First"].row == names["Other"].row
    header = next(run.area for run in sheet.runs if run.role.kind == "header")
    assert header.row == names["First"].row - 1
    heading = next(run.area.row for run in sheet.runs if run.role.kind == "heading_fill")
    assert header.row == heading + 1


@pytest.mark.parametrize("mask", ["none", "causal"])
def test_masked_scores_are_short(mask: str) -> None:
    """Scores that a mask takes away, now or after an edit, are not shown with all their zeros."""
    _, layout = planned(replaced("heads = 1", f'mask = "{mask}"'))
    roles = {run.area: run.role for run in layout.sheets[0].runs}
    assert roles[layout.names["Masked"]].masked
    assert not roles[layout.names["Scaled"]].masked
    assert layout.sheets[0].masked == [layout.names["Masked"]]  # hatched there, now or later
    masked = look(roles[layout.names["Masked"]]).number_format
    assert masked == number_format(2, masked=True) != number_format(2)


@pytest.mark.parametrize(
    ("lines", "decimals"),
    [
        ("values = [[3]]", 0),
        ("values = [[0.5]]", 2),
        ("values = [[0.0125]]", 4),
        ("values = [[0.001]]", 3),
        ("values = [[1]]\nlimits = [0, 1]", 2),
        ("values = [[1]]\nlimits = [0, 10]", 0),
    ],
)
def test_decimals_of_settings(lines: str, decimals: int) -> None:
    """As many as a number takes; a fraction and the temperature have two while they are whole."""
    _, layout = planned(SMALL + f'\n[[inputs]]\nname = "Own"\n{lines}\n')
    roles = {run.area: run.role for run in layout.sheets[0].runs}
    assert roles[layout.names["Own"]].decimals == decimals
    assert roles[layout.names["Temperature"]].decimals == 2
    assert roles[layout.names["d_k"]].decimals == 0


def outline(nodes: dict[str, Matrix], *lanes: Lane, **band: Any) -> Outline:
    """An outline of one band."""
    bands = [Band("A", "A", "", "", list(lanes), **band)]
    return Outline(None, "en", "T", "", bands, [], nodes, text_of("en"))


def test_words_without_a_place() -> None:
    """Labels that repeat words which nowhere label a row cannot be laid out."""
    words = Words("Words", ("cat", "dog"))
    node = Input("Numbers", np.ones((1, 2)))
    content = outline({"Numbers": node}, [Block(node, (), labels(words, 2))])
    with pytest.raises(LayoutError, match="Words: expected a place on the page, got none"):
        lay_out(content)


def test_reductions_stand_beside() -> None:
    """A row's maximum and sum are columns right beside their block."""
    _, layout = planned(SMALL)
    for block, column in (("Scaled", "RowMax"), ("Exponentials", "RowSum")):
        area, beside = layout.names[block], layout.names[column]
        assert (beside.row, beside.column) == (area.row, area.last_column + 1)


def test_focus_is_strong() -> None:
    """The rows of the word that a lesson is about are bold, by a condition that is live."""
    _, layout = planned(LESSONS["mouse"])
    strong = layout.sheets[0].strong
    attention = layout.names["Attention_cat"]
    assert [s for s in strong if s.area.row == attention.row and s.area.column < attention.column]
    assert all(s.condition.endswith('="mouse"') for s in strong)
    assert planned(SMALL)[1].sheets[0].strong == []

    def bold(name: str) -> set[str]:
        whole = layout.names[name]
        columns = range(whole.column - 1, whole.last_column + 1)
        return {
            s.area.relative for s in strong if s.area.row == whole.row and s.area.column in columns
        }

    x, labels = layout.names["X_cat"], attention.column - 1
    assert bold("X_cat") == {Area(x.sheet, x.row, labels, x.rows, x.columns + 1).relative}
    beside = Area(x.sheet, attention.row, labels, attention.rows, 1).relative
    assert bold("Attention_cat") == {beside, attention.relative}  # a heat map is an area of its own


@pytest.mark.parametrize(
    ("numbers", "negative"), [([[-1, 2]], True), ([[-1, -2]], True), ([[0, 2]], False)]
)
def test_heat_knows_negative_numbers(numbers: list[list[float]], negative: bool) -> None:
    """One number below 0 is enough: white is 0 then, and not the least."""
    node = Input("Numbers", numbers)
    sheet = lay_out(outline({"Numbers": node}, [Block(node, heat=True, tone="key")])).sheets[0]
    assert [(heat.tone, heat.negative) for heat in sheet.heats] == [("key", negative)]


def test_captions_of_several_lines() -> None:
    """The row of a caption that is broken is as high as its lines."""
    node, heights = Input("Numbers", np.ones((1, 2))), []
    for caption in ("one", "quite a long caption of one matrix", "words " * 12):
        lane: Lane = [Block(node, ("row",), ("a", "b"), caption=caption.strip())]
        layout = lay_out(outline({"Numbers": node}, lane))
        heights.append(layout.sheets[0].heights[layout.names["Numbers"].row - 1])
    assert heights[0] == ROW_HEIGHT < heights[1] < heights[2]
    assert heights[1] % CAPTION_LINE == heights[2] % CAPTION_LINE == 0


@pytest.mark.parametrize(("columns", "below"), [(3, False), (6, False), (7, True), (13, True)])
def test_chart_beside_or_below(columns: int, below: bool) -> None:
    """At the right of its band where five columns are free, else under it; never over the next."""
    first = Input("First", np.ones((2, columns)))
    after = Input("After", np.ones((2, 3)))
    x = Series("x", first)
    chart = Chart("lines", "A chart", "Lines.", [Series("y", first)], x)
    content = outline({"First": first, "After": after}, [Block(first)], chart=chart)
    content.bands.append(Band("B", "After it", "", "", [[Block(after)]]))
    layout = lay_out(content)
    sheet, block = layout.sheets[0], layout.names["First"]
    over = sheet.charts[0].over
    _, heading = [run.area for run in sheet.runs if run.role.kind == "heading"]
    assert over.last_row + 3 <= heading.row  # a row of its own is free, and that between bands
    assert over.last_column == sheet.last_column
    if below:
        assert (over.row, over.column) == (block.last_row + 1, block.column)
    else:
        assert over.row == block.row
        assert over.column == block.last_column + 2
        assert over.columns >= 5


def test_chart_stands_free() -> None:
    """A chart covers no cell that has content, and stays within the page."""
    _, layout = planned(LESSONS["mouse"])
    sheet = layout.sheets[0]
    assert len(sheet.charts) == 1
    over = sheet.charts[0].over
    covered = set(over.cells())
    for run in sheet.runs:
        assert not covered & set(run.area.cells()), run.area.relative
    assert over.last_column <= sheet.last_column


def test_long_words_shrink() -> None:
    """A long word does not widen its column beyond the widest."""
    text = SMALL.replace("mouse", '"' + "m" * 60 + '"', 1).replace('"mouse"', '"' + "m" * 60 + '"')
    assert max(page(text).widths.values()) == LABEL_WIDTHS[1]


def test_wide_numbers_fit() -> None:
    """A column is wide enough for its longest number."""
    text = replaced("cat = [2.0, 0.0]", "cat = [123456.0, 0.0]")
    area = planned(text)[1].names["X"]
    assert page(text).widths[area.column] > page(SMALL).widths[area.column]
    assert page(text).widths[area.column] >= len("123,456.00")


@pytest.mark.parametrize("language", languages())
def test_footer(language: str) -> None:
    """The footer has the title and the page, in the language of the page."""
    title, number = page(SMALL, language).footer
    assert title == {"en": "Two words", "zh": "两个词"}[language]
    assert "&P" in number


# --- copies, sheets on their side, second headings ---------------------------------------


def epochs_sheet() -> tuple[Outline, Layout, Sheet]:
    content, layout = planned(TRAINING)
    return content, layout, next(sheet for sheet in layout.sheets if sheet.title == "epochs")


def shift(layout: Layout) -> int:
    """How many columns a copy is from the one before it."""
    return layout.names["Loss_epoch2"].column - layout.names["Loss"].column


def test_copies_stand_in_the_same_rows() -> None:
    """Each copy has the blocks of the first in the same rows, at equal distances."""
    _, layout, _ = epochs_sheet()
    twins = 0
    for name, area in layout.names.items():
        for epoch in (2, 3, 4):
            other = layout.names.get(f"{name.removesuffix('_epoch1')}_epoch{epoch}")
            if area.sheet == "epochs" and other is not None:
                by = (epoch - 1) * shift(layout)
                assert other == replace(area, column=area.column + by)
                twins += 1
    assert twins > 100


def test_copies_have_the_widths_of_the_first() -> None:
    """A column of a copy is as wide as the one that it is a copy of."""
    _, layout, sheet = epochs_sheet()
    by = shift(layout)
    for column in range(2, by + 1):
        widths = {sheet.widths[column + epoch * by] for epoch in range(4)}
        assert widths == {sheet.widths[column]}


def test_copies_have_labels_of_their_own() -> None:
    """Labels of a copy refer to the same words, in a pinned column, so as to be filled."""
    _, layout, sheet = epochs_sheet()
    by = shift(layout)
    live = {run.area: run.formula.at() for run in sheet.runs if run.role.live and run.formula}
    first = {area: text for area, text in live.items() if area.column <= by + 1}
    assert first
    for area, text in first.items():
        assert re.fullmatch(r"'Few epochs'!\$[A-Z]+\d+", text)
        for epoch in (1, 2, 3):
            twin = replace(area, column=area.column + epoch * by)
            assert live[twin] == text


def test_copies_have_no_formula_texts() -> None:
    """The small print under the blocks stands in the first epoch, the only one printed."""
    _, _, sheet = epochs_sheet()
    small = [run.area.column for run in sheet.runs if run.role.kind == "formula"]
    assert small
    assert max(small) <= sheet.print_columns


def test_a_copy_without_labels_that_fit_has_its_own() -> None:
    """Forward passes for weights of other shapes stand side by side, each labelled as it is."""
    _, layout = planned(TRAINING)
    assert layout.names["W_Q_plus"].shape == (3, 2)
    assert layout.names["W_out_minus"].shape == (2, 3)
    assert layout.names["W_Q_plus"].row == layout.names["W_out_minus"].row


def test_landscape() -> None:
    """A page on its side has room for more columns and fewer rows."""
    _, layout, sheet = epochs_sheet()
    assert [other.title for other in layout.sheets if other.landscape] == ["epochs"]
    widths = [sheet.widths[column] for column in range(1, sheet.print_columns + 1)]
    assert LEAST_SCALE <= sheet.scale <= print_scale(widths, landscape=True)
    assert sheet.scale > print_scale(widths)
    room = page_points(sheet.scale, landscape=True)
    assert room < page_points(sheet.scale)
    starts = [1, *(row + 1 for row in sheet.breaks)]
    for first, last in zip(starts, [*sheet.breaks, sheet.last_row], strict=True):
        assert sum(sheet.heights[row] for row in range(first, last + 1)) <= room


def test_second_headings() -> None:
    """Over the first lane of gradients, in the same bar, stands their heading: in each epoch."""
    content, layout, sheet = epochs_sheet()
    headings = {
        (run.area.row, run.area.column): run.values[0, 0]
        for run in sheet.runs
        if run.role.kind == "heading"
    }
    second = {place: text for place, text in headings.items() if text.startswith("∂L/∂")}
    expected = [
        b.second.title for b in content.bands if b.sheet == "epochs" and b.second and b.title
    ]
    epochs = 1 + len(content.plans["epochs"].copies)
    assert list(second.values()) == expected * epochs
    label_column = layout.names["dOutput_one"].column - 1
    for row, column in second:
        epoch, offset = divmod(column - label_column, sheet.print_columns)
        assert epoch in range(epochs) and offset == 0
        assert headings[row, 2 + epoch * sheet.print_columns] == headings[row, 2]


def test_subtitle_of_a_sheet() -> None:
    """A printed sheet besides the page says what it is: in its title and under it."""
    _, _, sheet = epochs_sheet()
    assert texts(sheet, "title") == ["Few epochs · epochs"]
    assert texts(sheet, "subtitle")[0].startswith("Epoch 1 step by step")


def test_only_headed_sheets_are_numbered() -> None:
    """The first of several copies has its heading above its bands, which are numbered from ①."""
    _, _, sheet = epochs_sheet()
    headings = [text for text in texts(sheet, "heading") if not text.startswith("∂")]
    assert headings[0] == "Epoch 1"
    assert headings[1].startswith("① ")


@pytest.mark.parametrize("language", languages())
def test_labels_of_settings_end_on_the_page(language: str) -> None:
    """The longest setting takes as many rows as it needs, which are empty to its right."""
    title = "a setting of a name that is longer than any other, " * 2
    for text in (SMALL, LAYERS):
        more = f'[[inputs]]\nname = "long"\nvalues = [[1]]\ntitle = "{title}"\n'
        sheet = page(text + more, language)
        lines = [r for r in sheet.runs if r.role.kind == "text" and r.values[0, 0] in title]
        shown = " ".join(str(line.values[0, 0]) for line in lines)
        assert shown.split() == title.split()
        for line in lines:
            room = sum(sheet.widths[c] for c in sheet.widths if c >= line.area.column)
            assert room >= characters(str(line.values[0, 0])) * TEXT_SIZE / 13


def test_no_sign_before_zero() -> None:
    """Negative numbers that round to zero have no sign, whatever else is in their block."""
    _, layout = planned(replaced("heads = 1", 'positions = "sinusoidal"'))
    sheet = layout.sheets[0]
    assert layout.names["Positions"] in sheet.near_zero[2]
    assert layout.names["Attention"] not in sheet.near_zero[2]
    typed = Input("Typed", np.array([[-0.001, 1.0]]))
    changes = Step("Changes", typed * typed)
    nodes: dict[str, Matrix] = {"Typed": typed, "Changes": changes}
    lane: Lane = [Block(typed), Block(changes, signed=True, attached=True)]
    found = lay_out(outline(nodes, lane))
    assert found.sheets[0].near_zero[2] == [found.names["Typed"], found.names["Changes"]]


def test_scores_near_zero_have_no_sign() -> None:
    """Scores that a mask leaves may round to zero, too."""
    _, layout = planned(replaced("heads = 1", 'mask = "causal"'))
    sheet = layout.sheets[0]
    assert layout.names["Masked"] in sheet.masked
    assert layout.names["Masked"] in sheet.near_zero[2]


def test_short_captions_stand_in_one_line() -> None:
    """The column of labels grows for a short caption, and stays for one that is long anyway."""
    node, widths = Input("Numbers", np.ones((1, 2))), []
    for caption in ("", "a dog bit", "the words of a longer caption"):
        lane: Lane = [Block(node, ("row",), ("a", "b"), caption=caption)]
        layout = lay_out(outline({"Numbers": node}, lane))
        widths.append(layout.sheets[0].widths[layout.names["Numbers"].column - 1])
    assert widths[0] < widths[1] <= CAPTION_WIDTH


def test_links_stand_side_by_side() -> None:
    """In as few rows as they need, each clear of the one before it."""
    node = Input("Numbers", np.ones((2, 2)))
    names = ["short", "a sheet with a long name", "another long name of a sheet", "x" * 60]
    content = outline({"Numbers": node}, [Block(node)], links=names)
    content.bands += [Band(name, name, "", "", [], sheet=name) for name in names]
    sheet = lay_out(content).sheets[0]
    cells = [link.cell for link in sheet.links]
    assert [cell.row - cells[0].row for cell in cells] == [0, 0, 0, 1]
    assert cells[0].column == cells[3].column == LEFT
    for name, cell, after in zip(names, cells[:2], cells[1:3], strict=False):
        hanging = sum(sheet.widths[c] for c in range(cell.column, after.column))
        assert hanging > characters(f"→ {name}")


def test_board() -> None:
    """A product stands where its operands meet; of one cell, row, column and sum are shown."""
    _, layout = planned(replaced("heads = 1", "intersection = true"))
    sheet, names = layout.sheets[0], layout.names
    contexts = [name for name in names if name.startswith("Scores_product")]
    product = names[contexts[0]] if contexts else names["Scores"]
    tail = contexts[0].removeprefix("Scores_product") if contexts else ""
    rows, columns = names["Scores_rows" + tail], names["Scores_columns" + tail]
    assert (rows.row, columns.column) == (product.row, product.column)
    assert columns.last_row == product.row - 2  # the arrow stands between
    frames = [run.area for run in sheet.runs if run.role.frame]
    assert {area.row for area in frames if area.column < product.column} <= set(
        range(rows.row, rows.last_row + 1)
    )
    arrows = {run.values[0, 0]: run.area for run in sheet.runs if run.role.kind == "arrow"}
    cell = next(a for a in frames if a.shape == (1, 1) and a.row >= product.row
                and a.column >= product.column)  # fmt: skip
    assert (arrows["→"].row, arrows["↓"].column) == (cell.row, cell.column)
    worked = next(run for run in sheet.runs if run.role.kind == "sum")
    assert worked.formula is not None and "FIXED(" in worked.formula.at()
    assert worked.values[0, 0].count("·") == rows.columns


def test_origins() -> None:
    """A heading says from which bands its numbers come; the first one comes from none."""
    content, layout = planned(replaced("heads = 1", "decimals = 2"))
    sheet = layout.sheets[0]
    said = {run.area.row: run.values[0, 0] for run in sheet.runs if run.role.kind == "mathematics"}
    rows = {run.values[0, 0]: run.area.row for run in sheet.runs if run.role.kind == "heading"}
    numbers = {band.key: i for i, band in enumerate((b for b in content.bands if b.title), 1)}
    titles = {band.key: band.title for band in content.bands}

    def origin(key: str) -> str:
        row = next(row for title, row in rows.items() if title.endswith(titles[key]))
        return str(said[row]).partition("←")[2].strip()

    assert origin("Vocabulary") == ""
    assert origin("Attention") == NUMBERS[numbers["Exponentials"] - 1]
    assert origin("Scaled") == NUMBERS[numbers["Scores"] - 1]
