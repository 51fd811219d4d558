"""Workbooks made to burst, to hang or to lead astray: each is refused in one line, and soon.

`check` reads them in a process of its own, whose time and memory are measured. POSIX only.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from attacks import hostile_archives, hostile_formulas, hostile_lessons, hostile_sheets
from attacks.hostile import honest, packed
from attacks.served import Answer, checked
from attacks.verdict import LONGEST, Verdict

#: What a check of such a file may take: seconds of the processor, megabytes.
SECONDS, MEGABYTES = 2.0, 300

LESSONS = [*hostile_lessons.NEVER, *hostile_lessons.PERHAPS]
KINDS = [
    *hostile_archives.NEVER, *hostile_archives.PERHAPS, *hostile_sheets.NEVER,
    *hostile_formulas.PERHAPS, *hostile_sheets.PERHAPS, *LESSONS,
]  # fmt: skip
MAY_PASS = {
    *hostile_archives.PERHAPS, *hostile_formulas.PERHAPS, *hostile_sheets.PERHAPS,
    *hostile_lessons.PERHAPS,
}  # fmt: skip


def workbook(number: int) -> bytes:
    """File ``number``: the kinds in turn, each time in another way."""
    source = random.Random(number)
    spoil = KINDS[number % len(KINDS)]
    content = honest(source, lesson=spoil in LESSONS)
    made = spoil(content, source)
    return packed(content) if made is None else made


def attack(number: int) -> Verdict:
    """Check one: refused, or found to have problems, within the limits and without a trace."""
    spoil = KINDS[number % len(KINDS)]
    with tempfile.TemporaryDirectory(prefix="attack") as name:
        path = Path(name) / "hostile.xlsx"
        data = workbook(number)
        path.write_bytes(data)
        answer = checked(path)
        left = [one.name for one in Path(name).iterdir() if one != path]
        if left or path.read_bytes() != data:
            return Verdict("written", f"{spoil.__name__}: {', '.join(left) or 'the file itself'}")
    verdict = _judged(answer, may_pass=spoil in MAY_PASS)
    said = f"{spoil.__name__}, {answer.seconds} s, {answer.megabytes:.0f} MB: {verdict.said}"
    return Verdict(verdict.kind, said)


def _judged(answer: Answer, *, may_pass: bool) -> Verdict:
    line = (answer.error.strip() or answer.out.strip().rpartition("\n")[2])[:600]
    if answer.code < 0:
        return Verdict("crash", f"signal {-answer.code}: {line}")
    if "Traceback" in answer.error or answer.code not in (0, 1, 2):
        return Verdict("traceback", answer.error[-300:])
    if answer.megabytes > MEGABYTES:
        return Verdict("memory", line)
    if answer.seconds > SECONDS:
        return Verdict("slow", line)
    lines = answer.out.splitlines() if answer.code < 2 else answer.error.splitlines()
    if answer.code == 2 and (len(lines) != 1 or answer.out):
        return Verdict("several lines", answer.error[:300])
    # The command puts its own name and the file's before what is wrong.
    if any(len(one) > LONGEST + 100 for one in lines):
        return Verdict("long line", f"{max(map(len, lines))} characters")
    if answer.code < 2 and answer.error:
        return Verdict("noise", answer.error[:300])
    if answer.code == 0:
        return Verdict("well" if may_pass else "passed", line)
    return Verdict("refused", line)
