"""From a lesson to a file, and from all lessons to the course: the whole way, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xlsxattn import lesson as files
from xlsxattn.a1 import sheet_title
from xlsxattn.compose import compose
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.layout import Layout, Neighbours, first_title, lay_out
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


def build(
    name: str, path: Path, language: str = "", paper: str = PAPER, tokens: int | None = None
) -> None:
    """Build the workbook of a lesson (a template's name or a TOML file), or the course.

    Without a ``language``, it is built in the lesson's own; ``tokens`` is how many it has.
    Raises LessonError (the lesson is wrong) or WorkbookError (the file cannot be
    written); an existing file is replaced only by a complete one.
    """
    write(prepare(name, language, tokens), path, paper)


def prepare(name: str, language: str = "", tokens: int | None = None) -> Prepared:
    """Everything of a lesson's workbook, or the course's; LessonError where it is wrong."""
    language = language or files.language_of(name)
    if name == files.COURSE:
        if tokens is not None:
            raise LessonError("course: expected no tokens, which only some lessons have, got some")
        return _prepare_course(language)
    source = files.find(name)
    lesson = files.load(source, language, tokens=tokens)
    content = _composed(lesson, str(source), language)
    layout = _laid_out(content, str(source))
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
        kind="lesson",
        lesson=carried.canonical(),
        paper=paper,
    )


def _prepare_course(language: str) -> Prepared:
    """The one workbook that holds every lesson, with a contents page and links."""
    course: dict[str, str] = texts(language)["course"]
    told = [
        (name, lesson, _composed(lesson, name, language))
        for chapter in files.chapters(language)
        for name, lesson in chapter.lessons.items()
    ]
    page, *layouts = _course_layouts(told, language)
    carried = [
        _carried(lesson, layout) for (_, lesson, _), layout in zip(told, layouts, strict=True)
    ]
    return Prepared([page, *layouts], course["title"], course["subtitle"], language, carried)


def layouts_of(carried: Carried, outlines: list[Outline]) -> list[Layout]:
    """The layouts of the workbook that would be written from carried lessons."""
    if len(outlines) == 1:
        return [_laid_out(outlines[0], outlines[0].title)]
    told = [
        (outline.title, one.lesson, outline)
        for one, outline in zip(carried.lessons, outlines, strict=True)
    ]
    return _course_layouts(told, carried.language)


def _course_layouts(told: list[tuple[str, Lesson, Outline]], language: str) -> list[Layout]:
    """The contents page and every lesson, each with links to those around it."""
    contents = sheet_title(texts(language)["course"]["contents"])
    sheets = [first_title(content.title, number) for number, (_, _, content) in enumerate(told, 1)]
    entries, layouts = [], []
    for number, (name, lesson, content) in enumerate(told, 1):
        around = Neighbours(contents, ["", *sheets][number - 1], [*sheets, ""][number])
        layout = _laid_out(content, name, number, around)
        summary = files.text(lesson.summary, language) or content.subtitle
        pages = sum(sheet.pages for sheet in layout.sheets)
        entries.append(
            Entry(number, content.title, summary, sheets[number - 1], lesson.chapter,
                  lesson.minutes, pages)
        )  # fmt: skip
        layouts.append(layout)
    return [contents_page(contents, entries, language, _others(language)), *layouts]


def _others(language: str) -> list[Entry]:
    """The lessons that are workbooks of their own, to which the contents point."""
    found = []
    for name in files.names_alone():
        lesson = files.load(files.find(name), language, weights=False)
        title, shows = (files.text(one, language) for one in (lesson.title, lesson.summary))
        found.append(Entry(0, title, f"xlsxattn build {name}: {shows}", "", "", lesson.minutes, 0))
    return found


def _composed(lesson: Lesson, source: str, language: str) -> Outline:
    """The outline of a lesson; every error names where it comes from."""
    try:
        return compose(lesson, language)
    except XlsxattnError as error:
        raise LessonError(f"{source}: {error}") from None


def _laid_out(
    content: Outline, source: str, number: int = 0, around: Neighbours | None = None
) -> Layout:
    """The layout of an outline; every error names where it comes from."""
    try:
        return lay_out(content, number, around)
    except XlsxattnError as error:
        raise LessonError(f"{source}: {error}") from None


def _carried(lesson: Lesson, layout: Layout) -> CarriedLesson:
    return CarriedLesson([sheet.title for sheet in layout.sheets], lesson)
