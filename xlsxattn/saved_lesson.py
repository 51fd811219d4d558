"""The lesson that a workbook carries, and what else the file says of itself."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from xlsxattn.errors import LessonError
from xlsxattn.lesson import Carried, parse_carried
from xlsxattn.limits import MOST_LESSON

_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"


def properties_of(path: Path) -> dict[str, str]:
    """The custom properties of the file that are texts; none where they cannot be read."""
    with zipfile.ZipFile(path) as archive:
        try:
            root = ElementTree.fromstring(archive.read("docProps/custom.xml"))
        except (KeyError, ElementTree.ParseError):
            return {}
    return {one.get("name", ""): "".join(one.itertext()).strip() for one in root.iter(_PROPERTY)}


def carried_by(path: Path, properties: dict[str, str]) -> Carried | None:
    """The lesson in the workbook's custom XML part, wherever a program has moved it.

    Where a program has dropped it, the one in the properties.
    """
    from xlsxattn.writer import LESSON_NAMESPACE
    from xlsxattn.writer.properties import unpacked

    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not re.fullmatch(r"customXml/item\d+\.xml", name):
                continue
            try:
                root = ElementTree.fromstring(archive.read(name))
            except ElementTree.ParseError:
                continue
            if root.tag == f"{{{LESSON_NAMESPACE}}}lesson":
                return _parsed_lesson(path, root.text or "")
    try:
        lesson = unpacked(properties)
    except ValueError as error:
        raise LessonError(f"{path}: the lesson in the workbook: {error}") from None
    return None if lesson is None else _parsed_lesson(path, lesson)


def _parsed_lesson(path: Path, text: str) -> Carried:
    try:
        if len(text) > MOST_LESSON:
            raise LessonError(
                f"the lesson in the workbook: expected at most {MOST_LESSON} characters, got "
                f"{len(text)}"
            )
        return parse_carried(text)
    except LessonError as error:
        raise LessonError(f"{path}: {error}") from None
