"""The words of a workbook that do not come from a lesson: one TOML file per language.

A file more in this folder is a language more: nothing else lists them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from xlsxattn.errors import LessonError

FOLDER = Path(__file__).parent
#: The language of a page where none is asked for, and the model of every other file.
DEFAULT = "en"


def languages() -> tuple[str, ...]:
    """The languages that a workbook can be built in: one for each file of this folder."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of one language, by section and key.

    LessonError for a language that there is no file of. It names the first key that the
    language lacks, or has and English has not, and the first text whose places for a word,
    ``{}``, are not those of the English one.
    """
    import tomllib  # not needed for --help

    if language not in languages():  # it may come out of a workbook, and be any text
        raise LessonError(f"language: expected {' or '.join(languages())}, got {language!r}")
    path = FOLDER / f"{language}.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LessonError(f"{path.name}: expected TOML, got {error}") from None
    if language != DEFAULT:
        _require_same_keys(_flat(content), _flat(texts(DEFAULT)), path.name)
    return content


def _flat(content: dict[str, Any], place: str = "") -> dict[str, Any]:
    """Every text by its dotted key."""
    found: dict[str, Any] = {}
    for key, inner in content.items():
        here = f"{place}.{key}".lstrip(".")
        found |= _flat(inner, here) if isinstance(inner, dict) else {here: inner}
    return found


def _require_same_keys(found: dict[str, Any], model: dict[str, Any], file: str) -> None:
    for key in model:
        if not isinstance(found.get(key), str):
            raise LessonError(f"{file}: {key}: expected a text, got {found.get(key, 'none')}")
        if found[key].count("{}") != model[key].count("{}"):
            raise LessonError(
                f"{file}: {key}: expected {model[key].count('{}')} of {{}}, got {found[key]!r}"
            )
    unknown = [key for key in found if key not in model]
    if unknown:
        raise LessonError(f"{file}: expected the keys of {DEFAULT}.toml, got {unknown[0]}")
