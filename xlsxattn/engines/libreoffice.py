"""LibreOffice, made to recalculate: by default it trusts the values stored in the file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from xlsxattn.engines.converter import prepared, run
from xlsxattn.engines.soffice import find_program
from xlsxattn.grid import Grid
from xlsxattn.saved import Change

# 0 is "always recalculate"; the item is the same in every version since 4.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def recalculate(
    path: Path, changes: list[Change], wanted: Mapping[str, tuple[int, int]] | None = None
) -> dict[str, Grid]:
    """Every cell of the file after the changes, computed by LibreOffice (15 digits)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE)
        source = prepared(path, changes, folder)
        out = folder / "out"
        command = [
            find_program() or "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless",
            "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(source),
        ]  # fmt: skip
        return run(command, out / source.name, "LibreOffice")
