"""A saved workbook read back, and copies of it with other inputs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from tools import SMALL, build_text, cell_of, parts, plant, replaced, without_lesson, write_parts

from xlsxattn.a1 import Area
from xlsxattn.changed import write_changed
from xlsxattn.errors import LessonError, WorkbookError
from xlsxattn.saved import ErrorValue, read, read_values
from xlsxattn.writer import LESSON_PART


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return build_text(SMALL, tmp_path / "small.xlsx")


def test_reads_what_openpyxl_reads(mouse: Path) -> None:
    """Values and formulas are those that another reader finds in the file."""
    saved = read(mouse)
    book = openpyxl.load_workbook(mouse, data_only=True)
    assert list(saved.sheets) == book.sheetnames
    for title, sheet in saved.sheets.items():
        cells = {c.coordinate: c.value for row in book[title] for c in row if c.value is not None}
        shown = {cell: value for cell, value in sheet.values.items() if value != ""}
        assert shown == cells  # openpyxl knows no empty text
        assert set(sheet.values) - set(cells) <= set(sheet.computed)
    assert read_values(mouse) == {title: sheet.values for title, sheet in saved.sheets.items()}


def test_numbers_are_floats(mouse: Path) -> None:
    """Whole numbers come as floats too, so that they can be compared."""
    kinds = {type(v) for sheet in read(mouse).sheets.values() for v in sheet.values.values()}
    assert kinds == {float, str}


def test_arrays(tmp_path: Path) -> None:
    """An array's formula counts for every cell of its area, and stands at its first."""
    text = replaced("format = 1", 'format = 1\nform = "arrays"')
    saved = read(build_text(text, tmp_path / "arrays.xlsx"))
    area = saved.names["Scores"]
    sheet = saved.sheets[area.sheet]
    first = area.part(0, 0).relative
    assert sheet.arrays[first] == area
    assert sheet.formulas[first].startswith("=MMULT(")
    last = area.part(2, 2).relative
    assert last not in sheet.formulas
    assert sheet.computed[last] == sheet.formulas[first]


def test_names(small: Path) -> None:
    """Defined names come as areas."""
    assert read(small).names["Temperature"] == Area(
        "Two words", *read(small).names["Temperature"].cells()[0], 1, 1
    )
    assert read(small).names["X"].shape == (3, 2)


def test_foreign_names_are_passed_over(small: Path, tmp_path: Path) -> None:
    """A reader's own name that holds a formula does no harm."""
    content = parts(small)
    own = b"<definedNames><definedName name='Own'>1+1</definedName>"
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace(b"<definedNames>", own)
    assert read(write_parts(tmp_path / "own.xlsx", content)).names == read(small).names


def test_carries_its_lesson(small: Path) -> None:
    """The lesson in the file is the lesson that it was built from."""
    carried = read(small).carried
    assert carried is not None
    assert (carried.title, carried.language) == ("Two words", "en")
    (one,) = carried.lessons
    assert one.sheets == ["Two words", "On one page"]
    assert [step.name for step in one.lesson.steps] == ["Twice"]
    assert one.lesson.vocabulary is not None
    assert one.lesson.vocabulary.words["dog"] == [1.5, 0.25]


def test_lesson_that_was_moved(small: Path, tmp_path: Path) -> None:
    """Excel renames the part when it saves; other parts of that kind do no harm."""
    content = parts(small)
    content["customXml/item7.xml"] = content.pop(LESSON_PART)
    content["customXml/item1.xml"] = b"<other xmlns='urn:else'/>"
    content["customXml/item2.xml"] = b"no XML"
    assert read(write_parts(tmp_path / "moved.xlsx", content)).carried == read(small).carried


def test_without_lesson(small: Path, tmp_path: Path) -> None:
    """A workbook without a lesson is read all the same."""
    content = parts(small)
    bare = write_parts(tmp_path / "bare.xlsx", without_lesson(content))
    assert read(bare).carried is None
    del content[LESSON_PART]  # as LibreOffice does: the properties have it too
    other = write_parts(tmp_path / "other.xlsx", content)
    assert read(other).carried == read(small).carried


@pytest.mark.parametrize("damage", [b'{"language": "en"}', b"{", b""])
def test_damaged_lesson(small: Path, tmp_path: Path, damage: bytes) -> None:
    """A damaged lesson is one LessonError that names the file."""
    content = parts(small)
    head, _, rest = content[LESSON_PART].partition(b'">')
    assert rest.endswith(b"</lesson>")
    content[LESSON_PART] = head + b'">' + damage + b"</lesson>"
    with pytest.raises(LessonError, match=r"damaged\.xlsx: the lesson in the workbook"):
        read(write_parts(tmp_path / "damaged.xlsx", content))


def test_errors_are_no_texts(small: Path, tmp_path: Path) -> None:
    """An error that is stored comes as an ErrorValue, a text that looks like one does not."""
    place = cell_of(small, "Temperature")
    path = plant(small, tmp_path / "error.xlsx", place, "<v>#N/A</v>", "e")
    assert isinstance(read(path).sheets[place[0]].values[place[1]], ErrorValue)
    inside = "<is><t>#N/A</t></is>"
    path = plant(small, tmp_path / "text.xlsx", place, inside, "inlineStr")
    value = read(path).sheets[place[0]].values[place[1]]
    assert value == "#N/A"
    assert not isinstance(value, ErrorValue)


@pytest.mark.parametrize("reader", [read, read_values])
def test_no_workbook(reader: object, tmp_path: Path) -> None:
    """What is no workbook is one WorkbookError that names the file."""
    assert callable(reader)
    (tmp_path / "text.xlsx").write_text("hello\nworld")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "note.txt").write_text("hello")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a.txt", "hello")
    for name in ("text.xlsx", "empty.xlsx", "folder.xlsx", "note.txt", "zip.xlsx", "none.xlsx"):
        with pytest.raises(WorkbookError, match=f"{name}: expected a") as caught:
            reader(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_cut_off(mouse: Path, tmp_path: Path) -> None:
    """A download that broke off is one WorkbookError."""
    path = tmp_path / "half.xlsx"
    path.write_bytes(mouse.read_bytes()[:5000])
    with pytest.raises(WorkbookError, match=r"half\.xlsx: expected an \.xlsx workbook"):
        read(path)


# --- copies with other inputs ---------------------------------------------------------


@pytest.mark.parametrize("new", [2.5, -1e-300, 0.1 + 0.2, "dog", "<&>\"'", " x ", "=1+1", "狗"])
def test_write_changed(small: Path, tmp_path: Path, new: float | str) -> None:
    """One cell has its new content, exactly; everything else is as it was."""
    sheet, cell = cell_of(small, "Words", 1)
    target = tmp_path / "changed.xlsx"
    write_changed(small, [(sheet, cell, new)], target)
    before, after = read(small), read(target)
    assert after.sheets[sheet].values.pop(cell) == new
    assert before.sheets[sheet].values.pop(cell) == "dog"
    assert after.sheets[sheet].values == before.sheets[sheet].values
    assert after.sheets[sheet].formulas == before.sheets[sheet].formulas
    assert after.names == before.names
    old_parts, new_parts = parts(small), parts(target)
    assert list(old_parts) == list(new_parts)
    assert [n for n in old_parts if old_parts[n] != new_parts[n]] == ["xl/worksheets/sheet1.xml"]


def test_write_changed_keeps_the_style(small: Path, tmp_path: Path) -> None:
    """A changed cell looks as before."""
    place = cell_of(small, "Temperature")
    target = tmp_path / "changed.xlsx"
    write_changed(small, [(*place, 3.0)], target)
    sheets = [openpyxl.load_workbook(path)[place[0]][place[1]] for path in (small, target)]
    assert sheets[0].style_id == sheets[1].style_id
    assert [cell.value for cell in sheets] == [1.0, 3.0]


def test_write_changed_several(small: Path, tmp_path: Path) -> None:
    """Several cells change at once, and an address is not taken for the start of another."""
    target = tmp_path / "changed.xlsx"
    places = [cell_of(small, "Vocabulary", row, column) for row in range(3) for column in (0, 1)]
    write_changed(small, [(*place, 10.0 + i) for i, place in enumerate(places)], target)
    after = read(target).sheets[places[0][0]].values
    assert [after[cell] for _, cell in places] == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]


def test_write_changed_nothing(small: Path, tmp_path: Path) -> None:
    """Without changes every part is the same."""
    write_changed(small, [], tmp_path / "same.xlsx")
    assert parts(tmp_path / "same.xlsx") == parts(small)


# --- numbers side by side -------------------------------------------------------------


def cells(places: str, *, more: str = "", numbers: str = "1 2.5 -3E-1 4 5") -> str:
    """Cells at some places, each with the next number."""
    pairs = zip(places.split(), numbers.split(), strict=False)
    return "".join(f'<c r="{place}"{more}><v>{number}</v></c>' for place, number in pairs)


SIDE_BY_SIDE = {
    "plain": cells("B900 C900 D900 E900", more=' s="1"'),
    "without styles": cells("B900 C900 D900 E900"),
    "as LibreOffice writes them": cells("Z900 AA900 AB900", more=' s="1" t="n"'),
    "a gap": cells("B900 C900 E900 F900"),
    "backwards": cells("F900 E900 D900 C900"),
    "one twice": cells("B900 C900 B900 C900"),
    "other styles": cells("B900 C900", more=' s="1"') + cells("D900 E900", more=' s="2"'),
    "beyond a double": cells("B900 C900 D900", numbers="1E307 1E308 1E309"),
    "cells between": cells("B900 C900") + "<c><f>1+1</f><v>2</v></c>" + cells("E900 F900"),
    "within a text": f'<c r="B900" t="inlineStr"><is><t>a</t>{cells("C900 D900")}</is></c>',
    "an element like ours": '<run n="0"/>' + cells("C900 D900"),
    "another row's": cells("C901 D901"),
    "beyond a sheet": cells("XFD900 XFE900"),
    "no number": cells("C900 D900", numbers="1 1e"),
}


@pytest.mark.parametrize("row", SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE)
def test_numbers_side_by_side(row: str, small: Path, tmp_path: Path) -> None:
    """Numbers that are read together are those that are read cell by cell, after a comment."""
    content, found = parts(small), []
    name = "xl/worksheets/sheet1.xml"
    for before in ("", "<!-- one by one -->"):
        more = f'{before}<row r="900">{row}</row></sheetData>'.encode()
        sheet = content[name].replace(b"</sheetData>", more)
        path = write_parts(tmp_path / "numbers.xlsx", content | {name: sheet})
        try:
            one = read(path).sheets["Two words"]
        except WorkbookError as error:
            found.append(str(error).partition("(")[0])
        else:
            shown = {place: one.values.at(*place) for place in one.values.places()}
            found.append((shown, one.formulas, one.styles))
    assert found[0] == found[1]
