"""Deliberate faults, one at a time: does a test of the module that has it find each?

`python tests/mutants.py` plants every fault of the table `tests/mutants.toml` in a copy of the
package, runs the tests that the table names for it, and prints what they found; `python
tests/mutants.py layout/ "quote prefix"` does so for the faults whose file or description has one
of these texts. The exit code is 1 where a fault went unnoticed, 2 where the tests fail without
any. `tests/test_mutants.py` sees to it that the table still fits the code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "mutants.toml"
#: What the tests of a module need, beside the package.
COPIED = ("xlsxattn", "templates", "tests", "pyproject.toml", "README.md")
#: A fault that makes a test run for ever is one that the test finds.
SECONDS = 900


@dataclass(frozen=True)
class Fault:
    """In ``file`` of the package ``old`` becomes ``new``, which one of ``tests`` should find."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def planted(self, code: str) -> str:
        """The code with the fault; ValueError where the old text is not there exactly once."""
        if (count := code.count(self.old)) != 1:
            raise ValueError(f"{self.file}: expected {self.old!r} once, got it {count} times")
        return code.replace(self.old, self.new)


def table() -> list[Fault]:
    """All faults, those that once went unnoticed first."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["faults"]
    return [Fault(**{**row, "tests": tuple(row["tests"])}) for row in rows]


def passes(folder: Path, tests: tuple[str, ...]) -> bool:
    """Whether some test modules pass in a copy of the project."""
    modules = [f"tests/test_{name}.py" for name in tests]
    options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    try:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", *options, *modules],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, timeout=SECONDS,
            capture_output=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    if done.returncode > 2:  # neither a test nor an import failed: there was nothing to run
        raise RuntimeError(f"{', '.join(tests)}: {done.stdout.decode()[-1000:]}")
    return done.returncode == 0


def is_found(folder: Path, fault: Fault) -> bool:
    """Whether a test fails while a fault is planted in a copy of the project."""
    path = folder / "xlsxattn" / fault.file
    code = path.read_text(encoding="utf-8")
    path.write_text(fault.planted(code), encoding="utf-8")
    try:
        return not passes(folder, fault.tests)
    finally:
        path.write_text(code, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("about", nargs="*", help="a part of a fault's file or description")
    about = parser.parse_args().about
    faults = [f for f in table() if not about or any(a in f.file or a in f.what for a in about)]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in COPIED:
            source, target = HERE.parent / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        modules = sorted({name for fault in faults for name in fault.tests})
        if failing := [name for name in modules if not passes(folder, (name,))]:
            print(f"without any fault: failed {', '.join(failing)}")
            return 2
        missed = 0
        for fault in faults:
            found = is_found(folder, fault)
            missed += not found
            print(f"{'found' if found else 'NOT FOUND'}: {fault.file}: {fault.what}", flush=True)
    print(f"{len(faults)} faults, {len(faults) - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
