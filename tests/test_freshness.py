"""The rule of fresh workbooks, by the text of formulas: no stored value behind an array."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tools import by_hand, need, need_uno, parts, plant, write_parts

from xlsxattn.a1 import Area, address, parse_area
from xlsxattn.check import STALE, check, office
from xlsxattn.check.edits import edits
from xlsxattn.check.freshness import MOST_FOR_AN_ARRAY, readers_of_arrays
from xlsxattn.cli import main
from xlsxattn.saved import Saved, Sheet, read

NAMES = {"Sums": "One!$C$3:$D$4", "Plain": "One!$A$1:$A$4", "Both": "'It''s'!$A$1"}


def workbook(formula: str, sheet: str = "One", stored: bool = True) -> Saved:
    """An array in C3:D4 of One, and one ordinary formula in G9 of a sheet."""
    sheets = {title: Sheet() for title in ("One", "It's", "Three")}
    sheets["One"].formulas["C3"] = "=A1:A2*TRANSPOSE(A3:A4)"
    sheets["One"].arrays["C3"] = parse_area("One!C3:D4")
    sheets["One"].values |= dict.fromkeys(("A1", "A2", "A3", "A4", "C3", "D3", "C4", "D4"), 1.0)
    sheets[sheet].formulas["G9"] = formula
    if stored:
        sheets[sheet].values["G9"] = 1.0
    names = {name: parse_area(text) for name, text in NAMES.items()}
    own = {"It's": {"Own": parse_area("One!$D$4"), "Sums": parse_area("One!$A$1")}}
    return Saved(Path("none.xlsx"), sheets, names, None, own)


READS = [
    "=C3",
    "=$D$4+1",
    "=d$3",
    "=SUM(B2:C3)",
    "=SUM(D4:A1)",
    "=SUM(A1:XFD1048576)",
    "=SUM(C:C)",
    "=SUM($A:$D)",
    "=SUM(3:3)",
    "=Sums",
    "=MAX(Plain)+sums*2",
    "=One!C3",
    "='One'!$C$3:$C$4",
    "=one!C3",
    "='It''s'!Own",
    "=SUM(One:Three!C3)",
    "=SUM('One:It''s'!D4)",
    '=IF(A1="x",C3,0)',
    '=IF(A1="""",C3,0)',
    "=LOG10(C3)",
    "=-C3^2",
    "=INDEX(C:C,ROWS(Plain))",
    "=IFERROR(_xlfn.CONCAT(A1,C3),0)",
]
READS_NOT = [
    "=C2",
    "=SUM(A1:B9)+SUM(C1:D2)+SUM(C5:D9)+SUM(E3:F4)",
    "=SUM(B:B)+SUM(5:9)",
    "=LOG10(100)+ATAN2(1,2)",
    '="C3"',
    '="a ""C3"" b"&"C3"',
    "=Plain+Both+Unknown+C3_",
    "='It''s'!C3+'It''s'!Sums",
    "=Sheet9!C3",
    "='C3'!A1",
    "=[1]One!C3+'[1]One'!C3",
    "=Table1[C3]",
    "=ROWS(Sums)+COLUMNS($C$3:$D$4)+ROW(C3)+COLUMNS('One'!$C$3:$D$4)",
    "=1E5+C31+C33+2.5E-3",
    "=#REF!+#N/A+#NAME?",
    "=TRUE",
    "=",
    "",
    "=SUM(",
    '="',
    "='",
]


@pytest.mark.parametrize("formula", READS)
def test_reads_an_array(formula: str) -> None:
    """An ordinary formula that reads a cell of an array is found, with the array."""
    (found,) = readers_of_arrays(workbook(formula))
    assert (found.sheet, found.cell, found.formula, found.more) == ("One", "G9", formula, 0)
    assert found.array == Area("One", 3, 3, 2, 2)


@pytest.mark.parametrize("formula", READS_NOT)
def test_reads_no_array(formula: str) -> None:
    """A formula that only looks as if it did is not."""
    assert readers_of_arrays(workbook(formula)) == []


def test_other_sheets() -> None:
    """A reference and a name are those of the sheet that the formula is on."""
    assert not readers_of_arrays(workbook("=C3", "It's"))
    assert readers_of_arrays(workbook("=One!C3", "It's"))
    assert not readers_of_arrays(workbook("=Sums", "It's"))
    assert readers_of_arrays(workbook("=Own", "It's"))
    assert not readers_of_arrays(workbook("=Own", "Three"))
    assert readers_of_arrays(workbook("='It''s'!Own", "Three"))


def test_without_a_stored_value() -> None:
    """A formula without a stored value is computed when the file is opened."""
    assert not readers_of_arrays(workbook("=C3", stored=False))


def test_an_array_that_reads_an_array() -> None:
    """An array formula may read another: neither is computed before it is looked at."""
    saved = workbook("=A1")
    saved.sheets["One"].formulas["E1"] = "=C3:D4*2"
    saved.sheets["One"].arrays["E1"] = parse_area("One!E1:F2")
    saved.sheets["One"].values["E1"] = 2.0
    assert not readers_of_arrays(saved)


def test_first_cell_of_a_chain() -> None:
    """Of a chain of formulas, the one that reads the array is found."""
    saved = workbook("=C3")
    saved.sheets["One"].formulas |= {"H9": "=G9", "I9": "=H9"}
    saved.sheets["One"].values |= {"H9": 1.0, "I9": 1.0}
    assert [found.cell for found in readers_of_arrays(saved)] == ["G9"]


def test_many_readers() -> None:
    """Of many cells that read one array, few are named and all are counted."""
    saved = workbook("=A1")
    for row in range(1, 101):
        saved.sheets["One"].formulas[f"J{row}"] = f"=$C$3+A{row}"
        saved.sheets["One"].values[f"J{row}"] = 1.0
    found = readers_of_arrays(saved)
    assert [one.cell for one in found] == ["J1", "J2", "J3"]
    assert [one.more for one in found] == [0, 0, 100 - MOST_FOR_AN_ARRAY]


def test_large() -> None:
    """Large arrays, many arrays and full columns are compared by area, not by cell."""
    sheet = Sheet()
    for number in range(20_000):  # single cells, in 100 columns
        cell = address(1 + number // 100, 1 + number % 100)
        sheet.formulas[cell], sheet.arrays[cell] = "=1", parse_area(f"One!{cell}")
    for first, area in (("A1001", "A1001:SR1512"), ("A2001", "A2001:A1048576")):
        sheet.formulas[first], sheet.arrays[first] = "=1", parse_area(f"One!{area}")
    readers = {
        "=SR1512": True, "=SS1512": False, "=A1000000": True, "=B1000000": False, "=CV200": True,
        "=CW200": False, "=SUM(CW:SR)": True, "=SUM(SS:XFD)": False, "=SUM(201:1000)": False,
        "=SUM(B1513:XFD1048576)": False,
    }  # fmt: skip
    for number, formula in enumerate(readers):
        sheet.formulas[f"ZZ{3000 + number}"] = formula
        sheet.values[f"ZZ{3000 + number}"] = 1.0
    found = readers_of_arrays(Saved(Path("none.xlsx"), {"One": sheet}, {}, None))
    assert {one.formula for one in found} == {f for f, reads in readers.items() if reads}


# --- in files -------------------------------------------------------------------------

CELLS = {"A1": 1.5, "A2": 2.5, "C1": "=B1+1", "C2": "=C1*2", "D1": "=A1+A2", "D2": "=D1*2"}


@pytest.fixture
def stale(tmp_path: Path) -> Path:
    """An array in B1:B2; C1 reads it, and C2 reads C1."""
    return by_hand(tmp_path / "stale.xlsx", {"Page": CELLS}, {"Page": ("B1:B2", "=A1:A2*2")})


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The same by ordinary formulas."""
    cells = {**CELLS, "B1": "=A1*2", "B2": "=A2*2"}
    return by_hand(tmp_path / "fresh.xlsx", {"Page": cells}, names={"In": "Page!$A$1:$A$2"})


def test_check_finds_it(stale: Path, fresh: Path) -> None:
    """`check` reports the cell that reads an array, before anything else, and else nothing."""
    report = check(stale)
    assert [(p.sheet, p.cell, p.kind) for p in report.problems] == [("Page", "C1", STALE)]
    assert "=B1+1" in report.problems[0].message
    assert "'Page'!$B$1:$B$2" in report.problems[0].message
    assert CliRunner().invoke(main, ["check", str(stale)]).exit_code == 1
    assert check(fresh).problems == []
    assert check(fresh).notes == []


def test_check_in_libreoffice(stale: Path, fresh: Path) -> None:
    """With LibreOffice, edits are made as a person makes them, and old results are found."""
    need_uno()
    report = check(stale, "libreoffice")
    assert {(p.cell, p.kind) for p in report.problems} == {("C1", STALE), ("C2", STALE)}
    assert any("after an edit of cells without a name" in p.message for p in report.problems)
    report = check(fresh, "libreoffice")
    assert (report.problems, report.notes) == ([], [])


def test_check_without_uno(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where LibreOffice cannot be controlled, the report says what was not done."""
    need("soffice")
    monkeypatch.setattr(office, "why_missing", lambda: "expected a Python with uno, got none")
    result = CliRunner().invoke(main, ["check", str(fresh), "--engine", "libreoffice"])
    assert result.exit_code == 0, result.output
    assert "note: edits as a person makes them were not tried: expected a Python" in result.output
    arguments = ["check", str(fresh), "--engine", "libreoffice", "--json"]
    data = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert (data["ok"], data["problems"], len(data["notes"])) == (True, [], 1)


def test_edits_without_a_lesson(stale: Path, fresh: Path) -> None:
    """Typed numbers that formulas read are edited, by the names that they have."""
    (edit,) = edits(read(stale))
    assert [change[:2] for change in edit.changes] == [("Page", "A1"), ("Page", "A2")]
    (edit,) = edits(read(fresh))
    assert edit.what == "In"
    typed = {(sheet, cell): new for sheet, cell, new in edit.changes}
    assert typed.keys() == {("Page", "A1"), ("Page", "A2")}
    assert typed["Page", "A1"] != 1.5


def test_edits_of_a_damaged_lesson(mouse: Path) -> None:
    """An input that has lost its name, or its list, is left out: `check` reports it."""
    saved = read(mouse)
    whole = {edit.what for edit in edits(saved)}
    saved.names = {name: area for name, area in saved.names.items() if name != "Vocabulary_words"}
    assert whole - {edit.what for edit in edits(saved)} == {"Words_cat", "Words_keyboard"}
    area = saved.names["Temperature"]
    saved.names["Temperature"] = Area("Gone", area.row, area.column, 1, 1)
    assert "Temperature" not in {edit.what for edit in edits(saved)}


@pytest.mark.parametrize(
    "formula",
    [
        '<f t="dataTable" ref="B1:B2" dt2D="0" dtr="0" r1="A1"/>',
        '<f t="array">A1*2</f>',
        '<f t="array" ref="B1"/>',
    ],
)
def test_odd_formulas(formula: str, fresh: Path, tmp_path: Path) -> None:
    """What other programs write besides formulas and arrays is read without an error."""
    path = plant(fresh, tmp_path / "odd.xlsx", ("Page", "B1"), f"{formula}<v>3</v>")
    saved = read(path)
    assert saved.sheets["Page"].values["B1"] == 3.0
    found = [one.cell for one in readers_of_arrays(saved)]
    assert found == ([] if "dataTable" in formula else ["C1"])


def test_shared_formulas(stale: Path, tmp_path: Path) -> None:
    """A formula that several cells share reads other cells in each."""
    content = parts(stale)
    name = "xl/worksheets/sheet1.xml"
    text = content[name].decode()
    assert text.count("<f>A1+A2</f>") == text.count("<f>D1*2</f>") == 1
    text = text.replace("<f>A1+A2</f>", '<f t="shared" ref="D1:D2" si="0">B3+A1</f>')
    text = text.replace("<f>D1*2</f>", '<f t="shared" si="0"/>')
    content[name] = text.encode()
    saved = read(write_parts(tmp_path / "shared.xlsx", content))
    assert saved.sheets["Page"].formulas["D2"] == "=B4+A2"
    assert [one.cell for one in readers_of_arrays(saved)] == ["C1"]
