"""A lesson about some sentences, from the request to the text of its file."""

from __future__ import annotations

from xlsxattn.compose import compose
from xlsxattn.errors import LessonError, XlsxattnError
from xlsxattn.layout import lay_out
from xlsxattn.new.claims import claims_of, lesson_of
from xlsxattn.new.draft import Draft
from xlsxattn.new.request import Request, require_sizes
from xlsxattn.new.text import text


def new_lesson(request: Request, file: str = "my-lesson.toml") -> str:
    """The text of a lesson file about some sentences; ``file`` is what its comments call it.

    LessonError where the request is wrong or a lesson of these words would be refused.
    """
    require_sizes(request)
    draft = Draft(request, file)
    try:
        made = text(draft, claims_of(draft))
        lay_out(compose(lesson_of(made, request.language), request.language))
    except XlsxattnError as error:
        raise LessonError(str(error)) from None
    return made
