"""Workbooks that explain attention: every step a live formula.

From Python, ``Workbook`` writes workbooks of one's own mathematics (``api``), with the
functions that are listed here. They are imported when they are first used, so that
``import xlsxattn`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlsxattn.api.functions import (
        beside,
        close,
        column_max,
        column_mean,
        column_sum,
        cos,
        exp,
        gradients,
        ln,
        lookup,
        maximum,
        mean,
        minimum,
        row_max,
        row_mean,
        row_sum,
        sin,
        softmax,
        sqrt,
        stack,
        tanh,
        total,
        where,
    )
    from xlsxattn.api.workbook import Workbook
    from xlsxattn.errors import XlsxattnError
    from xlsxattn.expression import Matrix

__version__ = "0.1.0"

__all__ = [
    "Matrix",
    "Workbook",
    "XlsxattnError",
    "beside",
    "close",
    "column_max",
    "column_mean",
    "column_sum",
    "cos",
    "exp",
    "gradients",
    "ln",
    "lookup",
    "maximum",
    "mean",
    "minimum",
    "row_max",
    "row_mean",
    "row_sum",
    "sin",
    "softmax",
    "sqrt",
    "stack",
    "tanh",
    "total",
    "where",
]

#: Where the names stand that are no functions.
_HOMES = {"Matrix": "expression", "Workbook": "api.workbook", "XlsxattnError": "errors"}


def __getattr__(name: str) -> object:
    """The public name from its module, which is imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "api.functions")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
