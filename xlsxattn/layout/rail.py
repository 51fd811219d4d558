"""The rail at the head of a page: the stations of attention with their shapes, each a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xlsxattn.a1 import Area, quote_sheet
from xlsxattn.expression import Matrix
from xlsxattn.formula import Formula
from xlsxattn.layout.headings import LEFT
from xlsxattn.layout.places import Places
from xlsxattn.layout.sheet import Link, Run
from xlsxattn.layout.surface import Surface
from xlsxattn.outline import Band, Block, Lane
from xlsxattn.style import Role
from xlsxattn.widths import characters

#: The stations: the key of a band, what the rail calls it, and whether with its shape.
STATIONS = (
    ("Vocabulary", "words", False),
    ("X", "X", True),
    ("Q", "Q", True),
    ("Scores", "scores", True),
    ("Scaled", "scaled", False),
    ("Masked", "mask", False),
    ("Exponentials", "softmax", False),
    ("Attention", "weights", True),
    ("Output", "output", True),
)
#: Those that are left out first where there is no room for all.
LEAST = ("Scaled", "Exponentials", "Q", "X")
LEAST_STATIONS = 4  # fewer are no way to follow
LETTER = 6.8  # pixels of a character in the role of a station


@dataclass(frozen=True)
class _Station:
    """A step: where it is told, what it is called, its matrix if that is shown, its tone."""

    key: str
    name: str
    shape: Matrix | None
    tone: str
    first: bool

    @property
    def text(self) -> str:
        return ("" if self.first else "→ ") + self.name + " " * (self.shape is not None)

    @property
    def said(self) -> str:
        return self.text + ("{}×{}".format(*self.shape.shape) if self.shape is not None else "")


class Rail:
    """Puts the rail of a page into one row, once the headings that it leads to have theirs."""

    def __init__(
        self, surface: Surface, places: Places, bands: Sequence[Band], names: Mapping[str, str]
    ) -> None:
        self._surface, self._places = surface, places
        self._stations = _stations(bands, names)
        self._row = 0
        self._cells: list[tuple[_Station, Area]] = []

    def put(self, row: int) -> int:
        """Keep a row for the stations that fit; returns how many rows that takes."""
        self._cells = self._placed(row)
        dropped = iter(LEAST)
        while self._cells and self._cells[-1][1].last_column > self._surface.last_column:
            step = next(dropped, None)
            left = [s for s in self._stations if s.first or s.key.split("_head")[0] != step]
            self._stations = left if step else self._stations[:-1]
            self._cells = self._placed(row)
        return self._surface.end_row(row, 15) if self._cells else 0

    def _placed(self, row: int) -> list[tuple[_Station, Area]]:
        """The stations, each over as many columns as it needs, on the page or beyond."""
        cells, column = [], LEFT
        for station in self._stations:
            last = self._surface.reach(column, characters(station.said) * LETTER + 16)
            area = Area(self._surface.sheet.title, row, column, 1, last - column + 1)
            cells.append((station, area))
            column = last + 1
        return cells

    def finish(self, headings: Mapping[str, int]) -> None:
        """Write the stations; ``headings`` are the rows of the bands by their keys."""
        sheet = self._surface.sheet
        for station, area in self._cells:
            role, cell = Role("station", station.tone), area.part(0, 0)
            values = np.array([[station.said]], dtype=object)
            formula: Any = None
            if station.shape is not None:
                each = station.shape in self._places.arrays
                formula = Formula(cell, (self._formula(station),), each=each)
                role = Role("station", station.tone, live=True)
            sheet.runs.append(Run(cell, role, values, formula))
            if fill := ("",) * (area.columns - 1):
                self._surface.texts(area.part(0, 1, 1, len(fill)), fill, role)
            target = Area(sheet.title, headings[station.key], LEFT, 1, 1)
            sheet.links.append(Link(cell, target))

    def _formula(self, station: _Station) -> str:
        assert station.shape is not None
        area = self._places.areas[station.shape]
        here = area.sheet == self._surface.sheet.title
        whole = station.shape.name if here else f"{quote_sheet(area.sheet)}!{area.absolute}"
        return f'"{station.text}"&ROWS({whole})&"×"&COLUMNS({whole})'


def _stations(bands: Sequence[Band], names: Mapping[str, str]) -> list[_Station]:
    """The stations that the page has, in its order; none where they are too few."""
    told = [one for band in bands for one in _steps(band)]
    found: list[_Station] = []
    for step, name, shaped in STATIONS:
        for key, tone, lanes in told:
            if key.split("_head")[0] == step:
                node = _first(lanes) if shaped else None
                found.append(_Station(key, names[name], node, tone, not found))
                break
    return found if len(found) >= LEAST_STATIONS else []


def _steps(band: Band) -> list[tuple[str, str, list[Lane]]]:
    """The steps of a band that have a heading: key, tone, and lanes of each."""
    second = band.second
    if not band.title:
        return []
    if second is None or not second.key:
        return [(band.key, band.tone, band.lanes)]
    return [
        (band.key, band.tone, band.lanes[: second.lane]),
        (second.key, second.tone, band.lanes[second.lane :]),
    ]


def _first(lanes: Sequence[Lane]) -> Matrix | None:
    """The first matrix of a step, the product where its operands stand there too."""
    blocks = [block for lane in lanes for block in lane if isinstance(block, Block)]
    products = [block.node for block in blocks if block.above is not None]
    return next(iter([*products, *(block.node for block in blocks)]), None)
