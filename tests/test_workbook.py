"""Saved files: reproducible, whole or not at all, valid, and saying what they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
from conftest import Validate, Workbooks
from tools import (
    SMALL,
    build_text,
    cell_of,
    computed_cells,
    need,
    parts,
    poison,
    replaced,
    values_of,
)

from xlsxattn.a1 import Area, is_legal_name
from xlsxattn.build import build
from xlsxattn.engines import engine
from xlsxattn.errors import LayoutError, WorkbookError
from xlsxattn.formula import Formula
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.saved import read, read_values
from xlsxattn.style import Role
from xlsxattn.texts import texts
from xlsxattn.writer import cells, workbook

HOSTILE = (
    "=1+1", "+x", "-x", "@x", "'x", '"x"', "<&>", "😀", "狗", "שלום", "1", "1e5", "TRUE",
    "#N/A", ">5", "{=1}", "a b", " x ", "%s", "&amp;", "e\u0301", "a|b",
)  # fmt: skip


# --- reproducible ---------------------------------------------------------------------


def test_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Built again, years later and in another folder, a file is the same byte for byte."""
    build("mouse", tmp_path / "one.xlsx")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3e8)
    moved = time.gmtime(now + 3e8)
    monkeypatch.setattr(time, "localtime", lambda *_: moved)
    monkeypatch.setattr(time, "gmtime", lambda *_: moved)
    build("mouse", tmp_path / "other" / "folder" / "two.xlsx")
    first = (tmp_path / "one.xlsx").read_bytes()
    assert first == (tmp_path / "other" / "folder" / "two.xlsx").read_bytes()


def test_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Neither the order of sets nor the place and the time zone of a process shows."""
    contents = []
    for number, zone in enumerate(("UTC", "Asia/Shanghai")):
        folder = tmp_path / zone.replace("/", "-")
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": str(number), "TZ": zone}
        command = [sys.executable, "-m", "xlsxattn", "build", "mouse", "-o", "mouse.xlsx"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        contents.append((folder / "mouse.xlsx").read_bytes())
    assert contents[0] == contents[1]


def test_no_trace_of_the_machine(tmp_path: Path) -> None:
    """No part holds the date of the build, the folder or the name of the lesson's file."""
    path = build_text(SMALL, tmp_path / "quizzical.xlsx")
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
    for name, content in parts(path).items():
        assert b"quizzical" not in content, name
        assert str(tmp_path).encode() not in content, name


# --- values ---------------------------------------------------------------------------


def test_every_formula_has_a_value(mouse: Path) -> None:
    """Every formula cell carries a number or a text; the cells of an array do too.

    An empty text is the result of a formula that says so, as the arrows of a board do.
    """
    saved = read(mouse)
    cells = computed_cells(saved)
    assert len(cells) > 400
    for sheet, cell in cells:
        value = saved.sheets[sheet].values.get(cell)
        empty_text = '""' in saved.sheets[sheet].formulas.get(cell, "")
        assert isinstance(value, float) or (isinstance(value, str) and (value or empty_text))


def test_values_are_exact(tmp_path: Path) -> None:
    """A stored number reads back as the double that was computed, to the last bit."""
    area = Area("S", 1, 1, 1, 4)
    values = np.array([[0.1 + 0.2, 1 / 3, 1e-300, -(2.0**53)]])
    sheet = Sheet("S", [Run(area, Role("value"), values)], last_row=1, last_column=4)
    path = save(Layout([sheet], {"Numbers": area}), tmp_path / "exact.xlsx")
    assert values_of(read_values(path), area) == values.tolist()


def save(layout: Layout, path: Path) -> Path:
    workbook.save([layout], path, title="T", subject="S", language="en")
    return path


def one_cell(value: float) -> Layout:
    area = Area("S", 1, 1, 1, 1)
    run = Run(area, Role("value"), np.array([[value]]), Formula(area, ("1+1",), array=False))
    return Layout([Sheet("S", [run], last_row=1, last_column=1)], {})


def test_one_content_a_cell(tmp_path: Path) -> None:
    """Two contents for one cell are refused, with the sheet and the cell."""
    layout = one_cell(2.0)
    layout.sheets[0].runs *= 2
    with pytest.raises(LayoutError, match="sheet 'S', A1: expected one content"):
        save(layout, tmp_path / "twice.xlsx")
    assert list(tmp_path.iterdir()) == []


# --- whole or not at all --------------------------------------------------------------


@pytest.mark.parametrize("exception", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_midway(
    exception: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails midway the old file stays as it was, and nothing else is left."""
    target = tmp_path / "mouse.xlsx"
    target.write_bytes(b"the old one")

    def fail(*_: object) -> str:
        raise exception

    monkeypatch.setattr(cells, "_typed", fail)
    expected = WorkbookError if isinstance(exception, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        build("mouse", target)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_replaces_an_old_file(tmp_path: Path) -> None:
    """A complete file takes the place of an old one, with ordinary permissions."""
    target = tmp_path / "small.xlsx"
    target.write_bytes(b"the old one")
    build_text(SMALL, target)
    assert read(target).names
    if os.name == "posix":
        (tmp_path / "plain").touch()
        assert target.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert {path.name for path in tmp_path.iterdir()} <= {"small.xlsx", "small.toml", "plain"}


def test_unwritable_place(tmp_path: Path) -> None:
    """A place where no file can be is one WorkbookError that names it."""
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "folder.xlsx").mkdir()
    for place in ("file/mouse.xlsx", "folder.xlsx"):
        with pytest.raises(WorkbookError, match=f"{place}: expected a place to write") as caught:
            build("mouse", tmp_path / place)
        assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.xlsx"}
    assert list((tmp_path / "folder.xlsx").iterdir()) == []


# --- what the file says about itself --------------------------------------------------


@pytest.mark.parametrize(
    ("language", "title"), [("en", "One word, two contexts"), ("zh", "一个词，两种语境")]
)
def test_properties(language: str, title: str, tmp_path: Path) -> None:
    """Title, subject and language of the document, for libraries and screen readers."""
    build("mouse", tmp_path / "mouse.xlsx", language)
    properties = openpyxl.load_workbook(tmp_path / "mouse.xlsx").properties
    assert properties.title == title
    assert properties.subject
    assert properties.language == language
    assert properties.creator == "xlsxattn"


def test_charts_have_alternatives(mouse: Path) -> None:
    """Each chart has an alternative text, and both axes are shown."""
    drawings = [c for n, c in parts(mouse).items() if n.startswith("xl/drawings/drawing")]
    frames = [
        node
        for drawing in drawings
        for node in ElementTree.fromstring(drawing).iter()
        if node.tag.endswith("}cNvPr")
    ]
    assert frames
    assert all((node.get("descr") or "").startswith("Bar chart") for node in frames)
    charts = [c for name, c in parts(mouse).items() if name.startswith("xl/charts/chart")]
    assert len(charts) == len(frames)
    for chart in charts:
        assert chart.count(b'<delete val="0"') == 2


def test_charts_keep_their_values(mouse: Path) -> None:
    """A chart stores its numbers, for programs that draw without computing."""
    chart = next(c for n, c in parts(mouse).items() if n.startswith("xl/charts/chart"))
    namespace = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
    tree = ElementTree.fromstring(chart)
    caches = [
        [float(v.text or "") for v in cache.iter(f"{namespace}v")]
        for cache in tree.iter(f"{namespace}numCache")
    ]
    saved = read(mouse)
    meaning = values_of({t: s.values for t, s in saved.sheets.items()}, saved.names["Meaning"])
    assert caches == [row[:2] for row in meaning]


def test_words_are_chosen_from_lists(mouse: Path) -> None:
    """Each word of a sentence and of an inspector has a list of the words that fit."""
    saved = read(mouse)
    sheet = openpyxl.load_workbook(mouse).worksheets[0]
    lists = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    vocabulary = saved.names["Vocabulary_words"].absolute
    for name, source in (
        ("Words_cat", vocabulary),
        ("Words_keyboard", vocabulary),
        ("Inspected_query_cat", saved.names["Words_cat"].absolute),
        ("Inspected_key_keyboard", saved.names["Words_keyboard"].absolute),
    ):
        validation = lists[saved.names[name].relative]
        assert validation.type == "list"
        assert validation.formula1 == source
        assert validation.showErrorMessage


def test_switches_are_chosen_from_lists(tmp_path: Path) -> None:
    """A number with choices has a list of them."""
    path = build_text(SMALL, tmp_path / "small.xlsx")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists[read(path).names["rate"].relative] == '"0.5,1"'


def test_choices_keep_their_digits(tmp_path: Path) -> None:
    """A large number and a small one stand in the list as they are."""
    text = replaced("choices = [0.5, 1.0]", "choices = [0.5, 1048576, 0.0000123]")
    sheet = openpyxl.load_workbook(build_text(text, tmp_path / "a.xlsx")).worksheets[0]
    lists = [v.formula1 for v in sheet.data_validations.dataValidation]
    assert '"0.5,1048576,0.0000123"' in lists


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_typed_cell_refuses_something(language: str, tmp_path: Path) -> None:
    """Numbers of a range, numbers of any size, choices and words: each with a sentence."""
    text = replaced("heads = 1", 'mask = "window"', SMALL)
    path = build_text(text, tmp_path / "small.xlsx", language)
    names = read(path).names
    sheet = openpyxl.load_workbook(path).worksheets[0]
    found = {
        area: v for v in sheet.data_validations.dataValidation for area in str(v.sqref).split()
    }
    said = texts(language)["refusals"]
    for name, kind, accepted, message in (
        ("Temperature", "decimal", ("0.01", "100"), said["range"].format("0.01", "100")),
        ("Window", "whole", ("0", "1024"), said["whole"].format("0", "1024")),
        ("Vocabulary", "decimal", ("-1000000000000000", "1000000000000000"), said["number"]),
        ("W_Q", "decimal", ("-1000000000000000", "1000000000000000"), said["number"]),
        ("rate", "list", ('"0.5,1"', None), said["choice"]),
        ("Words", "list", (names["Vocabulary_words"].absolute, None), said["word"]),
    ):
        validation = found[names[name].relative]
        assert validation.type == kind
        assert (validation.formula1, validation.formula2) == accepted
        assert (validation.error, validation.errorTitle) == (message, said["title"])
        assert validation.showErrorMessage and not validation.allow_blank
        assert not validation.prompt
    assert found[names["Vocabulary"].relative] is found[names["W_Q"].relative]


def test_limits_of_a_lesson(workbooks: Workbooks) -> None:
    """A number with limits of its own takes no other."""
    path = workbooks.path("explanation")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    found = {str(v.sqref): v for v in sheet.data_validations.dataValidation}
    validation = found[read(path).names["t"].relative]
    assert (validation.type, validation.formula1, validation.formula2) == ("decimal", "0", "1")


def test_names_of_the_contract(mouse: Path, tmp_path: Path) -> None:
    """Names are those that others rely on; one context has no suffix."""
    steps = ("X", "Scores", "Scaled", "RowMax", "Exponentials", "RowSum", "Attention", "Output")
    names = read(mouse).names
    assert {f"{step}_{context}" for step in steps for context in ("cat", "keyboard")} <= set(names)
    assert {"Vocabulary", "Words_cat", "Temperature", "Claim_swap"} - set(names) == {"Claim_swap"}
    assert "Claim_same_input" in names
    assert all(is_legal_name(name) for name in names)
    single = read(build_text(SMALL, tmp_path / "single.xlsx")).names
    assert {*steps, "W_Q", "Q", "Words", "rate", "Twice", "Claim_sums"} <= set(single)
    assert not [name for name in single if name.endswith("_one")]


def test_sheet_set_up(mouse: Path) -> None:
    """A4, a scale of its own, no gridlines, the title frozen, page numbers in the footer."""
    sheet = openpyxl.load_workbook(mouse).worksheets[0]
    assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
    assert 10 <= sheet.page_setup.scale <= 100
    assert not sheet.sheet_view.showGridLines
    assert sheet.freeze_panes == "A2"
    assert "&P" in sheet.oddFooter.right.text
    assert sheet.print_area


def test_styles_for_the_validator(mouse: Path) -> None:
    """The children of every font stand in the schema's order."""
    order = ["b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign"]
    order += ["sz", "color", "name", "family", "charset", "scheme"]
    fonts = re.findall(r"<font>(.*?)</font>", parts(mouse)["xl/styles.xml"].decode())
    assert len(fonts) > 5
    for font in fonts:
        positions = [order.index(tag) for tag in re.findall(r"<(\w+)[ />]", font) if tag in order]
        assert positions == sorted(positions)


# --- hostile words --------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lesson whose words, labels and titles look like formulas, numbers and markup."""
    words = "\n".join(
        f"{json.dumps(w, ensure_ascii=False)} = [{i}.0, 0.25]" for i, w in enumerate(HOSTILE)
    )
    sentence = json.dumps(list(HOSTILE), ensure_ascii=False)
    text = replaced("cat = [2.0, 0.0]\ndog = [1.5, 0.25]\nmouse = [1.0, 1.0]", words)
    text = replaced('["cat", "dog", "mouse"]', sentence, text)
    text = replaced('{ en = "Two words", zh = "两个词" }', '"=1+1 <&> [a]:*?/\\\\ &P"', text)
    text = replaced('"one line"', '"=2+2"', text)
    text = replaced('{ en = "animal", zh = "动物" }', '"=3+3"', text)
    text = replaced('title = "Bars"', 'title = "=4+4 <&>"', text)
    text = replaced('"Two bars."', '"\\"<&>\\" =5+5"', text)
    text += f"[attention.inspector]\nquery = {json.dumps(HOSTILE[0])}\nkey = '>5'\n"
    return build_text(text, tmp_path_factory.mktemp("hostile") / "hostile.xlsx")


@pytest.mark.parametrize(
    ("name", "program"), [("ironcalc", ""), ("libreoffice", "soffice"), ("gnumeric", "ssconvert")]
)
def test_hostile_words(name: str, program: str, hostile: Path, tmp_path: Path) -> None:
    """Every word is shown as that word in every engine, also where a formula repeats it."""
    if program:
        need(program)
    saved = read(hostile)
    values = engine(name)(poison(hostile, tmp_path / "poisoned.xlsx"), [])
    for area in (saved.names["Words"], saved.names["Vocabulary_words"]):
        assert [row[0] for row in values_of(values, area)] == list(HOSTILE)
    attention = saved.names["Attention"]
    above = Area(attention.sheet, attention.row - 1, attention.column, 1, len(HOSTILE))
    beside = Area(attention.sheet, attention.row, attention.column - 1, len(HOSTILE), 1)
    assert values_of(values, above) == [list(HOSTILE)]
    assert [row[0] for row in values_of(values, beside)] == list(HOSTILE)
    looked_up = values_of(values, saved.names["X"])
    assert [row[0] for row in looked_up] == [float(i) for i in range(len(HOSTILE))]
    assert values_of(values, saved.names["Inspected_query_row"]) == [[0.0, 0.25]]
    assert values_of(values, saved.names["Inspected_key_row"]) == [[14.0, 0.25]]
    texts = {v for sheet in values.values() for v in sheet.values() if isinstance(v, str)}
    assert {"=2+2", "=3+3", "=1+1 <&> [a]:*?/\\ &P"} <= texts


def test_hostile_words_are_no_formulas(hostile: Path) -> None:
    """No word has become a formula in the file, and openpyxl reads each as it is."""
    sheet = openpyxl.load_workbook(hostile).worksheets[0]
    _, first = cell_of(hostile, "Vocabulary_words")
    assert sheet[first].data_type == "s"
    assert sheet[first].value == "=1+1"


def test_hostile_workbook_is_valid(hostile: Path, validate: Validate) -> None:
    """Microsoft's Open XML validator finds nothing."""
    assert validate([hostile]) == [[]]
