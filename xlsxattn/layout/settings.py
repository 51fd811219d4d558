"""A panel of settings: a cell each, and what it means at its right."""

from __future__ import annotations

from xlsxattn.expression import Words
from xlsxattn.layout.columns import LaneColumns
from xlsxattn.layout.labels import Labelling
from xlsxattn.layout.surface import Surface
from xlsxattn.layout.values import Values
from xlsxattn.outline import Block, Settings
from xlsxattn.style import Role


class Panels:
    """Puts settings on a sheet, one under another."""

    def __init__(self, surface: Surface, labelling: Labelling, values: Values) -> None:
        self._surface, self._labelling, self._values = surface, labelling, values

    def put(self, panel: Settings, columns: LaneColumns, top: int) -> int:
        """The settings of a panel; returns how many rows they take."""
        for row, setting in enumerate(panel.settings, top):
            cell = self._surface.cell(row, columns.label)
            if isinstance(setting.node, Words):
                self._labelling.put_words(setting.node, cell)
            else:
                self._values.take(Block(setting.node, decimals=setting.decimals), cell)
            self._surface.text(row, columns.first, setting.label, Role("text"))
        return len(panel.settings)
