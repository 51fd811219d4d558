"""Whether other processors, NumPys and libraries build the same workbooks.

A workbook depends on the machine in its stored values alone, of cells and in charts: OpenBLAS and
NumPy add in another order on another processor. Those agree to 1e-12, all else byte for byte.
All lessons and the course, in every language, built here and as on other machines::

    python tests/machines.py                            # the processors that OpenBLAS can play
    python tests/machines.py mouse heads                # some lessons
    python tests/machines.py --python old/bin/python    # and another Python, say with NumPy 1.26

A Python with lxml, which openpyxl uses where it finds it, is another one worth naming.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tools import TOLERANCE, parts

from xlsxattn.lesson import template_names
from xlsxattn.lesson.files import COURSE
from xlsxattn.texts import languages

ROOT = Path(__file__).parents[1]
#: Kinds of processor for which OpenBLAS has code of its own, the oldest first.
CORES = ("Prescott", "Nehalem", "Haswell", "SkylakeX")
#: The variable that tells OpenBLAS which it is on, and NumPy what it must do without.
CORE, WITHOUT = "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"
#: NumPy's own newer instructions, as NumPy 1 and 2 call them; each passes over what it has not.
NEWER = "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_ICL X86_V3 X86_V4"

_STORED = re.compile(rb"<v>([^<]*)</v>")
#: The parts that have stored values.
_WITH_VALUES = re.compile(r"xl/(worksheets/sheet|charts/chart)\d+\.xml")


@dataclass
class Compared:
    """What differs but must not, and how many stored values do, by how much at most."""

    wrong: list[str] = field(default_factory=list)
    values: int = 0
    largest: float = 0.0

    def add_part(self, name: str, ours: bytes, theirs: bytes) -> None:
        if ours == theirs:
            return
        if not _WITH_VALUES.fullmatch(name):
            self.wrong.append(f"{name} differs")
        elif _STORED.sub(b"", ours) != _STORED.sub(b"", theirs):
            self.wrong.append(f"{name} differs in more than stored values")
        else:
            for a, b in zip(_STORED.findall(ours), _STORED.findall(theirs), strict=True):
                if a != b:
                    self.add_value(name, a.decode(), b.decode())

    def add_value(self, name: str, ours: str, theirs: str) -> None:
        self.values += 1
        try:
            a, b = float(ours), float(theirs)
        except ValueError:  # a text, which depends on no last digit
            error = float("inf")
        else:
            error = abs(a - b) / max(1.0, abs(b))
        self.largest = max(self.largest, error)
        if not error <= TOLERANCE:
            self.wrong.append(f"{name}: {ours} and {theirs}")


def compare(ours: Path, theirs: Path, found: Compared) -> None:
    """Two workbooks, part by part."""
    a, b = parts(ours), parts(theirs)
    if list(a) != list(b):
        found.wrong.append(f"{ours.name}: parts {', '.join(a)} and {', '.join(b)}")
    for name in a:
        if name in b:
            found.add_part(name, a[name], b[name])


def build_elsewhere(
    folder: Path, lessons: list[str], python: str = sys.executable, **environment: str
) -> str:
    """Build lessons (`mouse-en`) in another process; the processor and the NumPy it was on."""
    folder.mkdir(exist_ok=True)
    command = [python, str(Path(__file__).with_name("elsewhere.py")), str(folder), *lessons]
    known = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{python}: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lessons", nargs="*", help="names; all where none is given")
    parser.add_argument("--python", action="append", default=[], help="another Python, by its path")
    asked = parser.parse_args()
    names = asked.lessons or [*template_names(), COURSE]
    lessons = [f"{name}-{language}" for name in names for language in languages()]
    machines = [(sys.executable, {CORE: core}) for core in CORES]
    machines.append((sys.executable, {CORE: CORES[0], WITHOUT: NEWER}))
    for python in asked.python:
        machines += [(python, {}), (python, {CORE: CORES[0]})]
    wrong = 0
    with tempfile.TemporaryDirectory() as made:
        here = Path(made) / "here"
        print("here:", build_elsewhere(here, lessons), flush=True)
        for python, environment in machines:
            there = Path(made) / "there"
            was = build_elsewhere(there, lessons, python, **environment)
            found = Compared()
            for lesson in lessons:
                compare(here / f"{lesson}.xlsx", there / f"{lesson}.xlsx", found)
            wrong += len(found.wrong)
            print(f"{was}, {python}: {found.values} stored values differ, by "
                  f"{found.largest:.1e} at most; else {len(found.wrong)} differences",
                  *found.wrong[:20], sep="\n  ", flush=True)  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
