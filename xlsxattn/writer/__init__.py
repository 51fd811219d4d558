"""Layouts as .xlsx files: the workbook, the cells and charts in it, and the archive around it."""

from xlsxattn.writer.properties import KINDS
from xlsxattn.writer.workbook import LESSON_NAMESPACE, LESSON_PART, save

__all__ = ["KINDS", "LESSON_NAMESPACE", "LESSON_PART", "save"]
