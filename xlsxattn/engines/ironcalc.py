"""IronCalc, embedded: no program to install."""

from __future__ import annotations

from pathlib import Path

from xlsxattn.a1 import address, parse_address
from xlsxattn.errors import EngineError
from xlsxattn.saved import Change, ErrorValue, Value


def recalculate(path: Path, changes: list[Change]) -> dict[str, dict[str, Value]]:
    """Every cell of the file after the changes, computed by IronCalc."""
    import ironcalc

    try:
        model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    except Exception as error:  # IronCalc raises its own kinds, which it does not export
        raise EngineError(f"{path}: expected a workbook that IronCalc reads, got {error}") from None
    titles = [sheet["name"] for sheet in model.get_worksheets_properties()]
    for sheet, cell, new in changes:
        row, column = parse_address(cell)
        if isinstance(new, str):
            model.update_cell_with_text(titles.index(sheet), row, column, new)
        else:
            model.update_cell_with_number(titles.index(sheet), row, column, new)
    model.evaluate()
    values: dict[str, dict[str, Value]] = {title: {} for title in titles}
    for index, row, column in model.get_all_cells():
        value = model.get_cell_value(index, row, column)
        if isinstance(value, str) and value.startswith("#"):
            kind = model.get_cell_type(index, row, column)
            if kind == ironcalc.CellType.ErrorValue:
                value = ErrorValue(value)
        values[titles[index]][address(row, column)] = value
    return values
