"""Sheets that are complete but for the file format: what a layout is, for whoever writes it.

No mathematics and no decisions: contents in areas, and all that stands around them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

from xlsxattn.a1 import Area
from xlsxattn.formula import Formula
from xlsxattn.style import Role


class Rows(Protocol):
    """Values that are read some rows at a time: an ndarray, a memory-mapped file, or any
    object of one's own that makes rows when it is asked for them.

    ``values[3:5]`` are rows 3 and 4 (from 0) as an ndarray of all columns; slices are asked
    for from the first row to the last, each row once, and have no step.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """How many rows and columns there are."""

    def __getitem__(self, rows: slice, /) -> Any:
        """Some rows."""


@dataclass
class Run:
    """What stands in an area, in one role: values, and the formula that gives them.

    Without a formula the values are typed: numbers, or texts.
    """

    area: Area
    role: Role
    values: Rows  # of the area's shape: numbers, or objects for text
    formula: Formula | None = None


@dataclass(frozen=True)
class Refusal:
    """What a program says about a content that a cell does not take, under a short title."""

    title: str
    message: str


@dataclass(frozen=True)
class Choice:
    """Cells that take their content from a list: an area's words, or some numbers."""

    area: Area
    source: Area | tuple[float, ...]
    refusal: Refusal


@dataclass(frozen=True)
class Range:
    """Cells that take numbers from the least to the largest, ``whole`` ones or any."""

    area: Area
    least: float
    largest: float
    whole: bool
    refusal: Refusal


@dataclass(frozen=True)
class Length:
    """A cell that takes a text of so many characters at the most."""

    area: Area
    most: int
    refusal: Refusal


@dataclass(frozen=True)
class Heat:
    """A colour scale over an area: white at the least number, or at 0 where some are negative."""

    area: Area
    tone: str
    negative: bool = False


@dataclass(frozen=True)
class Bars:
    """Shares from 0 to 1 as bars of that length, in place of numbers."""

    area: Area
    tone: str


@dataclass(frozen=True)
class Strong:
    """Rows that are set in bold while their label is a certain word."""

    area: Area
    condition: str


@dataclass(frozen=True)
class Marked:
    """Cells that are framed and filled in a tone while a condition of the first one holds."""

    area: Area
    condition: str
    tone: str


@dataclass(frozen=True)
class PlacedSeries:
    """Cells of a chart, with their present content; their name, and its cell if it has one."""

    label: str
    area: Area
    values: list[float | str]
    tone: str = ""
    name: Area | None = None


@dataclass(frozen=True)
class PlacedChart:
    """A chart over some cells: bars over texts, or lines over numbers."""

    kind: str
    title: str
    alternative: str
    series: list[PlacedSeries]
    x: PlacedSeries
    over: Area


@dataclass(frozen=True)
class Link:
    """A cell that leads to other cells."""

    cell: Area
    target: Area


@dataclass(frozen=True)
class Neighbours:
    """Where a sheet of a course leads: the titles of other sheets, empty where there is none."""

    contents: str = ""
    previous: str = ""
    next: str = ""


@dataclass
class Sheet:
    """One sheet, complete but for the file format."""

    title: str
    runs: list[Run] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    lengths: list[Length] = field(default_factory=list)
    merges: list[Area] = field(default_factory=list)  # shown as one cell, their first
    results: list[Area] = field(default_factory=list)  # where ``largest`` is finite
    largest: float = math.inf  # of the results that are shown as numbers
    near_zero: dict[int, list[Area]] = field(default_factory=dict)  # by how many decimals
    masked: list[Area] = field(default_factory=list)  # with scores that a mask takes away
    heats: list[Heat] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)
    marked: list[Marked] = field(default_factory=list)
    strong: list[Strong] = field(default_factory=list)
    charts: list[PlacedChart] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)  # the last row of each page but the last
    frozen_rows: int = 0
    frozen_columns: int = 0
    repeated_row: int = 0  # on each of several printed pages, with the frozen columns
    printed: bool = True
    landscape: bool = False
    scale: int = 100
    footer: tuple[str, str] = ("", "")
    last_row: int = 0
    last_column: int = 0
    print_columns: int = 0  # what stands further right is not printed; 0 prints all

    @property
    def pages(self) -> int:
        """How many pages it is printed on, where it is cut at its breaks alone."""
        return len(self.breaks) + 1 if self.printed else 0


@dataclass
class Layout:
    """Sheets, and where the named nodes are on them."""

    sheets: list[Sheet]
    names: dict[str, Area]
