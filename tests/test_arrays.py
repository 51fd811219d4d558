"""Workbooks of array formulas: the lessons again, as a large workbook would hold them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from tools import SMALL, build_text, computed_cells, convert, need, poison, replaced

from xlsxattn import lesson as files
from xlsxattn.a1 import Area, parse_area
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.formula.forms import LARGE_PRODUCT
from xlsxattn.saved import ErrorValue, Saved, Value, read, read_values

#: Lessons with everything that a product may stand in, and how far engines may be apart.
LESSONS = {
    "mouse": 1e-12, "masked": 1e-12, "heads": 1e-12, "additive": 1e-12, "bottleneck": 1e-12,
    "translate": 1e-12, "lookup": 1e-12, "order": 1e-12, "training": 1e-9,
}  # fmt: skip
#: Words that may be absent, in products, sums, choices and claims.
ABSENT = """
[[steps]]
name = "Weighted"
formula = 'find(Words, Vocabulary_words, Vocabulary @ W_Q)'
[[steps]]
name = "Towards"
formula = 'X["cat"] @ X.T'
[[steps]]
name = "Gone"
formula = 'X["phone"] @ X.T / sum(X["cat"])'
[[steps]]
name = "Part"
formula = 'where(X["phone", "animal"] > 1, Output, 0)'
[[claims]]
name = "gone"
text = "Nothing is said of a word that is not there."
holds = 'sum(X["phone"]) > 0'
"""


def text_of(name: str) -> str:
    """A lesson with array formulas."""
    if name == "absent":
        text = (
            replaced("mouse = [1.0, 1.0]\n", "mouse = [1.0, 1.0]\nphone = [0.25, 1.5]\n") + ABSENT
        )
    else:
        text = files.find(name).read_text(encoding="utf-8")
    return replaced("\nformat = 1\n", '\nformat = 1\nform = "arrays"\n', "\n" + text)


ALL = {**LESSONS, "absent": 1e-12}
every = pytest.mark.parametrize("name", ALL)


# --- who reads whom -------------------------------------------------------------------

_TOKEN = re.compile(
    r"\"(?:[^\"]|\"\")*\""  # a text
    r"|(?:(?:'((?:[^']|'')*)'|(\w+))!)?"  # a sheet
    r"(?:(\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])|([^\W\d]\w*)(?![\w(]))"
)


def areas_read(formula: str, sheet: str, names: dict[str, Area]) -> list[Area]:
    """The areas whose cells a formula speaks of, by address or by name."""
    found = []
    for quoted, bare, cells, name in _TOKEN.findall(formula):
        if cells:
            title = quoted.replace("''", "'") or bare or sheet
            found.append(parse_area(f"'{title.replace(chr(39), chr(39) * 2)}'!{cells}"))
        elif name in names:
            found.append(names[name])
    return found


def meet(one: Area, other: Area) -> bool:
    return (
        one.sheet == other.sheet
        and one.row <= other.last_row and other.row <= one.last_row
        and one.column <= other.last_column and other.column <= one.last_column
    )  # fmt: skip


def ordinary_readers(saved: Saved) -> list[tuple[str, str, str]]:
    """The ordinary formulas that read the cell of an array, with where they stand."""
    arrays = [area for sheet in saved.sheets.values() for area in sheet.arrays.values()]
    met = cache(lambda area: any(meet(area, array) for array in arrays))
    return [
        (title, cell, formula)
        for title, sheet in saved.sheets.items()
        for cell, formula in sheet.formulas.items()
        if cell not in sheet.arrays
        for area in areas_read(formula, title, saved.names)
        if met(area)
    ]


def test_areas_read() -> None:
    """Addresses, ranges, other sheets and names are seen; texts and functions are not."""
    names = {"X": Area("Main", 1, 1, 2, 2), "d_k": Area("Main", 9, 1, 1, 1)}
    formula = "=SUM($C5:D$6)+'Bob''s'!B3*X-LOG10(d_k)&\"A1\"+SUMXMY2(Other!A1:A2,E9)"
    assert areas_read(formula, "Main", names) == [
        Area("Main", 5, 3, 2, 2),
        Area("Bob's", 3, 2, 1, 1),
        names["X"],
        names["d_k"],
        Area("Other", 1, 1, 2, 1),
        Area("Main", 9, 5, 1, 1),
    ]
    assert meet(Area("Main", 5, 3, 2, 2), Area("Main", 6, 4, 1, 1))
    assert not meet(Area("Main", 5, 3, 2, 2), Area("Main", 7, 4, 1, 1))
    assert not meet(Area("Main", 5, 3, 2, 2), Area("Other", 5, 3, 2, 2))


# --- the lessons ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The lessons as workbooks of arrays."""
    folder = tmp_path_factory.mktemp("arrays")
    return {name: build_text(text_of(name), folder / f"{name}.xlsx") for name in ALL}


@pytest.fixture(scope="module")
def poisoned(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same with every stored result wrong."""
    folder = tmp_path_factory.mktemp("poisoned")
    return {name: poison(path, folder / path.name) for name, path in built.items()}


@pytest.fixture(scope="module")
def libreoffice(
    poisoned: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, dict[str, Value]]]:
    """What LibreOffice computes, all files in one start."""
    folder = tmp_path_factory.mktemp("libreoffice")
    out = convert(poisoned.values(), "xlsx:Calc MS Excel 2007 XML", folder)
    return {name: read_values(out / path.name) for name, path in poisoned.items()}


def assert_agree(path: Path, values: dict[str, dict[str, Value]], most: float) -> None:
    """Every computed cell has the stored value: numbers to so much, relative above 1."""
    saved, wrong = read(path), []
    cells = computed_cells(saved)
    assert cells
    for sheet, cell in cells:
        stored, got = saved.sheets[sheet].values.get(cell), values[sheet].get(cell)
        if isinstance(stored, float) and isinstance(got, (float, bool)):
            close = abs(float(got) - stored) <= most * max(1.0, abs(stored))
        else:
            close = type(got) is type(stored) and got == stored
        if not close or isinstance(got, ErrorValue):
            wrong.append((sheet, cell, saved.sheets[sheet].computed[cell], stored, got))
    assert not wrong


@every
def test_no_ordinary_formula_reads_an_array(name: str, built: dict[str, Path]) -> None:
    """LibreOffice tells an ordinary formula nothing of a change behind an array."""
    saved = read(built[name])
    areas = [area for sheet in saved.sheets.values() for area in sheet.arrays.values()]
    assert any(area.shape != (1, 1) for area in areas)
    assert any(area.shape == (1, 1) for area in areas)
    assert ordinary_readers(saved) == []


def test_the_checker_can_object(mouse: Path, tmp_path: Path) -> None:
    """A workbook in which an ordinary formula reads an array is found out."""
    assert ordinary_readers(read(mouse)) == []
    path = build_text(text_of("mouse"), tmp_path / "mouse.xlsx")
    saved = read(path)
    title = saved.names["Attention_cat"].sheet
    cell = next(c for c in saved.sheets[title].formulas if c not in saved.sheets[title].arrays)
    saved.sheets[title].formulas[cell] = "=SUM(Attention_cat)"
    assert [found[:2] for found in ordinary_readers(saved)] == [(title, cell)]


@every
def test_check_is_well(name: str, built: dict[str, Path]) -> None:
    """`check` finds nothing: IronCalc and NumPy agree with what is stored, claims hold."""
    report = check(built[name])
    assert report.problems == []
    assert report.reference == "numpy"
    assert [claim.name for claim in report.claims if claim.ok is False] == []


@every
def test_ironcalc_agrees(name: str, built: dict[str, Path], poisoned: dict[str, Path]) -> None:
    """IronCalc computes every value from a file whose stored results are wrong."""
    assert_agree(built[name], engine("ironcalc")(poisoned[name], []), ALL[name])


@every
def test_gnumeric_agrees(name: str, built: dict[str, Path], poisoned: dict[str, Path]) -> None:
    """Gnumeric computes every value from a file whose stored results are wrong."""
    need("ssconvert")
    assert_agree(built[name], engine("gnumeric")(poisoned[name], []), ALL[name])


@every
def test_libreoffice_agrees(
    name: str, built: dict[str, Path], libreoffice: dict[str, dict[str, dict[str, Value]]]
) -> None:
    """LibreOffice computes every value from a file whose stored results are wrong."""
    assert_agree(built[name], libreoffice[name], ALL[name])


# --- left to itself -------------------------------------------------------------------

SUMS = """\
format = 1
title = "Products"
[[inputs]]
name = "A"
sheet = "numbers"
sample = {{ seed = 1, rows = {rows}, columns = 2 }}
[[inputs]]
name = "B"
sheet = "numbers"
sample = {{ seed = 2, rows = {columns}, columns = 2 }}
[[steps]]
name = "Before"
sheet = "numbers"
formula = "A * 2"
[[steps]]
name = "Product"
sheet = "numbers"
formula = "Before @ B.T"
[[steps]]
name = "Sums"
sheet = "numbers"
formula = "row_sum(Product)"
"""


@pytest.mark.parametrize(
    ("rows", "columns", "arrays"), [(128, 128, False), (129, 128, True), (256, 64, False)]
)
def test_auto_is_by_size(rows: int, columns: int, arrays: bool, tmp_path: Path) -> None:
    """Only a product of more cells than LARGE_PRODUCT is an array, with what depends on it."""
    assert (rows * columns > LARGE_PRODUCT) is arrays
    path = build_text(SUMS.format(rows=rows, columns=columns), tmp_path / "auto.xlsx")
    saved = read(path)
    (sheet,) = [sheet for title, sheet in saved.sheets.items() if title == "numbers"]
    inside = {n: any(c in sheet.arrays for c in _cells(saved.names[n])) for n in
              ("Before", "Product", "Sums")}  # fmt: skip
    assert inside == {"Before": False, "Product": arrays, "Sums": arrays}
    assert ordinary_readers(saved) == []


def _cells(area: Area) -> list[str]:
    return [area.part(row, column).relative for row in range(area.rows)
            for column in range(area.columns)]  # fmt: skip


@pytest.mark.parametrize("name", ["mouse", "training"])
def test_small_lessons_have_no_arrays(name: str, tmp_path: Path) -> None:
    """No cell of a lesson has an array formula, unless it is asked for."""
    path = tmp_path / "lesson.xlsx"
    build(name, path, "en")
    assert not any(sheet.arrays for sheet in read(path).sheets.values())


def test_form_is_refused() -> None:
    """Another form is no form; the message has those that are."""
    text = replaced("format = 1", 'format = 1\nform = "blocks"', SMALL)
    with pytest.raises(LessonError, match=r"form.*blocks"):
        files.parse(tomllib.loads(text))
