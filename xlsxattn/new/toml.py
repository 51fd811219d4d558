"""Values as they stand in a TOML file, and words and formulas in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence


def string(text: str) -> str:
    """A TOML string; a control character comes out as an escape, for the lesson to refuse."""
    quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return quoted.encode("utf-8", "replace").decode()


def formula(text: str) -> str:
    """A formula in single quotes, as people write it, where it has none itself."""
    return f"'{text}'" if text.isprintable() and "'" not in text else string(text)


def key(word: str) -> str:
    """A key, bare where TOML allows that."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else string(word)


def row(numbers: Iterable[float]) -> str:
    """A row of numbers, in columns with those below it."""
    return "[" + ", ".join(f"{number:5.2f}" for number in numbers) + "]"


def listed(words: Sequence[str]) -> str:
    """A list of strings."""
    return "[" + ", ".join(map(string, words)) + "]"


def quoted(word: str) -> str:
    """A word in notation, inside a formula."""
    return json.dumps(word, ensure_ascii=False)
