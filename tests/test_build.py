"""From lessons to files: one lesson, and the course that holds them all."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from conftest import Validate, Workbooks
from tools import assert_recalculated, convert, need, parts

from xlsxattn import lesson as files
from xlsxattn.build import build, prepare
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.texts import languages, texts

every_language = pytest.mark.parametrize("language", languages())


def test_errors_name_the_file(tmp_path: Path) -> None:
    """What is found after the file was read names the file too."""
    path = tmp_path / "own.toml"
    path.write_text('format = 1\ntitle = "T"\n[[steps]]\nname = "Own"\nformula = "Nope"\n')
    with pytest.raises(LessonError, match=r"own\.toml: steps\.Own\.formula: .*Nope"):
        build(str(path), tmp_path / "own.xlsx")
    assert not (tmp_path / "own.xlsx").exists()


# --- the course -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ironcalc", "libreoffice", "gnumeric"])
def test_course_in_engines(name: str, workbooks: Workbooks) -> None:
    """Every engine computes every stored value of the course, whose stored ones are wrong."""
    if name != "ironcalc":
        need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[name])
    values = engine(name)(workbooks.poisoned("course"), [])
    assert_recalculated(workbooks.saved("course"), values)


def test_course_is_well(workbooks: Workbooks) -> None:
    """`check` proves every lesson of the course: the steps and the claims of each."""
    report = workbooks.report("course")
    assert report.problems == []
    assert report.reference == "numpy"
    claims = [claim.name for claim in report.claims]
    lessons = [files.load(files.find(name), "en") for name in files.template_names()]
    assert sorted(claims) == sorted(claim.name for lesson in lessons for claim in lesson.claims)
    sheets = {step.sheet for step in report.steps}
    assert len(sheets) >= len(lessons)


@every_language
def test_course_is_valid(language: str, workbooks: Workbooks, validate: Validate) -> None:
    """Microsoft's Open XML validator finds nothing."""
    assert validate([workbooks.path("course", language)]) == [[]]


@every_language
def test_course_has_every_lesson(language: str, workbooks: Workbooks) -> None:
    """The contents page comes first and leads to the sheet of each lesson."""
    saved = workbooks.saved("course", language)
    contents, *sheets = saved.sheets
    links = links_of_sheet(workbooks.path("course", language), 1)
    assert all(saved.sheets[contents].values[cell] for cell, _ in links)
    targets = [unquoted(target) for _, target in links]
    assert saved.carried is not None
    first = [lesson.sheets[0] for lesson in saved.carried.lessons]
    assert list(dict.fromkeys(targets)) == first
    assert len(first) == len(files.template_names())
    assert set(first) <= set(sheets)


def unquoted(target: str) -> str:
    """The title of the sheet that a link leads to."""
    return re.sub(r"^'(.*)'!.*$", r"\1", target).replace("''", "'")


def links_of_sheet(path: Path, number: int) -> list[tuple[str, str]]:
    """The cells of a sheet with links to places in the workbook, and those places."""
    root = ElementTree.fromstring(parts(path)[f"xl/worksheets/sheet{number}.xml"])
    links = [node for node in root.iter() if node.tag.endswith("}hyperlink")]
    return [(link.get("ref", ""), link.get("location", "")) for link in links]


@every_language
def test_course_leads_on_and_back(language: str, workbooks: Workbooks) -> None:
    """Each sheet leads to the contents, to the next lesson and to the one before."""
    saved = workbooks.saved("course", language)
    assert saved.carried is not None
    contents, *titles = saved.sheets
    lessons = [lesson.sheets for lesson in saved.carried.lessons]
    for number, sheets in enumerate(lessons):
        ways = [contents]
        ways += [lessons[number - 1][0]] if number else []
        ways += [lessons[number + 1][0]] if number + 1 < len(lessons) else []
        for title in sheets:
            place = 2 + titles.index(title)
            links = links_of_sheet(workbooks.path("course", language), place)
            top = [unquoted(target) for cell, target in links if re.fullmatch("[A-Z]+1", cell)]
            assert sorted(top) == sorted(ways), title


@every_language
def test_course_has_chapters(language: str, workbooks: Workbooks) -> None:
    """The contents have the chapters in their order, each over its lessons, with minutes."""
    saved = workbooks.saved("course", language)
    shown = [str(value) for value in next(iter(saved.sheets.values())).values.values()]
    found = files.chapters(language)
    expected = [texts(language)["chapters"][chapter.id] for chapter in found]
    titles = [files.text(le.title, language) for ch in found for le in ch.lessons.values()]
    assert [text for text in shown if text in expected] == expected
    assert [text for text in shown if text in titles] == titles
    minutes = [lesson.minutes for chapter in found for lesson in chapter.lessons.values()]
    assert all(minutes)
    assert [chapter.id for chapter in found] == [
        chapter for chapter in files.CHAPTERS if chapter in {one.id for one in found}
    ]
    assert [name for one in found for name in one.lessons] == files.template_names()


@every_language
def test_course_names_belong_to_sheets(language: str, workbooks: Workbooks) -> None:
    """Lessons that use one name each have it on their own sheet; the workbook has none."""
    saved = workbooks.saved("course", language)
    assert saved.carried is not None
    assert saved.names == {}
    for one in saved.carried.lessons:
        names = saved.names_for(one.sheets)
        content = compose(one.lesson, saved.carried.language)
        assert set(content.nodes) <= set(names)
        assert {names[name].sheet for name in content.nodes} <= set(one.sheets)


def test_course_computes_the_same(workbooks: Workbooks) -> None:
    """A lesson has the same numbers in the course as on its own."""
    saved = workbooks.saved("course")
    assert saved.carried is not None
    for name, one in zip(files.template_names(), saved.carried.lessons, strict=True):
        alone = workbooks.saved(name)
        assert alone.carried is not None
        for here, there in zip(one.sheets, alone.carried.lessons[0].sheets, strict=True):
            ours, theirs = saved.sheets[here].values, alone.sheets[there].values
            numbers = {cell: v for cell, v in ours.items() if isinstance(v, float)}
            assert numbers == {c: v for c, v in theirs.items() if isinstance(v, float)}, name


def test_course_pages(workbooks: Workbooks, tmp_path: Path) -> None:
    """The course prints as many pages as its lessons, which begin where the contents say."""
    need("pdfinfo")
    out = convert([workbooks.path("course")], "pdf", tmp_path)
    command = ["pdftotext", "-layout", str(out / "course-en.pdf"), "-"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said = printed.split("\f")
    entries = re.findall(r"^ +\d+ +(\S.*?)  .* (\d+)$", said[0], re.MULTILINE)
    assert len(entries) == len(files.template_names())
    for title, page in entries:
        assert title in said[int(page) - 1].partition("\n\n")[0], (title, page)
    command = ["pdfinfo", str(out / "course-en.pdf")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages = re.search(r"^Pages:\s+(\d+)$", told, re.MULTILINE)
    assert pages
    sheets = [sheet for layout in prepare(files.COURSE, "en").layouts for sheet in layout.sheets]
    assert int(pages[1]) == sum(len(sheet.breaks) + 1 for sheet in sheets if sheet.printed)


def test_course_is_reproducible(workbooks: Workbooks, tmp_path: Path) -> None:
    """Built twice, the course is the same byte for byte."""
    build("course", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == workbooks.path("course").read_bytes()
