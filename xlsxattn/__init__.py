"""Workbooks that explain attention: every step a live formula.

From Python, ``Workbook`` writes workbooks of one's own mathematics (``api``), with the
functions of ``xlsxattn.functions``. Names are imported when they are first used, so that
``import xlsxattn`` is quick.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxattn.api.workbook import Workbook as Workbook
    from xlsxattn.errors import XlsxattnError as XlsxattnError
    from xlsxattn.expression import Matrix as Matrix

__version__ = "0.1.0"

#: Where the names stand that are no functions of matrices.
_HOMES = {
    "Matrix": "expression",
    "Workbook": "api.workbook",
    "XlsxattnError": "errors",
    "gradients": "gradient",
}


def __getattr__(name: str) -> Any:
    """A public name from its module, which is imported now; ``__all__`` lists them."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    is_module = find_spec(f"{__name__}.{name}") is not None  # `from xlsxattn import lesson`
    if name == "__all__" or not (name.startswith("_") or is_module):
        functions = import_module(f"{__name__}.functions").FUNCTIONS
        if name == "__all__":
            return sorted({*_HOMES, *functions} - _builtins())
        if name in functions:
            return functions[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _builtins() -> set[str]:
    """What lesson files call by names that in Python are other functions: sum, max, min, abs."""
    import builtins

    return set(dir(builtins))


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
