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
from xlsxattn.outline import Band, Block
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
LEAST_STATIONS = 4  # fewer are no way to follow
LETTER = 6.8  # pixels of a character in the role of a station


@dataclass(frozen=True)
class _Station:
    text: str
    shape: Matrix | None
    band: Band

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
        column = LEFT
        for station in self._stations:
            last = self._surface.reach(column, characters(station.said) * LETTER + 16)
            if last > self._surface.last_column:
                break
            area = Area(self._surface.sheet.title, row, column, 1, last - column + 1)
            self._cells.append((station, area))
            column = last + 1
        return self._surface.end_row(row, 15) if self._cells else 0

    def finish(self, headings: Mapping[str, int]) -> None:
        """Write the stations; ``headings`` are the rows of the bands by their keys."""
        sheet = self._surface.sheet
        for station, area in self._cells:
            role, cell = Role("station", station.band.tone), area.part(0, 0)
            values = np.array([[station.said]], dtype=object)
            formula: Any = None
            if station.shape is not None:
                each = station.shape in self._places.arrays
                formula = Formula(cell, (self._formula(station),), each=each)
                role = Role("station", station.band.tone, live=True)
            sheet.runs.append(Run(cell, role, values, formula))
            if fill := ("",) * (area.columns - 1):
                self._surface.texts(area.part(0, 1, 1, len(fill)), fill, role)
            target = Area(sheet.title, headings[station.band.key], LEFT, 1, 1)
            sheet.links.append(Link(cell, target))

    def _formula(self, station: _Station) -> str:
        assert station.shape is not None
        area = self._places.areas[station.shape]
        here = area.sheet == self._surface.sheet.title
        whole = station.shape.name if here else f"{quote_sheet(area.sheet)}!{area.absolute}"
        return f'"{station.text}"&ROWS({whole})&"×"&COLUMNS({whole})'


def _stations(bands: Sequence[Band], names: Mapping[str, str]) -> list[_Station]:
    """The stations that the page has, in its order; none where they are too few."""
    found: list[_Station] = []
    for key, name, shaped in STATIONS:
        band = next((b for b in bands if b.key.split("_head")[0] == key and b.title), None)
        if band is None:
            continue
        node = _first(band) if shaped else None
        arrow = "→ " if found else ""
        found.append(_Station(arrow + names[name] + " " * (node is not None), node, band))
    return found if len(found) >= LEAST_STATIONS else []


def _first(band: Band) -> Matrix | None:
    """The first matrix of a band, the product where its operands stand there too."""
    blocks = [block for lane in band.lanes for block in lane if isinstance(block, Block)]
    products = [block.node for block in blocks if block.above is not None]
    return next(iter([*products, *(block.node for block in blocks)]), None)
