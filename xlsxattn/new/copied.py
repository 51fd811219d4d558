"""A lesson that comes with the package, as a file to start from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from xlsxattn.errors import LessonError
from xlsxattn.lesson import find, lesson_names, template_folder
from xlsxattn.lesson.weights import said_files
from xlsxattn.new.text import head
from xlsxattn.texts import DEFAULT
from xlsxattn.whole import whole_file


def lesson_from(template: str, file: str = "my-lesson.toml", language: str = DEFAULT) -> str:
    """The text of a lesson that comes with the package, commented at its top.

    It is built in the ``language`` where no other is asked for. LessonError where there is no
    such lesson.
    """
    if template not in lesson_names():
        find(Path(template).name or "''")  # says which one may be meant
        raise LessonError(f"--from: expected a lesson of `xlsxattn list`, got {template!r}")
    text = (template_folder() / f"{template}.toml").read_text(encoding="utf-8")
    body = re.sub(r"\A(#.*\n|\s*\n)*format = 1\n", "", text)
    first = head(file, language, f"A copy of the lesson {template}")
    languages = (
        '# Texts stand in braces, one for each language: { en = "…", zh = "…" }. A plain text, as\n'
        '# in title = "My title", serves every language.\n'
    )
    return first.replace("format = 1\n", f"{languages}format = 1\n") + body


def copy_weights(template: str, folder: Path) -> None:
    """Put the files that a template's weights are read from beside a copy of it.

    What lies there already is kept. LessonError where a file cannot be written.
    """
    text = (template_folder() / f"{template}.toml").read_text(encoding="utf-8")
    for name in said_files(tomllib.loads(text)):
        if not (folder / name).exists():
            with whole_file(folder / name, LessonError) as file:
                file.write((template_folder() / name).read_bytes())
