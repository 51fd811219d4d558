"""From a lesson to a file, and from all lessons to the course: the whole way, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xlsxattn import lesson as files
from xlsxattn.a1 import sheet_title
from xlsxattn.compose import compose
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.layout import Layout, lay_out
from xlsxattn.layout.contents import Entry, contents_page
from xlsxattn.lesson import Carried, CarriedLesson, Lesson
from xlsxattn.outline import Outline
from xlsxattn.style import PAPER
from xlsxattn.texts import texts
from xlsxattn.writer import save


@dataclass
class Prepared:
    """A workbook that is complete but for its file."""

    layouts: list[Layout]
    title: str
    subject: str
    language: str
    lessons: list[CarriedLesson]


def build(name: str, path: Path, language: str = "en", paper: str = PAPER) -> None:
    """Build the workbook of a lesson (a template's name or a TOML file), or the course.

    Raises LessonError (the lesson is wrong) or WorkbookError (the file cannot be
    written); an existing file is replaced only by a complete one.
    """
    write(prepare(name, language), path, paper)


def prepare(name: str, language: str = "en") -> Prepared:
    """Everything of a lesson's workbook, or the course's; LessonError where it is wrong."""
    if name == files.COURSE:
        return _prepare_course(language)
    lesson, content, layout = _laid_out(files.find(name), language)
    carried = _carried(lesson, layout)
    return Prepared([layout], content.title, content.subtitle, language, [carried])


def write(prepared: Prepared, path: Path, paper: str = PAPER) -> None:
    """Write the file, set up for a paper; WorkbookError where it cannot be written."""
    carried = Carried(prepared.title, prepared.language, prepared.lessons)
    save(
        prepared.layouts,
        path,
        title=prepared.title,
        subject=prepared.subject,
        language=prepared.language,
        lesson=carried.canonical(),
        paper=paper,
    )


def _prepare_course(language: str) -> Prepared:
    """The one workbook that holds every lesson, with a contents page and links."""
    course: dict[str, str] = texts(language)["course"]
    contents = sheet_title(course["contents"])
    entries, layouts, carried = [], [], []
    for number, name in enumerate(files.template_names(), 1):
        source = files.template_folder() / f"{name}.toml"
        lesson, content, layout = _laid_out(source, language, number, contents)
        summary = files.text(lesson.summary, language) or content.subtitle
        entries.append(Entry(number, content.title, summary, layout.sheets[0].title))
        layouts.append(layout)
        carried.append(_carried(lesson, layout))
    page = contents_page(contents, course["title"], course["subtitle"], entries, language)
    return Prepared([page, *layouts], course["title"], course["subtitle"], language, carried)


def _laid_out(
    source: Path, language: str, number: int = 0, contents: str = ""
) -> tuple[Lesson, Outline, Layout]:
    """A lesson, its outline and its layout; every error names the file."""
    lesson = files.load(source, language)
    try:
        content = compose(lesson, language)
        return lesson, content, lay_out(content, number, contents)
    except XlsxattnError as error:
        raise LessonError(f"{source}: {error}") from None


def _carried(lesson: Lesson, layout: Layout) -> CarriedLesson:
    return CarriedLesson([sheet.title for sheet in layout.sheets], lesson)
