"""Lessons with one to three things changed at random: each is built, or refused in one line."""

from __future__ import annotations

import copy
import random
import re
import shutil
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import tomlkit
from lessons import HOSTILE, random_lesson

from attacks.verdict import Verdict, judge
from xlsxattn.build import prepare, write
from xlsxattn.lesson import Lesson, template_folder

#: What a hand, a script or an enemy may write in place of anything.
VALUES: list[Any] = [
    0, 1, -1, 2, 7, 1000, 10**6, 10**9, 10**400, 0.0, -0.0, 0.5, 1e-300, 1e300, -1e300,
    float("inf"), float("nan"), True, False, "", " ", "x", "X", "Q", "–", "\u00a0", "a b", "cat",
    "X @ W_Q", "1 / 0", "A" * 300, "A" * 40000, "(" * 200, "((((1))))", "exp(1000)",
    "\u202eabc", "😀", "../../etc/passwd", "/etc/passwd", "weights/none.npz", "{x}", "{", "}}",
    "{Output}", "en", "causal", "dot", "Output", "Scores", "X[0]", "X[:, 99]", "X.T @ X",
    [], [[]], [0], [[0]], [[1, 2], [3]], [[1.5] * 40] * 40, ["cat"] * 2000, [""], {}, {"en": "x"},
    {"fr": "x"}, {"a": 1}, {"": 1}, {"en": ""}, {"x": [[1]]}, *HOSTILE,
]  # fmt: skip
Path_ = tuple[Any, ...]


@cache
def originals() -> list[dict[str, Any]]:
    """The package's lessons, and some made at random."""
    texts = [path.read_text("utf-8") for path in sorted(template_folder().glob("*.toml"))]
    return [tomllib.loads(text) for text in texts] + [random_lesson(n) for n in range(12)]


def _paths(content: Any, path: Path_ = ()) -> list[Path_]:
    """Where anything stands in a lesson."""
    found = [path] if path else []
    items: Any = ()
    if isinstance(content, dict):
        items = content.items()
    elif isinstance(content, list):
        items = enumerate(content)
    for key, value in items:
        found += _paths(value, (*path, key))
    return found


def _at(content: Any, path: Path_) -> Any:
    for key in path:
        content = content[key]
    return content


def mutated(number: int) -> dict[str, Any]:
    """Lesson ``number`` of those that are broken."""
    source = random.Random(number)
    content = copy.deepcopy(source.choice(originals()))
    for _ in range(source.choice([1, 1, 1, 2, 3])):
        _mutate(content, source)
    return content


def _mutate(content: dict[str, Any], source: random.Random) -> None:
    # A place high up is chosen as often as one of the many numbers.
    places = _paths(content)
    depth = source.choice(sorted({len(path) for path in places}))
    path = source.choice([path for path in places if len(path) == depth])
    holder, key = _at(content, path[:-1]), path[-1]
    way = source.randrange(8)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, list):
        holder.insert(source.randrange(len(holder) + 1), copy.deepcopy(holder[key]))
    elif way == 2 and isinstance(holder, dict):
        new = source.choice([*HOSTILE, "x", "Q", "R1", "name", "A" * 300, ""])
        holder[new] = holder.pop(key)
    elif way == 3:
        other = source.choice(places)
        try:
            holder[key] = copy.deepcopy(_at(content, other))
        except (KeyError, IndexError, TypeError):
            holder[key] = source.choice(VALUES)
    elif way == 4 and isinstance(holder[key], str):
        holder[key] = _edited(holder[key], source)
    elif way == 5 and isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
        holder[key] *= source.choice([-1, 0, 1e3, 1e6, 1e12, 1e300, 0.001, 1.5])
    elif way == 6 and isinstance(holder, list):
        del holder[source.randrange(len(holder)) :]
    else:
        holder[key] = source.choice(VALUES)


def _edited(text: str, source: random.Random) -> str:
    """A text with a part lost, doubled or swapped, as by a slip of the hand."""
    if not text:
        return "x"
    start = source.randrange(len(text))
    end = min(len(text), start + source.choice([1, 1, 2, 5]))
    insert = source.choice(["", "", "(", ")", " ", ".", "1", "@", "[", "]", '"', ",", "X", "-"])
    return text[:start] + insert + text[end:]


_KEYS = "|".join(Lesson.__struct_encode_fields__)
#: A part of the lesson; what has none is the file as a whole.
_PLACE = re.compile(rf"^[^:]*\.toml: (((a key in )?({_KEYS})\b.*: )|the lesson: |expected )")


def names_place(line: str) -> bool:
    """Whether an error says which part of the lesson it means, or that the whole is no lesson."""
    return bool(_PLACE.match(line))


def attack(number: int) -> Verdict:
    """Build one; refused or built, nothing else."""
    folder = Path(tempfile.mkdtemp(prefix="attack"))
    try:
        path = folder / "lesson.toml"
        path.write_text(tomlkit.dumps(mutated(number)), encoding="utf-8", errors="replace")
        shutil.copytree(template_folder() / "weights", folder / "weights")

        def build() -> str:
            write(prepare(str(path), "en"), folder / "lesson.xlsx")
            return ""

        return judge(build, names_place)
    finally:
        shutil.rmtree(folder)
