"""The interface for programmers: workbooks of one's own mathematics, with live formulas."""

from xlsxattn.api.workbook import Workbook

__all__ = ["Workbook"]
