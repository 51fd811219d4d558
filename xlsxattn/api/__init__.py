"""The interface for programmers: workbooks of one's own mathematics, with live formulas.

``Workbook`` stands in ``workbook``; ``functions`` need no writer, and so do not import it.
"""
