"""A copy of a workbook with some typed cells changed, for engines that are programs."""

from __future__ import annotations

import re
import zipfile
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from xlsxattn.saved import Change, sheet_parts


def write_changed(source: Path, changes: list[Change], target: Path) -> None:
    """A copy of a workbook with some typed cells changed, and without what lies outside of it.

    LibreOffice fetches a picture that is linked, from wherever, while it opens a file. Cells
    that lead somewhere stay, for a program follows those only where it is told to.
    """
    by_sheet: dict[str, list[Change]] = {}
    for change in changes:
        by_sheet.setdefault(change[0], []).append(change)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        parts = sheet_parts(old)
        for name in old.namelist():
            content = old.read(name)
            for sheet, part in parts.items():
                if part == name and sheet in by_sheet:
                    text = content.decode()
                    for _, cell, value in by_sheet[sheet]:
                        text = _replace_cell(text, cell, value)
                    content = text.encode()
            if name.endswith(".rels"):
                content = _without_links(content)
            new.writestr(name, content)


def _without_links(relationships: bytes) -> bytes:
    """Relationships of a part without those that lead out of the file."""
    root = ElementTree.fromstring(relationships)
    outside = [
        one
        for one in root
        if one.get("TargetMode", "").lower() == "external"
        and not one.get("Type", "").endswith("/hyperlink")
    ]
    for one in outside:
        root.remove(one)
    return ElementTree.tostring(root) if outside else relationships


def _replace_cell(xml: str, cell: str, value: float | str) -> str:
    pattern = re.compile(rf'<c r="{cell}"((?: (?!t=)\w+="[^"]*")*)[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
    if isinstance(value, str):
        content = f' t="inlineStr"><is><t>{escape(value, quote=False)}</t></is></c>'
    else:
        content = f"><v>{value!r}</v></c>"
    return pattern.sub(lambda match: f'<c r="{cell}"{match[1]}{content}', xml, count=1)
