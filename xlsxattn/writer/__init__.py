"""Layouts as .xlsx files: the workbook, the cells and charts in it, and the archive around it."""

from xlsxattn.writer.workbook import LESSON_NAMESPACE, LESSON_PART, save

__all__ = ["LESSON_NAMESPACE", "LESSON_PART", "save"]
