"""Texts follow the cells: after a swap of words no text speaks of the one that is gone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import Workbooks
from hypothesis import given
from hypothesis import strategies as st
from tools import build_text, cell_of, need, replaced

from xlsxattn.a1 import Area, address
from xlsxattn.compose import compose
from xlsxattn.engines import Values, engine
from xlsxattn.errors import LessonError
from xlsxattn.expression import JoinedText, Number, Words
from xlsxattn.labels import LiveText, in_lines, label_text, sentence
from xlsxattn.lesson import parse, template_names
from xlsxattn.outline import Outcome
from xlsxattn.saved import Change
from xlsxattn.style import wrapped
from xlsxattn.texts import languages, texts

#: The words that change places: the names of their lists, where they stand there, the words.
SWAPS = {
    "mouse": (("Words_cat", 0, "cat"), ("Words_keyboard", 0, "keyboard")),
    "learned": (("Words_cat", 0, "cat"), ("Words_keyboard", 0, "keyboard")),
}
ENGINES = {"ironcalc": "", "libreoffice": "soffice"}
#: What is said of the words as they were at first: the claim that tells of the swap.
AT_FIRST = ("Swapping", "Originally", "交换", "原值", "值：")
#: The first screen: pixels across, pixels down, and rows.
SCREEN = (1280, 440, 22)


def swapped(text: str, first: str, second: str) -> str:
    return text.replace(first, "\0").replace(second, first).replace("\0", second)


def changes(path: Path, lesson: str) -> list[Change]:
    """Each of two words in the place of the other."""
    (one, at, first), (other, there, second) = SWAPS[lesson]
    return [(*cell_of(path, one, at), second), (*cell_of(path, other, there), first)]


def cells(areas: list[Area]) -> set[str]:
    return {address(*cell) for area in areas for cell in area.cells()}


def recalculated(path: Path, name: str, changed: list[Change]) -> Values:
    if ENGINES[name]:
        need(ENGINES[name])
    return engine(name)(path, changed)


# --- a swap, in engines ---------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", SWAPS)
def test_every_text_follows_a_swap(
    lesson: str, language: str, name: str, workbooks: Workbooks
) -> None:
    """Titles, labels, claims and the outcome say of each word what they said of the other."""
    path, saved = workbooks.path(lesson, language), workbooks.saved(lesson, language)
    before = recalculated(path, name, [])
    after = recalculated(path, name, changes(path, lesson))
    first, second = (word for _, _, word in SWAPS[lesson])
    title = saved.names["Outcome"].sheet
    kept = cells([saved.names["Vocabulary_words"]])
    others = ("Inspected", "Outcome")  # which say more than the words
    kept |= cells([area for n, area in saved.names.items() if n.startswith(others)])
    followed = 0
    for cell, text in before[title].items():
        if not isinstance(text, str) or not (first in text or second in text):
            continue
        formula = text.startswith(("=", "{=", " "))
        if cell in kept or formula or any(one in text for one in AT_FIRST):
            continue
        assert after[title][cell] == swapped(text, first, second), cell
        followed += 1
    assert followed > 30
    one, other = (address(*saved.names[n].cells()[0]) for n in ("Outcome", "Outcome2"))
    assert after[title][one] == before[title][other]
    assert after[title][other] == before[title][one]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("lesson", SWAPS)
def test_what_is_true_stays_true(lesson: str, name: str, workbooks: Workbooks) -> None:
    """After a swap every claim holds of the word that is there, and is counted."""
    path, saved = workbooks.path(lesson), workbooks.saved(lesson)
    after = recalculated(path, name, changes(path, lesson))
    claims = [area for n, area in saved.names.items() if n.startswith("Claim_")]
    verdicts = [after[area.sheet][address(area.row, area.column)] for area in claims]
    assert verdicts == ["✓"] * len(claims)
    hold = saved.names["Claims_hold"]
    count = texts("en")["interface"]["claims_hold"].format(len(claims), len(claims))
    assert after[hold.sheet][address(hold.row, hold.column)] == count


@pytest.mark.parametrize("name", ENGINES)
def test_apple_follows_another_word(name: str, workbooks: Workbooks) -> None:
    """With 用 in place of 吃 the page speaks of 用, and of technology."""
    path, saved = workbooks.path("apple"), workbooks.saved("apple")
    after = recalculated(path, name, [(*cell_of(path, "Words_eat", 2), "用")])
    outcome = saved.names["Outcome"]
    shown = after[outcome.sheet]
    assert shown[address(outcome.row, outcome.column)] == "with 用, 苹果 reads as technology"
    assert saved.sheets[outcome.sheet].values[address(outcome.row, outcome.column)] == (
        "with 吃, 苹果 reads as food"
    )
    assert "with 吃" not in shown.values()
    assert list(shown.values()).count("with 用") >= 6
    row = saved.names["Meaning"].row
    assert [shown[f"B{row + below}"] for below in (0, 2)] == ["in · 用", "out · 用"]


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("language", languages())
def test_an_inspector_says_what_it_misses(language: str, name: str, workbooks: Workbooks) -> None:
    """Not in dashes alone: the word that the sentence does not have is named."""
    path, saved = workbooks.path("mouse", language), workbooks.saved("mouse", language)
    after = recalculated(path, name, changes(path, "mouse"))
    said = texts(language)["inspector"]
    for context, word in (("cat", "cat"), ("keyboard", "keyboard")):
        area = saved.names[f"Inspected_{context}"]
        cell = address(area.row, area.column)
        assert after[area.sheet][cell] == said["missing"].format(word)
        assert saved.sheets[area.sheet].values[cell] == said["product"].format(
            "mouse", word, "2.40"
        )


# --- charts and links -----------------------------------------------------------------


def test_series_refer_to_cells_and_titles_name_no_word(workbooks: Workbooks) -> None:
    """LibreOffice takes the title of a chart for fixed text; a series has its name in a cell."""
    with ZipFile(workbooks.path("mouse")) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert chart.count("<tx><strRef>") == 4
    for word in ("mouse", "cat", "keyboard"):
        assert f">{word}<" not in chart.partition("</title>")[0]


def test_what_one_may_try_leads_to_its_cell(workbooks: Workbooks) -> None:
    """Each claim to try, in the outcome too, is a link to the first cell to change."""
    saved = workbooks.saved("mouse")
    with ZipFile(workbooks.path("mouse")) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    area = saved.names["Words_cat"]
    target = f"'{area.sheet}'!{address(area.row, area.column)}\""
    assert sheet.count(target) == 2
    vocabulary = saved.names["Vocabulary"].part(2, 0)
    assert f"'{area.sheet}'!{address(vocabulary.row, vocabulary.column)}\"" in sheet


# --- the first screen -----------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", [name for name in template_names() if name != "course"])
def test_the_outcome_is_on_the_first_screen(
    lesson: str, language: str, workbooks: Workbooks
) -> None:
    """Sentences, bars and the count of claims stand within the first 22 rows and 1,280 pixels."""
    saved = workbooks.saved(lesson, language)
    hold = saved.names["Claims_hold"]
    places = [area for name, area in saved.names.items() if name.startswith("Outcome")]
    bars = [
        cell for cell, formula in saved.sheets[hold.sheet].computed.items() if "REPT(" in formula
    ]
    assert places and bars
    with ZipFile(workbooks.path(lesson, language)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    last = max([hold.row, *(area.row for area in places), *map(row_of, bars)])
    wide, down, rows = SCREEN
    assert last <= rows
    assert sum(heights(sheet)[:last]) <= down
    assert sum(widths(sheet)) <= wide


#: Nine bars, which its matrices leave no room for: they stand above the inputs, on one screen.
ABOVE = {"translator"}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("lesson", [name for name in template_names() if name != "course"])
def test_the_outcome_stands_beside_the_inputs(
    lesson: str, language: str, workbooks: Workbooks
) -> None:
    """At the left of its heading is that of the first step, with what one changes under it."""
    saved = workbooks.saved(lesson, language)
    hold = saved.names["Claims_hold"]
    sheet = saved.sheets[hold.sheet]
    left = str(sheet.values[address(hold.row, 2)])
    title = texts(language)["interface"]["outcome"]
    titles = {cell for cell, text in sheet.values.items() if text == title}
    if lesson in ABOVE:
        assert left == f"① {title}"
        return
    assert left.startswith("①") and title not in left
    assert hold.row in {row_of(cell) for cell in titles}


def row_of(cell: str) -> int:
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def heights(sheet: str) -> list[float]:
    """The rows of a sheet in pixels."""
    return [float(points) * 4 / 3 for points in re.findall(r'<row r="\d+" ht="([\d.]+)"', sheet)]


def widths(sheet: str) -> list[float]:
    """The columns of a sheet in pixels."""
    found = re.findall(r'<col width="([\d.]+)"[^>]*min="(\d+)" max="(\d+)"', sheet)
    return [float(w) * 7 + 5 for w, first, last in found for _ in range(int(first), int(last) + 1)]


# --- texts with live parts ------------------------------------------------------------


def test_lines_keep_a_live_part_whole() -> None:
    """A text is cut where what it says now is cut; a part that follows a cell is not."""
    words = Words("Words", ["New York", "b"])
    assert sentence("一。", "", "二", "three") == "一。二 three"
    said = sentence("next to", LiveText((words[0],)), "we are, at", "last")
    assert label_text(said) == "next to New York we are, at last"
    lines = in_lines(said, ["next to New", "York we are,", "at last"])
    assert [label_text(line) for line in lines] == ["next to New York", "we are, at l", "ast"]
    assert [isinstance(line, LiveText) for line in lines] == [True, False, False]


PART = st.text("ab c", min_size=1, max_size=6).filter(str.strip)  # as no word is blank


@given(st.lists(PART, min_size=1, max_size=6), st.integers(3, 9))
def test_lines_keep_every_character(parts: list[str], width: int) -> None:
    """However a text is cut, its lines say all of it, every live part once."""
    live = [Words("Words", [part])[0] if n % 2 else part for n, part in enumerate(parts)]
    text = LiveText(tuple(live))
    lines = wrapped(label_text(text), width, 11)
    said = in_lines(text, lines)
    assert len(said) == len(lines)
    without = [label_text(one).replace(" ", "") for one in (*said, text)]
    assert "".join(without[:-1]) == (without[-1] if lines else "")
    kept = [p for one in said if isinstance(one, LiveText) for p in one.parts if p in live[1::2]]
    assert kept == (live[1::2] if lines else [])


@pytest.mark.parametrize(
    ("number", "decimals", "text"),
    [
        (0.125, 2, "0.13"),
        (-0.125, 2, "-0.13"),
        (7.0, 2, "7.00"),
        (-0.001, 2, "0.00"),
        (0.00005, 4, "0.0001"),
    ],
)
def test_numbers_in_a_text(number: float, decimals: int, text: str) -> None:
    """As short as they go, a half away from 0, and no negative 0."""
    assert JoinedText([Number(number)], decimals).value[0, 0] == text


OUTCOME = """
[outcome]
sentences = ["{}"]

[vocabulary.columns]
"""


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("{Output", "expected {notation} between two braces, or {{ for a brace"),
        ("{Output}", "expected a word or a single number, got "),
        ("{Outptu[0, 0]}", "did you mean Output?"),
    ],
)
def test_live_parts_that_cannot_be(part: str, message: str, tmp_path: Path) -> None:
    """One line names the place, what was expected and what came."""
    text = replaced("[vocabulary.columns]\n", OUTCOME.format(part).lstrip())
    with pytest.raises(LessonError) as error:
        build_text(text, tmp_path / "small.xlsx")
    assert "outcome.sentences[0]" in str(error.value)
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('try = "nothing"', "outcome.try: expected a claim that says how to try it"),
        ('bars = [{ step = "Nothing" }]', "outcome.bars[0].step: expected the name of a step"),
        ('bars = [{ step = "Output", rows = [9] }]', "outcome.bars[0].rows: expected one of "),
    ],
)
def test_outcomes_that_cannot_be(lines: str, message: str, tmp_path: Path) -> None:
    """What an outcome names must be there."""
    text = replaced("[vocabulary.columns]\n", f"[outcome]\n{lines}\n\n[vocabulary.columns]\n")
    with pytest.raises(LessonError) as error:
        build_text(text, tmp_path / "small.xlsx")
    assert message in str(error.value)


def test_bars_of_two_steps() -> None:
    """Where no step has bars of several columns, those of the second are hatched."""
    bars = 'bars = [{ step = "X", columns = [0] }, { step = "Output", columns = [0] }]'
    text = replaced("[vocabulary.columns]\n", f"[outcome]\n{bars}\n\n[vocabulary.columns]\n")
    content = compose(parse(tomllib.loads(text)), "en")
    lanes = [lane for band in content.bands for lane in band.lanes]
    (outcome,) = [one for lane in lanes for one in lane if isinstance(one, Outcome)]
    assert [bar.shade for bar in outcome.bars] == [0, 0, 0, 1, 1, 1]
