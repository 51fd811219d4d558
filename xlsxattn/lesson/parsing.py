"""TOML content as a lesson, and what is wrong with it in one line that names the place."""

from __future__ import annotations

import datetime
import difflib
import re
from typing import Any, get_args, get_type_hints

import msgspec

from xlsxattn.errors import LessonError
from xlsxattn.lesson.format import FORMAT, IDENTIFIER, Carried, Lesson, Table
from xlsxattn.texts import languages

#: In one workbook; the course has 18.
MOST_LESSONS = 64


def parse_carried(canonical: str) -> Carried:
    """The lesson that a workbook carries; LessonError where it is damaged."""
    try:
        carried = msgspec.json.decode(canonical, type=Carried)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise LessonError(f"the lesson in the workbook: {one_line(str(error))}") from None
    if carried.language not in languages():
        known = " or ".join(languages())
        raise LessonError(
            f"the lesson in the workbook: language: expected {known}, got {carried.language!r}"
        )
    titles = [title for one in carried.lessons for title in one.sheets]
    if len({*titles}) < len(titles) or len(carried.lessons) > MOST_LESSONS:
        raise LessonError(
            f"the lesson in the workbook: expected at most {MOST_LESSONS} lessons, each with "
            f"sheets of its own, got {len(carried.lessons)} on {len({*titles})} sheets"
        )
    return carried


def parse(content: dict[str, Any]) -> Lesson:
    """A lesson from TOML content; LessonError names the place."""
    try:
        if "format" in content and content["format"] != FORMAT:
            raise LessonError(f"format: expected {FORMAT}, got {content['format']!r}")
        return msgspec.convert(content, Lesson)
    except msgspec.ValidationError as error:
        raise LessonError(_explained(_located(str(error), content), content)) from None


def one_line(message: str) -> str:
    return " ".join(message.split())


_PATH = re.compile(r"(?P<message>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(
    r"Expected `(?P<kinds>[^`]*)`(?P<bound> [<>]=? \S+)?(?:, got `(?P<came>[^`]*)`)?$"
)
#: What msgspec calls the kinds of values, and what people do.
_KINDS = {
    "float": "a number", "int": "a whole number", "str": "a text", "array": "a list",
    "object": "a table", "bool": "true or false", "date": "a date", "null": "nothing",
}  # fmt: skip
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>.*)`")


def _explained(message: str, content: dict[str, Any]) -> str:
    """msgspec's message as "place: expected …, got …", with the nearest known key."""
    match = _PATH.match(message)
    assert match
    place = (match["path"] or "").strip(".") or "the lesson"
    reason = one_line(match["message"])
    if match["key"]:
        place = f"a key in {place}"
    unknown = _UNKNOWN.match(reason)
    if unknown:
        known = _keys_at(match["path"] or "")
        nearest = difflib.get_close_matches(unknown["key"], known, 1, 0.5)
        hint = f"{nearest[0]!r}" if nearest else "one of " + ", ".join(known)
        return f"{place}: expected {hint}, got unknown key {unknown['key']!r}"
    if reason.startswith("Object missing required field"):
        return f"{place}: expected {reason.rpartition('field ')[2]}, got no such key"
    if reason.startswith("Invalid enum value"):
        choices = ", ".join(_choices_at(match["path"] or ""))
        return f"{place}: expected one of {choices}, got {reason.rpartition(' ')[2]}"
    plain = _EXPECTED.match(reason)
    if plain:
        return f"{place}: {_plainly(plain, match['path'] or '', content)}"
    if "regex" in reason:
        reason = "expected letters, digits and _, a letter first"
    elif reason == "Number out of range":
        reason = "expected a finite number"
    if " got " not in reason:
        came = _at(match["path"] or "", content)
        wrong = [key for key in came if not re.match(IDENTIFIER, key)] if match["key"] else [came]
        reason += f", got {_shown(wrong[0])}"
    return f"{place}: {reason[:1].lower()}{reason[1:]}"


def _plainly(reason: re.Match[str], path: str, content: dict[str, Any]) -> str:
    """What is expected, and what came, as people say it: a number, without quotes."""
    came = _at(path, content)
    kinds = reason["kinds"].split(" | ")
    expected = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    if reason["bound"]:
        operator, limit = reason["bound"].split()
        least, largest = _range_at(path)
        if least is None or largest is None:
            expected += f" {operator} {float(limit):g}"
        else:
            expected += f" from {least:g} to {largest:g}"
    if "[...]" in path:  # which key of a table it is could not be found
        return f"expected {expected}, got {_KINDS.get(reason['came'], reason['came'])}"
    if isinstance(came, str) and {"float", "int"} & {*kinds}:
        expected += ", without quotes"
    elif kinds == ["str"] and isinstance(came, int | float):
        expected += ", in quotes"
    kind = "a list " if isinstance(came, list) else "a table " if isinstance(came, dict) else ""
    return f"expected {expected}, got {kind}{_shown(came)}"


def _shown(came: object) -> str:
    if isinstance(came, bool):
        return "true" if came else "false"
    if isinstance(came, datetime.date | datetime.time):
        return came.isoformat()
    try:
        return repr(came)[:60]
    except ValueError:  # more digits than Python writes
        return "a number too long"


def _at(path: str, content: dict[str, Any]) -> Any:
    """What stands at a path such as ``.steps[0].name``, as far as it is known."""
    inner: Any = content
    while path and not path.startswith("[...]"):
        if isinstance(inner, list):
            index, _, path = path.removeprefix("[").partition("]")
            inner = inner[int(index)]
        else:  # a key may hold anything, such as a dot
            key = max((key for key in inner if path.startswith(f".{key}")), key=len)
            path = path[len(key) + 1 :]
            inner = inner[key]
    return inner


def _located(message: str, content: dict[str, Any]) -> str:
    """The message with the keys of tables where msgspec writes only ``[...]``."""
    match = _PATH.match(message)
    path = located = (match and match["path"]) or ""
    while "[...]" in located:
        key = _failing(_at(located.partition("[...]")[0], content), message, content)
        if key is None:
            break
        located = located.replace("[...]", f".{key}", 1)
    return message.replace(path, located) if path else message


def _failing(table: dict[str, Any], message: str, content: dict[str, Any]) -> str | None:
    """The key of a table in the content that the message is about; the others are taken out."""
    for key, value in list(table.items()):
        table.clear()
        table[key] = value
        try:
            msgspec.convert(content, Lesson)
        except msgspec.ValidationError as error:
            if str(error) == message:
                return key
    return None


def _range_at(path: str) -> tuple[float | None, float | None]:
    """The least and the largest number that the format accepts at a path, where there are any."""
    parent, _, name = path.rpartition(".")
    hint = get_type_hints(struct_at(parent), include_extras=True).get(name)
    metas = [one for one in get_args(hint) if isinstance(one, msgspec.Meta)]
    return (metas[0].ge, metas[0].le) if metas else (None, None)


def _choices_at(path: str) -> list[str]:
    """The values that the format accepts at a path such as ``.attention.scores``."""
    parent, _, name = path.rpartition(".")
    hint = get_type_hints(struct_at(parent)).get(name.partition("[")[0])
    return [repr(choice) for choice in get_args(hint) if choice != ""]


def _keys_at(path: str) -> list[str]:
    """The keys that the format knows at a path such as ``.contexts[0]``."""
    return list(struct_at(path).__struct_encode_fields__)


def struct_at(path: str) -> type[Table]:
    """The structure of the format at a path."""
    struct: type[Table] = Lesson
    for part in re.findall(r"\.(\w+)", path):
        hint = get_type_hints(struct).get(part)
        inner = [hint, *get_args(hint), *(a for h in get_args(hint) for a in get_args(h))]
        found = [h for h in inner if isinstance(h, type) and issubclass(h, Table)]
        struct = found[0] if found else struct
    return struct
