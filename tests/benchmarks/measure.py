"""Running jobs in processes of their own, in turn, and printing what they took.

A job is a function of a module beside this one that gets everything ready and returns what
is to be timed. Each runs in a fresh process, so that its peak memory is its own; repeats
are interleaved, so that a machine that slows down for a while slows all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Job:
    """A function as ``module.name``, its arguments, and packages that it must not find."""

    function: str
    arguments: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """Seconds, the peak memory of the process in MB, and what the job itself reports."""

    seconds: float
    memory: float
    report: dict[str, float]


def run(job: Job) -> Taken:
    """Run a job once. CalledProcessError where it fails."""
    text = json.dumps([job.function, job.arguments, job.without])
    # The worker's peak includes that of the process that starts it, so this one stays small.
    done = subprocess.run([sys.executable, WORKER, text], stdout=subprocess.PIPE, check=True)
    return Taken(**json.loads(done.stdout))


def interleaved(jobs: dict[str, Job], repeats: int) -> dict[str, Taken]:
    """The medians of jobs that are run in turn, after one round that does not count."""
    rounds = [{name: run(job) for name, job in jobs.items()} for _ in range(repeats + 1)][1:]
    return {
        name: Taken(
            median(one[name].seconds for one in rounds),
            median(one[name].memory for one in rounds),
            {
                key: median(one[name].report[key] for one in rounds)
                for key in rounds[0][name].report
            },
        )
        for name in jobs
    }


def heading(text: str) -> None:
    print(f"\n### {text}\n")


def table(header: list[str], rows: list[list[str]]) -> None:
    """Print a table in Markdown, the columns padded to one width."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("| " + " | ".join(cells) + " |", flush=True)
