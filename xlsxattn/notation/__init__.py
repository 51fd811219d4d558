"""The formulas of lesson files: notation as text, read into expressions and written again."""

from xlsxattn.notation.read import meant, read
from xlsxattn.notation.write import write

__all__ = ["meant", "read", "write"]
