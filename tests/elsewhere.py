"""Builds lessons on the machine that it finds: `python tests/elsewhere.py FOLDER mouse-en …`.

It prints the processor that OpenBLAS takes this one for, and NumPy's version. Nothing but the
package is needed, so that any Python can run it (`tests/machines.py`).
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import numpy as np

from xlsxattn.build import build


def core() -> str:
    """The kind of processor for which NumPy's OpenBLAS computes; "" where it has another BLAS."""
    for library in (Path(np.__file__).parents[1] / "numpy.libs").glob("*openblas*"):
        loaded = ctypes.CDLL(str(library))
        for start in ("scipy_", ""):
            for end in ("64_", ""):
                name = getattr(loaded, f"{start}openblas_get_corename{end}", None)
                if name is not None:
                    name.restype = ctypes.c_char_p
                    return str(name().decode())
    return ""


def main(folder: Path, lessons: list[str]) -> None:
    for lesson in lessons:
        name, _, language = lesson.rpartition("-")
        build(name, folder / f"{lesson}.xlsx", language)
    print(core(), np.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
