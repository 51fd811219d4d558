"""What teachers hold in their hands: every printed page of every lesson, measured in its PDF."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest
from conftest import PAIRS, Pair
from printed_pages import PrintedPage, printed_pages
from shared import Shared
from test_templates import planned
from tools import convert, replaced

from xlsxattn.a1 import parse_area
from xlsxattn.build import build
from xlsxattn.compose import compose
from xlsxattn.errors import LessonError
from xlsxattn.formula import Reference
from xlsxattn.layout import Sheet, lay_out
from xlsxattn.layout.one_page import one_page
from xlsxattn.lesson import parse, template_names
from xlsxattn.outline import Outline

every = pytest.mark.parametrize(("lesson", "language"), PAIRS)
Measured = dict[Pair, list[PrintedPage]]

#: What can be read across a desk, in points: numbers, and labels and formulas.
CELLS, CAPTIONS = 8.0, 7.0
MEAN_FILL, LEAST_FILL = 0.75, 0.5
ON_LETTER = template_names()


@pytest.fixture(scope="session")
def measured(pdfs: dict[Pair, Path], shared: Shared) -> Measured:
    """Every page on A4."""
    pytest.importorskip("pdfminer", reason="pdfminer.six is not installed")
    return shared.once("printed", lambda: {pair: printed_pages(p) for pair, p in pdfs.items()})


@pytest.fixture(scope="session")
def on_letter(shared: Shared) -> dict[str, list[PrintedPage]]:
    """Every page of every lesson on Letter, in Chinese."""
    pytest.importorskip("pdfminer", reason="pdfminer.six is not installed")

    def make() -> dict[str, list[PrintedPage]]:
        folder = shared.new_folder("letter")
        paths = [folder / f"{lesson}.xlsx" for lesson in ON_LETTER]
        for path in paths:
            build(path.stem, path, "zh", "letter")
        out = convert(paths, "pdf", folder)
        return {path.stem: printed_pages(out / f"{path.stem}.pdf") for path in paths}

    return shared.once("printed-on-letter", make)


def pages_of(lesson: str, language: str) -> list[tuple[Sheet, int]]:
    """The sheets that are printed, each with its number of pages."""
    sheets = planned(lesson, language)[1].sheets
    return [(sheet, len(sheet.breaks) + 1) for sheet in sheets if sheet.printed]


def assert_readable(pages: list[PrintedPage]) -> None:
    for number, page in enumerate(pages, 1):
        assert page.cells >= CELLS, f"page {number}: cells of {page.cells} points"
        assert page.smallest >= CAPTIONS, f"page {number}: {page.smallest_text!r} {page.smallest}"


@every
def test_type(lesson: str, language: str, measured: Measured) -> None:
    """Numbers of at least 8 points, nothing of less than 7."""
    assert_readable(measured[lesson, language])


@every
def test_no_page_of_claims_alone(lesson: str, language: str, measured: Measured) -> None:
    """Each page has numbers."""
    for number, page in enumerate(measured[lesson, language], 1):
        assert page.numbers, f"page {number}"


@every
def test_pages_are_full(lesson: str, language: str, measured: Measured) -> None:
    """No page but the last of a sheet ends above half of its height."""
    pages = iter(measured[lesson, language])
    for sheet, count in pages_of(lesson, language):
        filled = [next(pages).filled for _ in range(count)]
        assert min(filled[:-1], default=1.0) >= LEAST_FILL, (sheet.title, filled)


def test_pages_are_full_on_average(measured: Measured) -> None:
    """The mean over all pages of all lessons in all languages."""
    assert mean(page.filled for pages in measured.values() for page in pages) >= MEAN_FILL


@pytest.mark.parametrize("lesson", ON_LETTER)
def test_letter(lesson: str, on_letter: dict[str, list[PrintedPage]]) -> None:
    """As many pages on Letter as are designed, as readable, none of claims alone."""
    pages = on_letter[lesson]
    assert len(pages) == sum(count for _, count in pages_of(lesson, "zh"))
    assert_readable(pages)
    assert all(page.numbers for page in pages)


def test_letter_is_full_on_average(on_letter: dict[str, list[PrintedPage]]) -> None:
    """A shorter paper is fuller."""
    assert mean(page.filled for pages in on_letter.values() for page in pages) >= MEAN_FILL


def test_formulas_are_whole() -> None:
    """No formula under a block is cut, and none spells the number that a mask sets."""
    shown = [
        (lesson, text)
        for lesson, language in PAIRS
        for sheet in planned(lesson, language)[1].sheets
        for run in sheet.runs
        if run.role.kind == "formula"
        for text in run.values.ravel().tolist()
    ]
    assert shown
    assert not [(lesson, text) for lesson, text in shown if "…" in text or "1E+30" in text]


@every
def test_one_page(lesson: str, language: str) -> None:
    """The page to hand out is one page, last of those that are printed, and all by reference."""
    content, layout = planned(lesson, language)
    sheet, count = pages_of(lesson, language)[-1]
    assert sheet.title == content.texts["interface"]["one_page"]
    assert count == 1
    assert not [name for name, area in layout.names.items() if area.sheet == sheet.title]
    assert not [run for run in sheet.runs if run.role.kind in ("input", "word")]
    cells = {
        (one.title, *cell): value
        for one in layout.sheets
        for run in one.runs
        for cell, value in zip(run.area.cells(), run.values.ravel().tolist(), strict=True)
    }
    repeated = [run for run in sheet.runs if run.role.kind in ("value", "side", "verdict")]
    assert repeated
    for run in repeated:
        assert run.formula is not None
        (source,) = run.formula.pieces
        assert isinstance(source, Reference)
        title = parse_area(f"{source.at(0, 0)}:{source.at(0, 0).rpartition('!')[2]}").sheet
        for (row, column), value in zip(run.area.cells(), run.values.ravel().tolist(), strict=True):
            down, right = row - run.area.row, column - run.area.column
            assert cells[title, source.row + down, source.column + right] == value
    verdicts = [run for run in sheet.runs if run.role.kind == "verdict"]
    assert len(verdicts) == len([c for c in content.claims if c.verdict is not None])


def composed(line: str) -> Outline:
    """The small lesson with another first line."""
    return compose(parse(tomllib.loads(replaced("format = 1", f"format = 1\n{line}"))), "en")


def shown(content: Outline) -> list[str]:
    """The headings of its one page, but for that of the claims."""
    sheet = next(one for one in lay_out(content).sheets if one.title == "On one page")
    return [run.values[0, 0] for run in sheet.runs if run.role.kind == "heading"][:-1]


def test_the_steps_of_the_one_page() -> None:
    """The chart and the last heat maps, unless the lesson names its own steps."""
    assert shown(composed("")) == ["Attention weights", "Output embeddings", "Twice as much"]
    assert shown(composed('one_page = ["Scores", "X"]')) == ["Input embeddings", "Scores"]


def test_steps_of_other_sheets_on_the_one_page() -> None:
    """Where the lesson names them."""
    other = '[[steps]]\nname = "Other"\nformula = "X * 3"\ntitle = "Far"\nsheet = "far"\n'
    lesson = tomllib.loads(replaced("format = 1", 'format = 1\none_page = ["Other"]') + other)
    assert shown(compose(parse(lesson), "en")) == ["Far"]


def test_the_way_on_the_one_page() -> None:
    """Three headings or more of one part of a lesson are told as that part."""
    titles = ["A", "B · left", "C · left", "D · right", "E · right", "F · right", "G"]
    content = composed("")
    content.bands = [replace(content.bands[0], title=title, second=None) for title in titles]
    way = one_page(content, [], content.bands).subtitle.splitlines()[-1]
    assert way == "① A → ② B · left → ③ C · left → ④–⑥ right → ⑦ G"


def test_unknown_steps_of_the_one_page() -> None:
    """A step that is not on the page is refused by its name."""
    with pytest.raises(LessonError, match="one_page: expected 'Scores', got 'Score'"):
        composed('one_page = ["Score"]')
