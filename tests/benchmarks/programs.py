"""Commands and lessons as jobs."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from writers import Action


def command(command: list[str]) -> Action:
    def action() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return action


def lesson_names() -> Action:
    """Reports the names of all lessons, and the course's."""
    from xlsxattn.lesson import COURSE, template_names

    return lambda: dict.fromkeys((*template_names(), COURSE), 0.0)


def lesson(name: str, path: str) -> Action:
    from xlsxattn.build import prepare, write

    def action() -> dict[str, float]:
        prepared = prepare(name)
        start = time.perf_counter()
        write(prepared, Path(path))
        return {"write": time.perf_counter() - start, "bytes": Path(path).stat().st_size}

    return action
