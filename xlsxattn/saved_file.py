"""A workbook file as it is opened to be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from xlsxattn.errors import WorkbookError
from xlsxattn.limits import LimitError, require_fair


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A workbook while it is read; whatever goes wrong then is a WorkbookError of one line."""
    import openpyxl

    if path.suffix.lower() == ".toml" and path.is_file():
        raise WorkbookError(
            f"{path}: expected an .xlsx workbook, got a lesson; `xlsxattn build` makes one of it"
        )
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise WorkbookError(f"{path}: expected an .xlsx workbook, got a device or a pipe")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix.lower() in (".xlsx", ".xlsm"):  # or else openpyxl says what it is
                require_fair(path)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(book):
                yield book
    except FileNotFoundError:
        raise WorkbookError(f"{path}: expected a workbook, got no such file") from None
    except IsADirectoryError:
        raise WorkbookError(f"{path}: expected a workbook, got a folder") from None
    except PermissionError:
        raise WorkbookError(f"{path}: expected a readable file, got no permission") from None
    except LimitError as error:
        raise WorkbookError(
            f"{path}: expected a workbook that can be read safely, got {error}"
        ) from None
    except openpyxl.utils.exceptions.InvalidFileException:
        kind = f"a {path.suffix} file" if path.suffix else "a file without an ending"
        raise WorkbookError(f"{path}: expected an .xlsx workbook, got {kind}") from None
    except Exception as error:  # openpyxl raises what its parsers raise
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise WorkbookError(
            f"{path}: expected an .xlsx workbook, got another file ({reason})"
        ) from None
