"""The functions of matrices, one list for lesson files, Python and the documents.

Each takes matrices or numbers and returns a matrix: nothing is computed before its ``value``
is asked for, or it is printed or placed in a workbook. Elementwise functions and reductions
come from the tables of ``expression.operations``; most others are a line of those, and so
have their formulas and their gradients by themselves. ``FUNCTIONS`` has them all by name.
"""

from xlsxattn.functions import (
    activations,
    head_tables,
    heads,
    picks,
    rows,
    sentences,
    shapes,
    tables,
    words,
)
from xlsxattn.functions.registry import FUNCTIONS as FUNCTIONS

#: The modules that put their functions on the list.
MODULES = (tables, activations, rows, words, picks, shapes, sentences, heads, head_tables)

# All of them are names of this room too, and so have a place in its help.
globals().update({made.__name__: made for made in FUNCTIONS.values()})
__all__ = sorted(made.__name__ for made in set(FUNCTIONS.values()))  # noqa: PLE0605
