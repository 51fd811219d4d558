"""LibreOffice's program: where it is, and the PDF that it makes of a workbook."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from xlsxattn.errors import EngineError
from xlsxattn.whole import whole_file

#: Where it is installed on systems that do not put it on the search path.
PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
MISSING = "expected LibreOffice to be installed, got no 'soffice'"
TIMEOUT = 120  # seconds, to start and for each workbook


def find_program() -> str | None:
    """The path of LibreOffice's program; None where it is not installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in PLACES if Path(place).is_file()), None)


def require_program() -> str:
    """The path of LibreOffice's program; EngineError where it is not installed."""
    program = find_program()
    if program is None:
        raise EngineError(MISSING)
    return program


def print_to_pdf(paths: list[Path]) -> list[Path]:
    """A PDF beside each workbook, all in one start of LibreOffice; their paths.

    An existing PDF is replaced only by a complete one. EngineError where LibreOffice is not
    installed or makes none.
    """
    with tempfile.TemporaryDirectory(prefix="xlsxattn", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sources = []
        for number, path in enumerate(paths):  # two in different folders may have one name
            sources.append(shutil.copyfile(path, folder / f"{number}.xlsx"))
        said = _convert(sources, folder)
        targets = []
        for source, path in zip(sources, paths, strict=True):
            made, target = source.with_suffix(".pdf"), path.with_suffix(".pdf")
            if not made.is_file():
                raise EngineError(f"{path}: expected a PDF from LibreOffice, got {said or 'none'}")
            with whole_file(target, EngineError) as file:
                file.write(made.read_bytes())
            targets.append(target)
    return targets


def _convert(sources: list[Path], folder: Path) -> str:
    """Make the PDFs in a folder, with a profile of their own; what LibreOffice says of errors."""
    command = [
        require_program(), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
        "--convert-to", "pdf", "--outdir", str(folder), *map(str, sources),
    ]  # fmt: skip
    seconds = TIMEOUT * (1 + len(sources))
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=seconds, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise EngineError(f"LibreOffice: expected a PDF in {seconds} s, got none") from None
    return " ".join(done.stderr.decode(errors="replace").split())[-200:]
