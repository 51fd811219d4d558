"""A panel of settings, and the legend that says what the looks of cells mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlsxattn.expression import Verdict, Words
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.sheet import Run
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Setting, Settings
from xlsxattn.style import Role

#: The kinds of cells in the legend, what stands in them, and the key of what they mean.
LEGEND = (
    ("input", "1.00", "yours"),
    ("value", "1.00", "formula"),
    ("verdict", Verdict.YES, "claim"),
)


class Panels:
    """Puts settings and legends on a sheet: a cell each, and what it means at its right."""

    def __init__(
        self, surface: Surface, labelling: Labelling, values: Values, interface: Mapping[str, str]
    ) -> None:
        self._surface, self._labelling, self._values = surface, labelling, values
        self._interface = interface

    def put(self, panel: Settings, columns: LaneColumns, top: int) -> int:
        """Settings, and under them the legend; returns how many rows they take."""
        for index, setting in enumerate(panel.settings):
            self._put_setting(setting, columns, top + index)
        rows = len(panel.settings)
        if panel.legend:
            rows += bool(rows)
            rows += self._put_legend(columns, top + rows)
        return rows

    def _put_setting(self, setting: Setting, columns: LaneColumns, row: int) -> None:
        cell, node = self._surface.cell(row, columns.label), setting.node
        if isinstance(node, Words):
            self._labelling.put_words(node, cell)
        else:
            self._values.take(Block(node, decimals=setting.decimals), cell)
        self._surface.text(row, columns.first, setting.label, Role("text"))

    def _put_legend(self, columns: LaneColumns, top: int) -> int:
        for row, (kind, sample, key) in enumerate(LEGEND, top):
            cell = self._surface.cell(row, columns.label)
            content = np.array([[sample]], dtype=object)
            self._surface.sheet.runs.append(Run(cell, Role(kind), content))
            self._surface.text(row, columns.first, self._interface[key], Role("legend"))
        return len(LEGEND)
