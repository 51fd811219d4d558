"""What is costly is made once in a run of the tests, by whichever worker needs it first."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filelock import FileLock

Made = TypeVar("Made")


class Shared:
    """Things by name, kept in a folder that all workers of pytest-xdist have in common."""

    def __init__(self, factory: pytest.TempPathFactory, is_worker: bool) -> None:
        own = factory.getbasetemp()
        # A worker's folder lies in that of the run; without workers the run has one itself.
        self.folder = (own.parent if is_worker else own) / "shared"
        self.folder.mkdir(exist_ok=True)
        self._known: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What ``make`` gives, which is called in one worker only; the others wait for it.

        A ``make`` that fails, or skips its test, is called again by the next who asks.
        """
        if name not in self._known:
            kept = self.folder / f"{name}.pickle"
            with FileLock(self.folder / f"{name}.lock"):
                if kept.is_file():
                    self._known[name] = pickle.loads(kept.read_bytes())
                else:
                    self._known[name] = make()
                    kept.write_bytes(pickle.dumps(self._known[name]))
        made: Made = self._known[name]
        return made

    def new_folder(self, name: str) -> Path:
        """An empty folder for what is made under a name."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))
