"""What is marked of a product follows the words that the inspector chooses, in engines."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from tools import need

from xlsxattn.a1 import Area, address
from xlsxattn.engines import Values, engine
from xlsxattn.layout.formula_lines import in_two, unguarded
from xlsxattn.saved import Change, Saved, read

ENGINES = {"ironcalc": "", "libreoffice": "soffice"}


def cell(area: Area, row: int = 0, column: int = 0) -> str:
    return address(area.row + row, area.column + column)


def chosen(saved: Saved, query: str, key: str) -> list[Change]:
    """Two words for the inspector under the first sentence."""
    places = saved.names["Inspected_query_cat"], saved.names["Inspected_key_cat"]
    return [(at.sheet, cell(at), word) for at, word in zip(places, (query, key), strict=True)]


def recalculated(path: Path, name: str, changes: list[Change]) -> Values:
    if ENGINES[name]:
        need(ENGINES[name])
    return engine(name)(path, changes)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("query", "key", "row", "column"),
    [("mouse", "cat", 2, 0), ("friends", "are", 4, 3), ("cat", "friends", 0, 4)],
)
def test_arrows_and_the_sum_follow(
    name: str, query: str, key: str, row: int, column: int, mouse: Path
) -> None:
    """The arrows stand at the row and the column of the words, and their sum is told."""
    saved = read(mouse)
    product, left = saved.names["Scores_product_cat"], saved.names["Scores_rows_cat"]
    shown = recalculated(mouse, name, chosen(saved, query, key))[product.sheet]
    arrows = {at for at, value in shown.items() if value in ("→", "↓")}
    over = cell(product, -1, column)
    (across,) = arrows - {over}
    assert over in arrows
    assert across.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(product.row + row)
    told = [at for at, value in shown.items() if value == f"{query} · {key}"]
    assert address(saved.names["Scores_columns_cat"].row - 1, 2) in told
    total = shown[cell(product, row, column)]
    sums = [v for v in shown.values() if isinstance(v, str) and v.count("·") == left.columns]
    assert any(text.endswith(f" = {total:.2f}".replace("-", "−")) for text in sums)
    formula = f"$C{left.row + row}:$F{left.row + row}"
    assert any(isinstance(v, str) and v.startswith("=MMULT(" + formula) for v in shown.values())


def test_an_absent_word_leaves_the_mark(mouse: Path) -> None:
    """Where the sentence has no such word, what was marked at first is."""
    saved = read(mouse)
    words, product = saved.names["Words_cat"], saved.names["Scores_product_cat"]
    shown = recalculated(mouse, "ironcalc", [(words.sheet, cell(words), "keyboard")])
    assert shown[product.sheet][cell(product, -1)] == "↓"
    assert "mouse · keyboard" in shown[product.sheet].values()


def test_the_formats_have_the_same_conditions(mouse: Path) -> None:
    """Row, column and cell are marked by formats that look the chosen words up."""
    saved = read(mouse)
    query, key = (saved.names[f"Inspected_{one}_cat"].absolute for one in ("query", "key"))
    found = openpyxl.load_workbook(mouse).worksheets[0].conditional_formatting
    rules = {str(one.sqref): [r.formula[0] for r in one.rules if r.formula] for one in found}
    for step, sought in (("rows", [query]), ("columns", [key]), ("product", [query, key])):
        (condition, *_) = rules[saved.names[f"Scores_{step}_cat"].relative]
        assert all(f"MATCH({one}," in condition for one in sought)


# --- formulas under blocks ------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "first", "second", "lines"),
    [
        ("=A1+B1", 6, 0, ["=A1+B1"]),
        ("=EXP(A1-B1)/SUM(C1:F1)", 15, 15, ["=EXP(A1-B1)", " /SUM(C1:F1)"]),
        ("=IF(A1=1,'Two words'!B1,0)", 18, 19, ["=IF(A1=1,", " 'Two words'!B1,0)"]),
        ("=ABC(D1)", 5, 20, []),
        ("=IF(A1,B1*1E-05,12345678)", 15, 20, ["=IF(A1,B1", " *1E-05,12345678)"]),
    ],
)
def test_formulas_in_two_lines(formula: str, first: int, second: int, lines: list[str]) -> None:
    """They are parted after a comma or before a sign, never inside of what is quoted."""
    assert in_two(formula, first, second) == lines


@pytest.mark.parametrize(
    ("formula", "plain"),
    [
        ('=IFERROR(INDEX(A1:A3,2),"–")', "=INDEX(A1:A3,2)"),
        ('=IF(COUNT(A1:A3)=3,SUM(A1:A3),"–")', "=SUM(A1:A3)"),
        ('=IF(AND(ISNUMBER(A1),ISNUMBER(B1)),A1-B1,"–")', "=A1-B1"),
        ('=IF(A1>0,B1,"–")', '=IF(A1>0,B1,"–")'),
    ],
)
def test_guards_are_left_out(formula: str, plain: str) -> None:
    """What shows a dash for an absent word tells nothing of the arithmetic."""
    assert unguarded(formula) == plain
