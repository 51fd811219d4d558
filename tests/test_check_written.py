"""`check` against the workbook that `build` would write, and against what may happen to a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Workbooks
from faults import Planter
from tools import SMALL, build_text, cell_of, convert, parts, plant, write_parts

from xlsxattn.changed import write_changed
from xlsxattn.check import check
from xlsxattn.check.looks import hides, same_code
from xlsxattn.check.written import normalised
from xlsxattn.cli import main
from xlsxattn.errors import EngineError, LessonError
from xlsxattn.saved import read
from xlsxattn.texts import texts
from xlsxattn.writer import LESSON_PART


def changed_part(path: Path, target: Path, name: str, old: bytes, new: bytes) -> Path:
    content = parts(path)
    assert old in content[name]
    content[name] = content[name].replace(old, new, 1)
    return write_parts(target, content)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("=SUM( A1 , B2 )", "sum(A1,B2)"),
        ("'My sheet'!A1*2", "'my sheet'!a1 * 2.0"),
        ("Sheet!A1", "'Sheet'!A1"),
        ("IF(A1,TRUE(),1E-12)", "IF(A1,TRUE,0.000000000001)"),
    ],
)
def test_written_alike(a: str, b: str) -> None:
    """What programs write in their own way is the same formula."""
    assert normalised(a) == normalised(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("A1+B1", "A1-B1"), ('"a b"', '"ab"'), ("A1", "A11"), ("$A1", "A1"), ("X_1", "X_2"),
     ("A1*2", "A1*2.5"), ("'a b'!A1", "'ab'!A1")],
)  # fmt: skip
def test_written_otherwise(a: str, b: str) -> None:
    """Another reference, number, sign or text is another formula."""
    assert normalised(a) != normalised(b)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ('0.00;"−"0.00;0.00', "0.00;\\−0.00;0.00", True),
        ('[<-1E+25]"–";0.0', "[<-1E+025]\\–;0.0", True),
        ('+0.00;"−"0.00', '\\+0.00;"−"0.00', True),
        ("0.00", "0.000", False),
        ("0.00", "0", False),
        ('0.00;"−"0.00', "0.00;-0.00", False),
        ('[<-1E+25]"–";0.0', '[<-1E+26]"–";0.0', False),
    ],
)
def test_same_code(a: str, b: str, same: bool) -> None:
    """A program that saves a format spells it in its own way, and shows the same numbers."""
    assert same_code(a, b) == same


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"<col ", b'<col hidden="1" ', "hidden"),
        (b'<col width="1"', b'<col width="0"', "hidden"),
        (b'<row r="1" ', b'<row r="1" hidden="1" ', "hidden"),
    ],
)
def test_what_cannot_be_seen(
    old: bytes, new: bytes, kind: str, mouse: Path, tmp_path: Path
) -> None:
    """Hidden rows and columns are a problem, whoever has saved the file."""
    again = write_parts(tmp_path / "again.xlsx", Planter(mouse, 7, saved_since=True).parts)
    name = "xl/worksheets/sheet1.xml"
    changed = changed_part(again, tmp_path / "changed.xlsx", name, old, new)
    assert [problem.kind for problem in check(changed).problems] == [kind]


@pytest.mark.parametrize(
    ("part", "old", "new", "told"),
    [
        ("worksheets/sheet1", b"</sheetData>", b'</sheetData><sheetProtection sheet="1"/>',
         "One word, two contexts: the sheet is protected, so that its inputs may be locked"),
        ("styles", b'rgb="00FEF9E7"', b'rgb="00FFFF00"', "got 1D4ED8 on FFFF00"),
        ("styles", b'formatCode="0.00;', b'formatCode="0.0000;', "got '0.0000;"),
    ],
)  # fmt: skip
def test_a_matter_of_taste(
    part: str, old: bytes, new: bytes, told: str, mouse: Path, tmp_path: Path
) -> None:
    """A yellow cell, more decimals, a protected sheet: a note, once a person had the file."""
    name = f"xl/{part}.xml"
    assert not check(changed_part(mouse, tmp_path / "ours.xlsx", name, old, new)).ok
    again = write_parts(tmp_path / "again.xlsx", Planter(mouse, 7, saved_since=True).parts)
    report = check(changed_part(again, tmp_path / "theirs.xlsx", name, old, new))
    assert report.ok, report.problems
    assert told in " ".join(report.notes)


@pytest.mark.parametrize("code", [";;;", "0;;", '" "', "0.00;;0.00", "[Red]"])
def test_hiding_formats(code: str) -> None:
    """A format that shows nothing for some numbers hides them."""
    assert hides(code)


@pytest.mark.parametrize("code", ["General", "0.00", "@", '0.00;"−"0.00;0.00', '[<0]"–";0.0', "0%"])
def test_formats_that_show(code: str) -> None:
    """Those of our own hide nothing."""
    assert not hides(code)


def test_other_version_is_not_compared(mouse: Path, tmp_path: Path) -> None:
    """A file of another version says so in a note, and is no problem for its texts."""
    path = changed_part(mouse, tmp_path / "old.xlsx", "docProps/custom.xml", b">0.1.0<", b">0.0.9<")
    report = check(path)
    assert report.ok, report.problems
    assert "written by xlsxattn 0.0.9" in report.notes[-1]


def test_saved_by_libreoffice(workbooks: Workbooks, tmp_path: Path) -> None:
    """A file that LibreOffice has saved carries its lesson, and is well.

    One has a sheet with a full-width colon in its title, to which LibreOffice puts no quotes.
    """
    files = [workbooks.path("mouse"), workbooks.path("apple", "zh")]
    out = convert(files, "xlsx:Calc MS Excel 2007 XML", tmp_path)
    for file in files:
        saved = out / file.name
        assert LESSON_PART not in parts(saved)
        report = check(saved)
        assert report.ok, report.problems
        assert report.reference == "numpy"


def test_claims_that_nothing_turns(mouse: Path) -> None:
    """The report names the claims that no input was found for: these always hold."""
    assert [note for note in check(mouse).notes if note.endswith("turns rows_sum_to_1")]


def test_language_is_no_path(mouse: Path, tmp_path: Path) -> None:
    """A language out of a file is one of ours, never a path."""
    path = changed_part(
        mouse, tmp_path / "path.xlsx", LESSON_PART, b'"language":"en"', b'"language":"../../x"'
    )
    with pytest.raises(LessonError, match=r"language: expected en or zh, got '\.\./\.\./x'"):
        read(path)
    with pytest.raises(LessonError, match="language"):
        texts("../texts/en")


def test_links_are_not_followed(mouse: Path, tmp_path: Path) -> None:
    """An engine's copy has no picture from elsewhere; cells that lead somewhere stay."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="x{kind}" Type="{kinds}/{kind}" Target="http://127.0.0.1:9/{kind}" '
        'TargetMode="External"/>'
        for kind in ("image", "hyperlink", "externalLinkPath")
    ).encode()
    name = "xl/drawings/_rels/drawing1.xml.rels"
    end = b"</Relationships>"
    path = changed_part(mouse, tmp_path / "linked.xlsx", name, end, links + end)
    write_changed(path, [], tmp_path / "copy.xlsx")
    rels = parts(tmp_path / "copy.xlsx")[name]
    assert re.findall(rb"127\.0\.0\.1:9/(\w+)", rels) == [b"hyperlink"]
    assert b"chart1.xml" in rels


# --- whatever is in a cell ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "inside", "kind"),
    [
        ("Vocabulary", "<v>2024-01-05T00:00:00</v>", "d"),
        ("Vocabulary", "<v>1E999</v>", ""),
        ("Vocabulary", "<v>1e308</v>", ""),
        ("Vocabulary", "<v>1</v>", "b"),
        ("Vocabulary", "", ""),
        ("Words_one", "<v>3</v>", ""),
        ("Words_one", "<v>#N/A</v>", "e"),
        ("Twice", "<f>ZZZZ1+XFE1</f><v>2</v>", ""),
        ("Twice", "<f></f><v>2</v>", ""),
        ("Twice", '<f t="shared" si="4"/><v>2</v>', ""),
    ],
)
def test_any_content(name: str, inside: str, kind: str, tmp_path: Path) -> None:
    """Any content of a cell is checked to the end: problems, and no traceback."""
    small = build_text(SMALL, tmp_path / "small.xlsx")
    saved = read(small)
    name = name if name in saved.names else "Words"
    path = plant(small, tmp_path / "any.xlsx", cell_of(small, name), inside, kind)
    assert check(path).problems


@pytest.mark.parametrize(
    "inside",
    ['<f t="dataTable" ref="C5:C9" dt2D="0" dtr="0" r1="B2"/><v>3</v>',
     '<f t="array">1+1</f><v>2</v>', '<f t="array" ref="ZZZZ9:1">1+1</f><v>2</v>'],
)  # fmt: skip
def test_what_no_engine_reads(inside: str, mouse: Path, tmp_path: Path) -> None:
    """One line on stderr, exit code 2, and on with the other files."""
    path = plant(mouse, tmp_path / "odd.xlsx", cell_of(mouse, "Leaning", 1), inside)
    result = CliRunner().invoke(main, ["check", str(path), str(mouse)])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "odd.xlsx" in result.stderr
    assert result.stdout.splitlines()[-1].strip() == "all well"


def test_a_panic_is_one_line(mouse: Path, tmp_path: Path) -> None:
    """A style that is not there makes IronCalc panic: a problem, and the check goes on."""
    sheet, cell = cell_of(mouse, "Vocabulary", 1, 1)
    content = parts(mouse)
    name = "xl/worksheets/sheet1.xml"
    pattern = rf'<c r="{cell}" s="\d+"'.encode()
    content[name] = re.sub(pattern, f'<c r="{cell}" s="9999"'.encode(), content[name])
    report = check(write_parts(tmp_path / "style.xlsx", content))
    kinds = {problem.kind for problem in report.problems}
    assert {"not checked", "format"} & kinds
    assert report.steps
    assert sheet


def test_a_missing_file_is_no_model(tmp_path: Path) -> None:
    """What is no workbook is an EngineError or a WorkbookError, not IronCalc's own."""
    from xlsxattn.engines.ironcalc import recalculate

    (tmp_path / "no.xlsx").write_bytes(b"no zip")
    with pytest.raises(EngineError, match=r"no\.xlsx: expected a workbook that IronCalc reads"):
        recalculate(tmp_path / "no.xlsx", [])
