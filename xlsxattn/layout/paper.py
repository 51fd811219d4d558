"""A lesson on paper: the printed page, and sheets for what is larger or is not printed."""

from __future__ import annotations

from xlsxattn.a1 import Area, sheet_title
from xlsxattn.errors import LayoutError
from xlsxattn.layout.one_page import one_page, steps_that_matter
from xlsxattn.layout.page import Page
from xlsxattn.layout.pagination import paginate
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Layout, Neighbours
from xlsxattn.outline import Outline, SheetPlan


def lay_out(content: Outline, number: int = 0, around: Neighbours | None = None) -> Layout:
    """Place an outline on sheets; in a course, under its number and with links to others.

    ``around`` is where the title rows lead. FormulaError or LayoutError where it cannot be done.
    """
    around = around or Neighbours()
    whole, content = content, paginate(content)
    places = Places(content)
    titles = _titles(content, number)
    pages = []
    for name, title in titles.items():
        plan = content.plans.get(name, SheetPlan())
        pages.append(Page(content, places, title, name, plan))
        if plan.filled:
            places.filled.add(title)
    for page in pages:
        page.put(titles, around)
    if content.lesson is not None:
        prefix = f"{number} " if number else ""
        title = sheet_title(prefix + content.texts["interface"]["one_page"], tuple(titles.values()))
        printed = [index for index, page in enumerate(pages) if page.sheet.printed]
        after = printed[-1] + 1
        pages[after:after] = _one_page(whole, content, places, title, around)
    for page in pages:
        page.finish()
    return Layout([page.sheet for page in pages], _names(content, places))


def _one_page(
    whole: Outline, content: Outline, places: Places, title: str, around: Neighbours
) -> list[Page]:
    """The lesson on one page, with as many of the steps that matter as it holds, if any."""
    shown = steps_that_matter(whole)
    own = [band for band in content.bands if not band.sheet]
    while shown:
        for pack in (False, True):
            outline = paginate(one_page(whole, shown, own), pack)
            turned = outline.plans[""].landscape
            plan = SheetPlan(printed=True, landscape=turned, repeated=True)
            page = Page(outline, places, title, "", plan)
            page.put({}, around)
            if not page.sheet.breaks or (pack and len(shown) == 1):
                return [page]
        shown.pop()
    return []


def first_title(title: str, number: int = 0) -> str:
    """What a workbook calls the first sheet of a lesson; in a course, after its number."""
    return sheet_title(f"{number} {title}" if number else title)


def _titles(content: Outline, number: int) -> dict[str, str]:
    """What a workbook calls the page, whose name is empty, and the other sheets."""
    titles = {"": first_title(content.title, number)}
    prefix = f"{number} " if number else ""
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
