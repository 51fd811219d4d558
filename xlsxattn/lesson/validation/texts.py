"""Texts of a lesson: in the language, without what a cell cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import LocalText, Table

# What XML 1.0 cannot hold, and what breaks a line inside a cell.
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_TEXT = 1000
# What a spreadsheet program shows as another character: _x0041_ becomes A.
_ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")


def validate_texts(value: Any, place: str, language: str) -> None:
    """Every text has the language, and no text has a control character."""
    if isinstance(value, str):
        if match := CONTROL.search(value):
            raise LessonError(
                f"{place}: expected text without control characters, "
                f"got {match.group()!r} in {value[:40]!r}"
            )
        if match := _ESCAPE.search(value):
            raise LessonError(
                f"{place}: expected text without {match.group()}, which Excel shows as another "
                f"character, got {value[:40]!r}"
            )
        if len(value) > MAX_TEXT:
            raise LessonError(f"{place}: expected at most {MAX_TEXT} characters, got {len(value)}")
    elif isinstance(value, Table):
        hints = get_type_hints(type(value), include_extras=True)
        keys = value.__struct_encode_fields__
        for field, key in zip(value.__struct_fields__, keys, strict=True):
            inner = getattr(value, field)
            here = f"{place}.{key}".lstrip(".")
            for where, content in _local_texts(hints[field], inner, here):
                _validate_local(content, where, language)
            validate_texts(inner, here, language)
    elif isinstance(value, dict):
        for key, inner in value.items():
            validate_texts(key, f"a key in {place}", language)
            validate_texts(inner, f"{place}.{key}", language)
    elif isinstance(value, list) and value and not isinstance(value[0], float):
        for index, inner in enumerate(value):
            name = getattr(inner, "name", None) or getattr(inner, "id", None)
            validate_texts(inner, f"{place}.{name}" if name else f"{place}[{index}]", language)


def _local_texts(hint: Any, value: Any, place: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The texts of a field that are given by language, alone, in lists or in tables."""
    if hint == LocalText:
        if isinstance(value, dict):
            yield place, value
    elif isinstance(value, list) and (kind := _of_kind(hint, list)):
        for number, one in enumerate(value):
            yield from _local_texts(get_args(kind)[0], one, f"{place}[{number}]")
    elif isinstance(value, dict) and (kind := _of_kind(hint, dict)):
        for key, one in value.items():
            yield from _local_texts(get_args(kind)[1], one, f"{place}.{key}")


def _of_kind(hint: Any, kind: type) -> Any:
    """The part of a hint such as ``list[…] | dict[…]`` that is of a kind."""
    return next((one for one in (hint, *get_args(hint)) if get_origin(one) is kind), None)


def _validate_local(content: dict[str, str], place: str, language: str) -> None:
    unknown = [key for key in content if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", key)]
    if unknown:
        raise LessonError(f"{place}: expected languages such as en, got {unknown[0]!r}")
    if language not in content:
        raise LessonError(
            f"{place}: expected a text in {language!r}, got {', '.join(content) or 'none'}"
        )
