"""How the product answered an attack, and what of that is wrong."""

from __future__ import annotations

import signal
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from xlsxattn.errors import XlsxattnError

#: The longest line that a person reads.
LONGEST = 400
#: Seconds for one answer.
PATIENCE = 20


@dataclass(frozen=True)
class Verdict:
    """``kind`` is ``well``, ``refused``, or what is wrong."""

    kind: str
    said: str = ""

    @property
    def is_bad(self) -> bool:
        return self.kind not in ("well", "refused")


def judge(doing: Callable[[], str], names_place: Callable[[str], bool]) -> Verdict:
    """Do it; what it says afterwards is wrong with it, or empty. Errors must be one fair line."""
    try:
        with _patience():
            said = doing()
    except XlsxattnError as error:
        return _refusal(str(error), names_place)
    except TimeoutError:
        return Verdict("slow", f"no answer in {PATIENCE} s")
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Verdict("traceback", f"{error!r:.200} at {last.filename}:{last.lineno}")
    return Verdict("wrong", said) if said else Verdict("well")


def _refusal(line: str, names_place: Callable[[str], bool]) -> Verdict:
    if "\n" in line:
        return Verdict("several lines", line)
    if len(line) > LONGEST:
        return Verdict("long line", f"{len(line)} characters: {line[:200]}")
    if any(unicodedata.category(character) == "Cc" for character in line):
        return Verdict("control characters", repr(line))
    if not names_place(line):
        return Verdict("no place", line)
    return Verdict("refused", line)


@contextmanager
def _patience() -> Iterator[None]:
    def give_up(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def summarise(name: str, first: int, verdicts: list[Verdict]) -> int:
    """Print what was tried and what is bad; how many are."""
    counts = Counter(verdict.kind for verdict in verdicts)
    told = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    print(f"{name}: {len(verdicts)} tried: {told}")
    for number, verdict in enumerate(verdicts, first):
        if verdict.is_bad:
            print(f"  {number}: {verdict.kind}: {verdict.said}")
    return sum(verdict.is_bad for verdict in verdicts)
