"""The JSON Schema of lesson files, made from the format's own structures.

What a key means is said in one place, the tables of ``FORMAT.md``; from there it goes into
the schema, so that an editor shows it where the key is written.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from xlsxattn import lesson as files
from xlsxattn.lesson import Lesson

SCHEMA_FILE = "lesson.schema.json"
GUIDE_FILE = "FORMAT.md"

_SECTION = re.compile(r"^#+ .*?`(?P<path>\[[^`]*\])`", re.MULTILINE)
_KEY = re.compile(r"^\| `(?P<key>\w+)` \| (?P<meaning>.*?) \|", re.MULTILINE)


def guide() -> str:
    """The documentation of lesson files, key by key."""
    return (files.template_folder() / GUIDE_FILE).read_text(encoding="utf-8")


def documented(text: str) -> dict[str, dict[str, str]]:
    """What the tables of the guide say: the meaning of each key of each structure."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^(?=##+ )", text, flags=re.MULTILINE):
        match = _SECTION.match(section)
        struct = struct_at(match["path"]) if match else Lesson
        keys = {m["key"]: m["meaning"] for m in _KEY.finditer(section)}
        if keys:
            found.setdefault(struct.__name__, {}).update(keys)
    return found


def struct_at(heading: str) -> type[files.Table]:
    """The structure that a heading such as ``[[steps]]`` or ``[steps.chart]`` is about."""
    return files.struct_at("." + heading.strip("[]"))


def schema() -> dict[str, Any]:
    """The JSON Schema of a lesson file."""
    made = msgspec.json.schema(Lesson)
    meanings = documented(guide())
    for name, struct in made["$defs"].items():
        struct["description"] = " ".join(struct.get("description", "").replace("``", "`").split())
        for key, content in struct["properties"].items():
            if key in meanings.get(name, {}):
                plain = meanings[name][key].replace("`", "")
                # Beside a reference, draft 7 reads nothing: the text goes around it.
                if "$ref" in content:
                    content = {"allOf": [content]}
                struct["properties"][key] = {"description": plain, **content}
    lesson = made["$defs"].pop("Lesson")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **lesson,
        "title": f"A lesson of xlsxattn, format {files.FORMAT}",
        "$defs": made["$defs"],
    }


def schema_text() -> str:
    """The schema as a file, the same every time."""
    return json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"
