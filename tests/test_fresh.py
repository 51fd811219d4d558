"""Workbooks in LibreOffice as a person uses it: after an edit, no cell shows an old result.

A conversion recalculates everything while it loads, and so cannot see this. Here files are
opened with their stored values, cells are typed into, and what every cell then shows is
compared with what it shows after a recalculation by force.
"""

from __future__ import annotations

import contextlib
import math
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import PAIRS, Pair, Workbooks
from test_readme import EXAMPLES, FILES
from tools import by_hand, cell_of, need_uno

from xlsxattn.a1 import parse_area
from xlsxattn.check.edits import Edit, edits
from xlsxattn.check.freshness import readers_of_arrays
from xlsxattn.cli import main
from xlsxattn.engines import uno_session
from xlsxattn.engines.uno_session import Session, StaleCell, why_missing
from xlsxattn.errors import EngineError
from xlsxattn.saved import ErrorValue, read
from xlsxattn.texts import languages

ALL: list[Pair] = [*PAIRS, *(("course", language) for language in languages())]
#: Lessons of many thousand cells, and the course, which has the lessons' own sheets and is
#: edited in all of them side by side: so many edits, from everywhere among theirs.
FEW_EDITS = {"scaling": 3, "training": 3, "task": 3, "course": 1}
#: So many in a language that is not the first.
OTHER_EDITS = 2


@pytest.fixture(scope="module")
def office() -> Iterator[Session]:
    """One LibreOffice for all of these tests."""
    need_uno()
    with Session() as session:
        yield session


def assert_fresh(office: Session, path: Path, every: list[Edit]) -> None:
    """No cell of a workbook shows an old result, whichever of some edits is made."""
    assert every
    stale = [(edit, office.stale(path, edit.changes)) for edit in every]
    shown = "\n".join(told(path, edit, cells) for edit, cells in stale if cells)
    assert not shown, f"old results:\n{shown}"


def told(path: Path, edit: Edit, cells: list[StaleCell]) -> str:
    one = cells[0]
    return (
        f"{path.stem}, edit of {edit.what} ({edit.changes[0][1]}): {len(cells)} cells, "
        f"{one.sheet}!{one.cell} shows {one.shown!r}, recalculated {one.recalculated!r}"
    )


# --- lessons --------------------------------------------------------------------------


# Who judges what: here LibreOffice shows, edit by edit, that no cell keeps an old result; that
# no formula is of the kind that would, `test_rule` finds in the text of every formula.


@pytest.mark.parametrize("pair", ALL, ids="-".join)
def test_lessons(pair: Pair, office: Session, workbooks: Workbooks) -> None:
    """An edit of every input of a lesson; fewer where files are large, or of another language."""
    every = edits(workbooks.saved(*pair))
    most = FEW_EDITS.get(pair[0], len(every))
    if pair[1] != "en":
        most = min(most, OTHER_EDITS)
    assert_fresh(office, workbooks.path(*pair), every[:: math.ceil(len(every) / most)])


@pytest.mark.parametrize("pair", ALL, ids="-".join)
def test_rule(pair: Pair, workbooks: Workbooks) -> None:
    """No stored value stands behind an array formula."""
    assert readers_of_arrays(workbooks.saved(*pair)) == []


def test_edits_reach_every_kind_of_input(workbooks: Workbooks) -> None:
    """Numbers, words and switches are edited, each by itself."""
    order = {edit.what: edit.changes for edit in edits(workbooks.saved("order"))}
    assert {"Vocabulary", "Temperature", "Positions_on"} <= order.keys()
    assert [new for _, _, new in order["Positions_on"]] == [1.0]
    mouse = {edit.what: edit.changes for edit in edits(workbooks.saved("mouse"))}
    assert [type(new) for _, _, new in mouse["Words_cat"]] == [str]


def test_lessons_of_a_course_are_edited_side_by_side(workbooks: Workbooks) -> None:
    """One edit of a course is one edit in each of its lessons."""
    course = edits(workbooks.saved("course"))
    titles = {sheet for edit in course for sheet, _, _ in edit.changes}
    lessons = workbooks.saved("course").carried
    assert lessons is not None
    assert all(titles & set(one.sheets) for one in lessons.lessons)
    assert course[0].what.startswith("Vocabulary and X and ")


# --- other workbooks ------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=FILES)
def test_python(
    number: int, office: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workbooks that the README makes in Python."""
    monkeypatch.chdir(tmp_path)
    Path("example.py").write_text(EXAMPLES[number], encoding="utf-8")
    runpy.run_path("example.py")
    path = tmp_path / FILES[number]
    assert_fresh(office, path, edits(read(path)))
    assert readers_of_arrays(read(path)) == []


def new(tmp_path: Path, *arguments: str) -> Path:
    """The workbook of `xlsxattn new` with some sentences and options."""
    lesson, path = tmp_path / "new.toml", tmp_path / "new.xlsx"
    for command in (
        ["new", *arguments, "-o", str(lesson)],
        ["build", str(lesson), "-o", str(path)],
    ):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    return path


@pytest.mark.parametrize(
    "options",
    [(), ("--heads", "2", "--mask", "causal", "--positions", "sinusoidal")],
    ids=["plain", "all"],
)
def test_new(options: tuple[str, ...], office: Session, tmp_path: Path) -> None:
    """Two sentences of one's own."""
    path = new(tmp_path, "cat and mouse are friends", "keyboard and mouse are useful", *options)
    assert_fresh(office, path, edits(read(path)))
    assert readers_of_arrays(read(path)) == []


def test_large(office: Session, tmp_path: Path) -> None:
    """A lesson of 512 words and 64 dimensions, on many pages: two numbers of the vocabulary."""
    path = new(tmp_path, " ".join(f"word{n}" for n in range(512)), "--dimensions", "64")
    book = openpyxl.load_workbook(path, read_only=True)
    book.close()
    area = parse_area(book.defined_names["Vocabulary"].attr_text)
    places = [area.part(0, 0), area.part(area.rows // 2, area.columns - 1)]
    changes = [(area.sheet, place.relative, 1.75) for place in places]
    assert_fresh(office, path, [Edit("Vocabulary", [*changes])])


# --- the session itself ---------------------------------------------------------------

CELLS = {
    "A1": 1.5, "A2": 2.5, "A3": "cat", "C1": "=B1+1", "C2": "=C1*2", "C3": '=A3&"s"',
    "D1": "=1/(A1-1.5)", "D2": "=NOT(A1>2)",
}  # fmt: skip


def test_an_array_under_a_stored_value_is_stale(office: Session, tmp_path: Path) -> None:
    """What these tests are for: planted, it is seen in the cell and in what follows from it."""
    path = by_hand(tmp_path / "array.xlsx", {"Page": CELLS}, {"Page": ("B1:B2", "=A1:A2*2")})
    found = office.stale(path, [("Page", "A1", 4.0)])
    assert [(one.sheet, one.cell) for one in found] == [("Page", "C1"), ("Page", "C2")]
    assert [(one.shown, one.recalculated) for one in found] == [(4.0, 9.0), (8.0, 18.0)]
    with pytest.raises(AssertionError, match=r"array, edit of A \(A1\): 2 cells, Page!C1 shows"):
        assert_fresh(office, path, [Edit("A", [("Page", "A1", 4.0)])])


def test_an_array_that_reads_an_array_is_not(office: Session, tmp_path: Path) -> None:
    """Arrays all the way down are computed when they are looked at, in the right order."""
    arrays = {"Page": ("B1:B2", "=A1:A2*2"), "Next": ("A1:A2", "=Page!B1:B2+1"),
              "Last": ("A1", "=SUM(Next!A1:A2)")}  # fmt: skip
    sheets = {"Page": {"A1": 1.5, "A2": 2.5}, "Next": {}, "Last": {}}
    path = by_hand(tmp_path / "arrays.xlsx", sheets, arrays)
    assert_fresh(office, path, [Edit("A", [("Page", "A1", 4.0)])])
    office.open(path)
    office.edit([("Page", "A1", 4.0)])
    assert office.read()["Last"] == [[15.0]]


def test_ordinary_formulas_are_fresh(office: Session, tmp_path: Path) -> None:
    """Without an array, everything follows an edit; cells are read as what they show."""
    cells = {**CELLS, "B1": "=A1*2", "B2": "=A2*2"}
    path = by_hand(tmp_path / "ordinary.xlsx", {"Page": cells, "It's": {"B2": "=Page!A1"}})
    assert readers_of_arrays(read(path)) == []
    assert_fresh(office, path, [Edit("A", [("Page", "A1", 4.0), ("Page", "A3", "dog")])])
    assert office.open(path) == ["Page", "It's"]
    before = office.read()
    assert before["Page"][0] == [1.5, 3.0, 4.0, "#DIV/0!"]
    assert isinstance(before["Page"][0][3], ErrorValue)
    office.edit([("Page", "A1", 4.0), ("Page", "A3", "=1+1"), ("It's", "A1", "007")])
    after = office.read()
    assert after["Page"] == [[4.0, 8.0, 9.0, 0.4], [2.5, 5.0, 18.0, 0.0], ["=1+1", "", "=1+1s", ""]]
    assert after["It's"] == [["007", ""], ["", 4.0]]
    office.recalculate()
    assert office.read() == after
    office.close()
    assert read(path).sheets["Page"].values["A1"] == 1.5


def test_a_hidden_stored_value_is_what_is_shown(office: Session, mouse: Path) -> None:
    """A file is opened with its stored values, and an edit changes what is computed from it."""
    saved, place = read(mouse), cell_of(mouse, "Output_cat")
    area = saved.names["Output_cat"]
    office.open(mouse)
    before = office.read()[place[0]][area.row - 1][area.column - 1]
    assert before == pytest.approx(saved.sheets[place[0]].values[place[1]], abs=1e-12)
    office.edit([(*cell_of(mouse, "Temperature"), 2.5)])
    office.recalculate()
    after = office.read()[place[0]][area.row - 1][area.column - 1]
    assert isinstance(after, float)
    assert abs(after - before) > 1e-3


def test_errors(office: Session, tmp_path: Path) -> None:
    """What fails is one EngineError, and the session goes on."""
    with pytest.raises(EngineError, match=r"none\.xlsx: expected a workbook, got no such file"):
        office.open(tmp_path / "none.xlsx")
    path = by_hand(tmp_path / "one.xlsx", {"Page": {"A1": 1.0}})
    office.open(path)
    with pytest.raises(EngineError, match="LibreOffice: expected an answer, got") as caught:
        office.edit([("No such sheet", "A1", 1.0)])
    assert "\n" not in str(caught.value)
    assert office.read() == {"Page": [[1.0]]}


def test_time_out_ends_everything(tmp_path: Path) -> None:
    """A session that does not answer in time is an error, and leaves no process behind."""
    need_uno()
    with pytest.raises(EngineError, match=r"expected an answer in 0\.2 s, got none"), \
            Session(timeout=0.2):  # fmt: skip
        pass
    with pytest.raises(EngineError, match="expected an answer"), Session() as session:
        session._kill()
        session.open(by_hand(tmp_path / "one.xlsx", {"Page": {"A1": 1.0}}))


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a session, even one that fails, its folder and its processes are gone."""
    need_uno()
    monkeypatch.setattr(uno_session.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ZeroDivisionError), Session():
        (folder,) = tmp_path.iterdir()
        assert running(folder) or sys.platform != "linux"
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    assert not running(folder)


def running(folder: Path) -> list[Path]:
    """The processes that have a folder in their command, where the system lists them."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if str(folder).encode() in command.read_bytes():
                found.append(command)
    return found


def test_without_libreoffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without LibreOffice, or a Python that can control it, there is one error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "got no 'soffice'" in why_missing()
    with pytest.raises(EngineError, match="expected LibreOffice to be installed"), Session():
        pass
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(uno_session, "_pythons", lambda soffice: iter([str(program), "none"]))
    with pytest.raises(EngineError, match="expected a Python with LibreOffice's `uno`"), Session():
        pass


def test_libreoffice_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A LibreOffice that ends at once is one error."""
    need_uno()
    python = uno_session._python_with_uno(uno_session.shutil.which("soffice") or "")
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(uno_session, "_pythons", lambda soffice: iter([str(python)]))
    with pytest.raises(EngineError, match="it ended before it listened"), Session():
        pass
