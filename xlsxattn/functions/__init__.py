"""The functions of matrices, one list for lesson files, Python and the documents.

Each takes matrices or numbers and returns a matrix: nothing is computed before its ``value``
is asked for, or it is printed or placed in a workbook. Elementwise functions and reductions
come from the tables of ``expression.operations``; most others are a line of those, and so
have their formulas and their gradients by themselves. ``FUNCTIONS`` has them all by name.
"""

from xlsxattn.functions import activations  # noqa: F401  puts its functions on the list
from xlsxattn.functions.attention import attention, rotate
from xlsxattn.functions.registry import FUNCTIONS, Function
from xlsxattn.functions.rows import cross_entropy, layer_norm, log_softmax, rms_norm, softmax
from xlsxattn.functions.shapes import beside, stack
from xlsxattn.functions.tables import (
    close,
    column_sum,
    cos,
    erf,
    exp,
    ln,
    maximum,
    mean,
    minimum,
    row_max,
    row_mean,
    row_sum,
    row_var,
    sin,
    sqrt,
    tanh,
    total,
    where,
)
from xlsxattn.functions.words import lookup, one_hot

# The others are names of this room too, and so have a place in its help.
globals().update({name: made for name, made in FUNCTIONS.items() if name == made.__name__})

__all__ = sorted(made.__name__ for made in set(FUNCTIONS.values()))
