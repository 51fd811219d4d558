"""A lesson on paper: the printed page, and sheets for what is larger or is not printed."""

from __future__ import annotations

from xlsxattn.a1 import Area, sheet_title
from xlsxattn.errors import LayoutError
from xlsxattn.layout.page import Page
from xlsxattn.layout.pagination import paginate
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Layout
from xlsxattn.outline import Outline, SheetPlan


def lay_out(content: Outline, number: int = 0, contents: str = "") -> Layout:
    """Place an outline on sheets; in a course, under its number and with a way back.

    ``contents`` is the sheet that the title row leads back to, where there is one.
    FormulaError or LayoutError where it cannot be done.
    """
    content = paginate(content)
    places = Places(content)
    titles = _titles(content, f"{number} " if number else "")
    pages = []
    for name, title in titles.items():
        plan = content.plans.get(name, SheetPlan(printed=not name))
        pages.append(Page(content, places, title, name, plan))
        if plan.filled:
            places.filled.add(title)
    for page in pages:
        page.put(titles, contents)
    for page in pages:
        page.finish()
    return Layout([page.sheet for page in pages], _names(content, places))


def _titles(content: Outline, prefix: str) -> dict[str, str]:
    """What a workbook calls the page, whose name is empty, and the other sheets."""
    titles = {"": sheet_title(prefix + content.title)}
    for band in content.bands:
        if band.sheet not in titles:
            titles[band.sheet] = sheet_title(prefix + band.sheet, tuple(titles.values()))
    return titles


def _names(content: Outline, places: Places) -> dict[str, Area]:
    """Where the named nodes are; LayoutError where one of them has no place."""
    names = {node.name: area for node, area in places.areas.items() if node.name}
    missing = [name for name in content.nodes if name not in names]
    if missing:
        raise LayoutError(f"{missing[0]}: expected a place on the page, got none")
    return names
