"""LibreOffice as a person uses it: the process that holds it and obeys, one JSON line a command.

This file is run by a Python that has ``uno``, which is seldom the one that runs the rest of
the package: it needs nothing but the standard library and ``uno``, of Python 3.7 or later.

    uno_child.py SOFFICE FOLDER

It starts LibreOffice with a new profile in a folder, in which no setting has been touched,
and says ``{"result": "ready"}``. Each line from standard input, ``["open", "a.xlsx"]``, it
answers with one line on standard output: ``{"result": …}``, or ``{"error": "…"}``. At the
end of its input, it ends LibreOffice.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno

START = 120  # seconds
ERROR_RESULT = 4  # com.sun.star.sheet.FormulaResult.ERROR
COMMANDS = ("open", "edit", "read", "recalculate", "close")


class Office:
    """One LibreOffice and the file that is open in it."""

    def __init__(self, soffice: str, folder: Path) -> None:
        pipe = "xlsxattn" + secrets.token_hex(8)
        command = [
            soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--invisible", "--norestore", "--nologo", "--nodefault",
            f"--accept=pipe,name={pipe};urp;",
        ]  # fmt: skip
        # Its standard output is not ours: there, every line is an answer.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.document: Any = None
        self.desktop: Any = None
        try:
            self.desktop = self.connected(pipe)
        except BaseException:
            self.end()
            raise

    def connected(self, pipe: str) -> Any:
        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", context
        )
        address = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
        end = time.monotonic() + START
        while True:
            try:
                remote = resolver.resolve(address)
                break
            except Exception as error:  # it does not listen yet
                if self.process.poll() is not None:
                    raise RuntimeError("it ended before it listened") from error
                if time.monotonic() > end:
                    raise RuntimeError(f"it did not listen within {START} s") from error
                time.sleep(0.05)
        return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)

    def end(self) -> None:
        """End LibreOffice, kindly and then not."""
        if self.desktop is None:
            self.process.kill()
        with contextlib.suppress(Exception):  # it says that it is gone, which is what is wanted
            self.close()
            self.desktop.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    # --- commands ---

    def open(self, path: str) -> list[str]:
        """Open a file, hidden, in place of the one before; the titles of its sheets."""
        self.close()
        hidden = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        hidden.Name, hidden.Value = "Hidden", True
        url = Path(path).as_uri()
        self.document = self.desktop.loadComponentFromURL(url, "_blank", 0, (hidden,))
        if self.document is None or not hasattr(self.document, "Sheets"):
            self.document = None
            raise RuntimeError(f"{path}: expected a workbook that it opens")
        return list(self.document.Sheets.ElementNames)

    def edit(self, changes: list[list[Any]]) -> None:
        """Type numbers and texts into cells; a text stays one, whatever it looks like."""
        for sheet, cell, content in changes:
            place = self.document.Sheets.getByName(sheet).getCellRangeByName(cell)
            if isinstance(content, str):
                place.setString(content)
            else:
                place.setValue(content)

    def read(self) -> dict[str, Any]:
        """What each sheet shows from A1 on, row by row, and the errors in it.

        Nothing is recalculated here but what LibreOffice itself holds to be out of date.
        """
        return {sheet.Name: self.shown(sheet) for sheet in self.document.Sheets}

    def shown(self, sheet: Any) -> dict[str, Any]:
        cursor = sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.getRangeAddress()
        area = sheet.getCellRangeByPosition(0, 0, end.EndColumn, end.EndRow)
        errors = []
        for part in area.queryFormulaCells(ERROR_RESULT).RangeAddresses:
            for row in range(part.StartRow, part.EndRow + 1):
                for column in range(part.StartColumn, part.EndColumn + 1):
                    text = sheet.getCellByPosition(column, row).getString()
                    errors.append([row, column, text])
        return {"rows": area.getDataArray(), "errors": errors}

    def recalculate(self) -> None:
        """A hard recalculation, as Ctrl+Shift+F9."""
        self.document.calculateAll()

    def close(self) -> None:
        """Close the file without saving it."""
        if self.document is not None:
            self.document.close(True)
            self.document = None


def answer(office: Office, line: str) -> dict[str, Any]:
    """What a command gives, or the error in one line."""
    try:
        command, *arguments = json.loads(line)
        if command not in COMMANDS:
            raise RuntimeError(f"no such command: {command}")
        return {"result": getattr(office, command)(*arguments)}
    except Exception as error:  # LibreOffice raises kinds of its own
        return {"error": one_line(error)}


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def say(reply: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def main(soffice: str, folder: str) -> None:
    try:
        office = Office(soffice, Path(folder))
    except Exception as error:
        say({"error": one_line(error)})
        return
    try:
        say({"result": "ready"})
        for line in sys.stdin:
            say(answer(office, line))
    finally:
        office.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
