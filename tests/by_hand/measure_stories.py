"""`stories` as a whole, measured: what three engines write, beside NumPy, and how long it takes.

    python tests/by_hand/measure_stories.py WORKBOOK [ironcalc 200] [libreoffice 20] [gnumeric 5]

IronCalc is given one beginning after another; in LibreOffice they are typed into the opened
workbook, and nothing is recalculated by force; Gnumeric converts a copy for each.
"""

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

import ironcalc
import llama
import numpy as np
import openpyxl

from xlsxattn.a1 import Area, address, parse_area
from xlsxattn.engines import engine
from xlsxattn.engines.uno_session import Session

NAMES = ("Tokens", "Logits", "Story")
WITHIN = 1e-9
TEXT = """Once upon a time there was a little girl and a boy dog cat mouse Lily Tim Timmy mom park
play happy big red ball saw wanted said The She He They to in of very tree house friend bird"""
WORDS = TEXT.split()
FIXED = (
    "", "a", "A", " ", "  ", "Once upon a time", "The cat and the mouse",
    "Lily had a red ball. She", "1234567890", "?!?!", "it's", '"Hello," said Tim.', "THE END",
    "a  b   c    d", " leading", "trailing ", "#@{}=^_~*?|", "<s>", "<0x0A>", "x" * 100,
    "The " * 25, "=1+1", "'quoted'", "TRUE",
)  # fmt: skip


def beginnings(count: int) -> list[str]:
    """Fixed ones, then words, characters, repeated spaces, capitals and digits at random."""
    draw = random.Random(0)
    found = list(FIXED[:count])
    while len(found) < count:
        kind = len(found) % 4
        if kind == 0:
            text = " ".join(draw.choices(WORDS, k=draw.randint(1, 12)))
        elif kind == 1:
            text = "".join(chr(draw.randint(32, 126)) for _ in range(draw.randint(1, 40)))
        elif kind == 2:
            words = (draw.choice(WORDS) + " " * draw.randint(1, 4) for _ in range(8))
            text = "".join(words).upper() if draw.random() < 0.5 else "".join(words)
        else:
            text = f"{draw.choice(WORDS)} {draw.randint(0, 9999)}, {draw.choice(WORDS).title()}!"
        found.append(text[:100])
    return found


def areas(path: Path) -> dict[str, Area]:
    book = openpyxl.load_workbook(path, read_only=True)
    names = {name: one.attr_text for name, one in book.defined_names.items()}
    return {name: parse_area(names[name]) for name in (*NAMES, "Beginning")}


def in_ironcalc(path: Path, texts: list[str], at: dict[str, Area]) -> Iterator[dict[str, list]]:
    book = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    sheets = _titles(path)
    typed = at["Beginning"]
    for text in texts:
        book.set_user_input(sheets.index(typed.sheet), typed.row, typed.column, f"'{text}")
        start = time.process_time()
        book.evaluate()
        seconds = time.process_time() - start
        shown = {
            name: [
                book.get_cell_value(sheets.index(at[name].sheet), *cell)
                for cell in at[name].cells()
            ]
            for name in NAMES
        }
        yield {**shown, "seconds": [seconds]}


def in_libreoffice(path: Path, texts: list[str], at: dict[str, Area]) -> Iterator[dict[str, list]]:
    with Session() as session:
        session.open(path)
        for text in texts:
            typed = at["Beginning"]
            start = time.perf_counter()
            session.edit([(typed.sheet, address(typed.row, typed.column), text)])
            seconds = time.perf_counter() - start
            rows = session.read()
            shown = {
                name: [rows[at[name].sheet][r - 1][c - 1] for r, c in at[name].cells()]
                for name in NAMES
            }
            yield {**shown, "seconds": [seconds]}


def in_gnumeric(path: Path, texts: list[str], at: dict[str, Area]) -> Iterator[dict[str, list]]:
    for text in texts:
        typed = at["Beginning"]
        start = time.perf_counter()
        values = engine("gnumeric")(path, [(typed.sheet, address(typed.row, typed.column), text)])
        seconds = time.perf_counter() - start
        shown = {
            name: [values[at[name].sheet][address(*cell)] for cell in at[name].cells()]
            for name in NAMES
        }
        yield {**shown, "seconds": [seconds]}


def _titles(path: Path) -> list[str]:
    return list(openpyxl.load_workbook(path, read_only=True).sheetnames)


ENGINES = {"ironcalc": in_ironcalc, "libreoffice": in_libreoffice, "gnumeric": in_gnumeric}


def measure(path: Path, name: str, count: int) -> None:
    texts, at = beginnings(count), areas(path)
    wrong, furthest, slowest = 0, 0.0, 0.0
    for text, shown in zip(texts, ENGINES[name](path, texts, at), strict=True):
        want = llama.write(text, at["Tokens"].rows)
        logits = np.array(shown["Logits"], dtype=float).reshape(want.logits.shape)
        apart = float(np.abs(logits - want.logits).max())
        right = [int(token) for token in shown["Tokens"]] == want.tokens
        right &= apart <= WITHIN and shown["Story"] == [want.story]
        if not right:
            wrong += 1
            print(f"  {text!r}: {apart:.1e}, expected {want.story!r}, got {shown['Story'][0]!r}")
        furthest, slowest = max(furthest, apart), max(slowest, shown["seconds"][0])
    print(
        f"{name}: {count} beginnings, {wrong} wrong, {furthest:.1e} apart, {slowest:.2f} s at most"
    )


if __name__ == "__main__":
    arguments = sys.argv[2:]
    for name, count in zip(arguments[::2], arguments[1::2], strict=True):
        measure(Path(sys.argv[1]), name, int(count))
