"""Layouts: everything has one place, tables are whole, and formulas stand where they belong."""

from __future__ import annotations

import tomllib
from itertools import combinations

import pytest
from tools import SMALL, replaced

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.layout import Layout, Run, Sheet, lay_out
from xlsxattn.outline import Outline
from xlsxattn.style import LABEL_WIDTHS, page_points
from xlsxattn.texts import languages


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
            assert sum(sheet.heights[row] for row in range(first, last + 1)) <= room
        for run in sheet.runs:
            assert not [b for b in sheet.breaks if run.area.row <= b < run.area.last_row]


def test_long_lessons_take_pages() -> None:
    """A lesson that is too long for a page is broken before headings."""
    sheet = page(long_lesson(30))
    assert len(sheet.breaks) >= 2
    headings = {run.area.row for run in sheet.runs if run.role.kind == "heading"}
    assert {row + 1 for row in sheet.breaks} <= headings


def test_formulas_are_shown() -> None:
    """The first formula of a block stands small under it, as the sheet has it."""
    content, layout = planned(SMALL)
    sheet = layout.sheets[0]
    shown = {run.area.row: run.values[0, 0] for run in sheet.runs if run.role.kind == "formula"}
    area = layout.names["Scores"]
    assert shown[area.last_row + 1] == "{=MMULT(Q,TRANSPOSE(X))}"
    area = layout.names["Exponentials"]
    run = next(run for run in sheet.runs if run.area == area)
    assert run.formula is not None
    assert run.formula.shown in shown[area.last_row + 1]
    assert content.nodes["Exponentials"].shape == area.shape


def test_arrays_and_ordinary_formulas() -> None:
    """A product is one array formula; what is elementwise is a formula in each cell."""
    _, layout = planned(SMALL)
    arrays = {
        name
        for name, area in layout.names.items()
        for run in layout.sheets[0].runs
        if run.area == area and run.formula is not None and run.formula.array
    }
    assert arrays == {"Q", "Scores", "Output", "Claim_sums"}


def test_headings_are_numbered() -> None:
    """Headings count from ①, without a gap."""
    headings = texts(page(SMALL), "heading")
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
