"""What this project takes, beside others that write the same: ``python tests/benchmarks``.

Names of benchmarks select some of them: ``python tests/benchmarks numbers formulas``. All
take about half an hour, most of it in the engines that open the largest files. Needs
``openpyxl`` and ``xlsxwriter``; jetxl and LibreOffice are left out where they are not installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from measure import Job, Taken, heading, interleaved, run, table

OURS, ZLIB = "xlsxattn", "xlsxattn without isal"
WITHOUT = ("isal",)
SIZES = (64, 128, 256, 512, 1024, 2048)
FORM_SIZES = (32, 64, 128, 256, 512)
LIBREOFFICE_LIMIT = 300.0  # seconds
EPOCHS = 150


def numbers(folder: str, repeats: int) -> None:
    """1,000,000 typed numbers."""
    _compare("numbers", 1_000_000, folder, repeats)


def formulas(folder: str, repeats: int) -> None:
    """200,000 formulas, one a cell; openpyxl writes them without their values."""
    _compare("formulas", 200_000, folder, repeats)


def _compare(what: str, cells: int, folder: str, repeats: int) -> None:
    def job(library: str, without: tuple[str, ...] = (), **options: bool) -> Job:
        path = f"{folder}/{what}-{library}.xlsx"
        return Job(f"writers.{what}_{library}", {"path": path, "cells": cells} | options, without)

    jobs = {
        OURS: job("ours"),
        ZLIB: job("ours", WITHOUT),
        "XlsxWriter, constant memory": job("xlsxwriter", constant_memory=True),
        "XlsxWriter": job("xlsxwriter", constant_memory=False),
        "openpyxl, write-only": job("openpyxl", write_only=True),
        "openpyxl": job("openpyxl", write_only=False),
    }
    if find_spec("jetxl") and find_spec("arro3"):
        jobs["jetxl"] = job("jetxl")
    else:
        print("jetxl is left out, for it or arro3-core is not installed\n")
    taken = interleaved(jobs, repeats)
    header = ["", "cells/s", "peak MB", "times as long as xlsxattn", "as long as without isal"]
    table(header, [
        [name, f"{cells / one.seconds:,.0f}", f"{one.memory:.0f}", _ratio(one, taken[OURS]),
         _ratio(one, taken[ZLIB])]
        for name, one in taken.items()
    ])  # fmt: skip


def _ratio(one: Taken, other: Taken) -> str:
    return f"{one.seconds / other.seconds:.1f}"


def memory(folder: str, _: int) -> None:
    """Peak memory at 1 and at 10 million numbers that are made while they are written."""
    rows = []
    for cells in (1_000_000, 10_000_000):
        arguments = {"path": f"{folder}/memory.xlsx", "cells": cells}
        one = run(Job("writers.lazy_numbers_ours", arguments))
        rows.append([f"{cells:,}", f"{one.memory:.0f}", f"{cells / one.seconds:,.0f}"])
    table(["numbers", "peak MB", "cells/s"], rows)


def deflate(folder: str, repeats: int) -> None:
    """Writing numbers and formulas, against deflating the same bytes alone."""
    rows = []
    for what, cells in (("numbers", 1_000_000), ("formulas", 200_000)):
        path = f"{folder}/deflate.xlsx"
        save = Job(f"writers.{what}_ours", {"path": path, "cells": cells})
        run(save)
        taken = interleaved(
            {
                "save": save,
                "igzip": Job("writers.deflate", {"path": path, "library": "igzip"}),
                "zlib": Job("writers.deflate", {"path": path, "library": "zlib"}),
            },
            repeats,
        )
        sizes = [taken[name].report["bytes"] / 1e6 for name in ("igzip", "zlib")]
        rows.append([
            what, f"{taken['igzip'].report['inflated'] / 1e6:.1f}", *(f"{s:.2f}" for s in sizes),
            _ratio(taken["save"], taken["igzip"]), _ratio(taken["save"], taken["zlib"]),
        ])  # fmt: skip
    header = ["", "sheet MB", "igzip MB", "zlib 6 MB", "save ÷ igzip", "save ÷ zlib 6"]
    table(header, rows)


def attention(folder: str, repeats: int) -> None:
    """Attention over n random words, d = 64: the whole way from notation to the file."""
    header = ["n", "cells", "file MB", "build s", "of it layout s", "cells/s", "peak MB",
              "IronCalc load s", "evaluate s", "LibreOffice s"]  # fmt: skip
    rows = []
    for n in SIZES:
        path = f"{folder}/attention.xlsx"
        job = Job("large.build", {"path": path, "n": n, "d": 64})
        built = interleaved({"build": job}, max(2, repeats // 2))["build"]
        opened = run(Job("large.load_in_ironcalc", {"path": path})).report
        arguments = {"path": path, "limit": LIBREOFFICE_LIMIT}
        convert = run(Job("large.convert_in_libreoffice", arguments)).report["convert"]
        cells = built.report["cells"]
        rows.append([
            str(n), f"{cells:,.0f}", f"{built.report['bytes'] / 1e6:.1f}", f"{built.seconds:.2f}",
            f"{built.report['laid_out']:.2f}", f"{cells / built.seconds:,.0f}",
            f"{built.memory:.0f}", f"{opened['load']:.2f}", f"{opened['evaluate']:.2f}",
            f"{convert:.1f}" if convert >= 0 else "–",
        ])  # fmt: skip
    table(header, rows)


def forms(folder: str, repeats: int) -> None:
    """The same attention with an ordinary formula in each cell, and with array formulas."""
    header = ["n", "form", "file MB", "build s", "IronCalc load s", "evaluate s", "LibreOffice s"]
    rows = []
    for n in FORM_SIZES:
        for form in ("cells", "arrays"):
            path = f"{folder}/{form}.xlsx"
            job = Job("large.build", {"path": path, "n": n, "d": 64, "form": form})
            built = interleaved({"build": job}, max(2, repeats // 2))["build"]
            opened = run(Job("large.load_in_ironcalc", {"path": path})).report
            arguments = {"path": path, "limit": LIBREOFFICE_LIMIT}
            convert = run(Job("large.convert_in_libreoffice", arguments)).report["convert"]
            rows.append([
                str(n), form, f"{built.report['bytes'] / 1e6:.1f}", f"{built.seconds:.2f}",
                f"{opened['load']:.2f}", f"{opened['evaluate']:.2f}",
                f"{convert:.1f}" if convert >= 0 else "–",
            ])  # fmt: skip
    table(header, rows)


def commands(folder: str, repeats: int) -> None:
    """Commands, each in a fresh process from its start to its end, against bare imports."""
    program = [sys.executable, "-m", "xlsxattn"]
    mouse = [*program, "build", "mouse", "-o", f"{folder}/mouse.xlsx"]
    bare = {
        "import click": [sys.executable, "-c", "import click"],
        "import openpyxl, numpy, click": [sys.executable, "-c", "import openpyxl, numpy, click"],
    }
    against = {
        "xlsxattn --help": ([*program, "--help"], "import click"),
        "xlsxattn list": ([*program, "list"], "import click"),
        "xlsxattn build mouse": (mouse, "import openpyxl, numpy, click"),
    }
    every = bare | {name: command for name, (command, _) in against.items()}
    jobs = {name: Job("programs.command", {"command": c}) for name, c in every.items()}
    taken = interleaved(jobs, 3 * repeats)
    rows = [[name, f"{taken[name].seconds * 1e3:.0f}", "", ""] for name in bare]
    for name, (_, other) in against.items():
        ratio = _ratio(taken[name], taken[other])
        rows.append([name, f"{taken[name].seconds * 1e3:.0f}", other, ratio])
    table(["", "ms", "against", "times as long"], rows)


def lessons(folder: str, repeats: int) -> None:
    """Every lesson in a process that has imported everything: preparing, writing, size."""
    names = run(Job("programs.lesson_names")).report
    jobs = {
        name: Job("programs.lesson", {"name": name, "path": f"{folder}/lesson.xlsx"})
        for name in names
    }
    taken = interleaved(jobs, repeats)
    table(["lesson", "prepare and write ms", "of it write ms", "peak MB", "file kB"], [
        [name, f"{one.seconds * 1e3:.0f}", f"{one.report['write'] * 1e3:.0f}",
         f"{one.memory:.0f}", f"{one.report['bytes'] / 1e3:.0f}"]
        for name, one in taken.items()
    ])  # fmt: skip


def training(folder: str, repeats: int) -> None:
    """Epochs of the lesson classify: full batch, Adam, double precision, against PyTorch."""
    jobs = {
        (library, threads): Job(f"training.{library}", {"threads": threads, "epochs": EPOCHS})
        for threads in (1, 2)
        for library in ("ours", "torch")
    }
    taken = interleaved({f"{library} {threads}": job for (library, threads), job in jobs.items()},
                        repeats)  # fmt: skip
    rows = []
    for library, threads in jobs:
        one, other = (taken[f"{name} {threads}"].report for name in (library, "torch"))
        rows.append([
            OURS if library == "ours" else "PyTorch", str(threads), f"{one['clock']:.2f}",
            f"{one['processors']:.2f}", f"{one['clock'] / other['clock']:.1f}",
        ])  # fmt: skip
    table(["", "threads", "ms an epoch", "of all processors", "times as long as PyTorch"], rows)
    command = [sys.executable, "-m", "xlsxattn", "train", "classify", "-o", f"{folder}/c.toml"]
    whole = interleaved({"": Job("programs.command", {"command": command})}, repeats)[""]
    print(f"\n`xlsxattn train classify`, 150 epochs and all around them: {whole.seconds:.1f} s")


BENCHMARKS: dict[str, Callable[[str, int], None]] = {
    function.__name__: function
    for function in (
        numbers,
        formulas,
        memory,
        deflate,
        attention,
        forms,
        commands,
        lessons,
        training,
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--repeats", type=int, default=5, help="of which the median counts")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in BENCHMARKS:
            parser.error(f"expected {' or '.join(BENCHMARKS)}, got {name!r}")
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names or BENCHMARKS:
            heading(f"{name}: {BENCHMARKS[name].__doc__}")
            BENCHMARKS[name](str(Path(folder)), arguments.repeats)


if __name__ == "__main__":
    # Compiled modules are wanted, as users have them; and this folder is not a package.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    root = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    main()
