"""A lesson about some sentences, from the request to the text of its file."""

from __future__ import annotations

from xlsxattn.compose import compose
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.layout import lay_out
from xlsxattn.new.claims import claims_of, lesson_of
from xlsxattn.new.draft import Draft
from xlsxattn.new.labelled import LabelledDraft
from xlsxattn.new.labelled_text import labelled_text
from xlsxattn.new.request import Request, require_sizes
from xlsxattn.new.text import text


def new_lesson(request: Request, file: str = "my-lesson.toml") -> str:
    """The text of a lesson file about some sentences; ``file`` is what its comments call it.

    LessonError where the request is wrong or a lesson of these words would be refused.
    """
    require_sizes(request)
    draft = Draft(request, file)
    try:
        return _tried(text(draft, claims_of(draft)), request.language)
    except XlsxattnError as error:
        raise LessonError(str(error)) from None


def new_classifier(draft: LabelledDraft) -> str:
    """The text of a lesson file that learns from labelled sentences.

    LessonError where a lesson of these sentences would be refused.
    """
    try:
        return _tried(labelled_text(draft), draft.request.language)
    except XlsxattnError as error:
        raise LessonError(f"{draft.request.file}: {error}") from None


def _tried(made: str, language: str) -> str:
    """The text of a lesson that was composed and laid out once; an error of ours if it cannot."""
    lay_out(compose(lesson_of(made, language), language))
    return made
