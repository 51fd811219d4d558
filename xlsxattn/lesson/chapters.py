"""The lessons that come with the package, chapter by chapter."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlsxattn.lesson.files import load, template_folder, template_names
from xlsxattn.lesson.format import CHAPTERS, Lesson


@dataclass(frozen=True)
class Chapter:
    """A chapter of the course, and its lessons by their names; those of none have no ``id``."""

    id: str
    lessons: dict[str, Lesson] = field(default_factory=dict)


def chapters(language: str, *, weights: bool = True) -> list[Chapter]:
    """The chapters that have lessons, in the course's order; last the lessons of no chapter.

    Without ``weights`` they are neither drawn nor read. LessonError where a lesson is wrong.
    """
    found = {id_: Chapter(id_) for id_ in (*CHAPTERS, "")}
    for name in template_names():
        lesson = load(template_folder() / f"{name}.toml", language, weights=weights)
        found[lesson.chapter].lessons[name] = lesson
    return [chapter for chapter in found.values() if chapter.lessons]
