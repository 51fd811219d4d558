"""From a lesson to a file: the whole way, in one place."""

from __future__ import annotations

from pathlib import Path

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.errors import FormulaError, LayoutError, LessonError
from xlsxattn.layout import lay_out
from xlsxattn.workbook import save


def build(name: str, path: Path, language: str = "en") -> None:
    """Build the workbook of a lesson, given by a template's name or a TOML file's path.

    Raises LessonError (the lesson is wrong) or WorkbookError (the file cannot be
    written); an existing file is replaced only by a complete one.
    """
    source = files.find(name)
    lesson = files.load(source, language)
    try:
        content = compose(lesson, language)
        layout = lay_out(content)
    except (LessonError, FormulaError, LayoutError) as error:
        raise LessonError(f"{source}: {error}") from None
    save(
        layout,
        path,
        title=content.title,
        subject=content.subtitle,
        language=language,
        lesson=files.carried(lesson, language),
    )
