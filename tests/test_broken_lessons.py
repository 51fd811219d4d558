"""Broken lesson files: each gets one clear line, exit code 2, and nothing is written.

A good lesson, made at random, is broken in one way out of a table of many. The table is
walked until there are 200 broken lessons, so that each way meets other lessons.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lessons import Content, as_toml, random_lesson

from xlsxattn.build import prepare
from xlsxattn.cli import main

COUNT = 200
#: Breaks a lesson: changes its content in place, or gives the text or the bytes of a file in
#: its place; False where this lesson has nothing that can be broken so.
Break = Callable[[Content], "str | bytes | bool | None"]
BREAKS: dict[str, Break] = {}


def extended(number: int) -> Content:
    """A random lesson with one part of every kind more, so that each can be broken."""
    content = random_lesson(number)
    content.setdefault("inputs", []).extend(
        [
            {"name": "Extra", "values": [[1, 2], [3, 4]], "columns": {"left": "l", "right": "r"}},
            {"name": "Extra_switch", "values": [[1]], "choices": [1, 2]},
            {"name": "Extra_sample", "sample": {"rows": 2, "columns": 3, "seed": 4}},
        ]
    )
    content.setdefault("words", []).append({"name": "Extra_word", "word": "w", "title": "t"})
    row = {"name": "Extra_row", "formula": "Extra[0]", "label": "r"}
    bars = {"title": "t", "alternative": "a", "columns": ["left", "right"]}
    line = {"kind": "line", "title": "t", "alternative": "a", "x": "Extra_x", "series": ["Extra_x"]}
    content.setdefault("steps", []).extend(
        [
            {"name": "Extra_step", "formula": "Extra * 2", "title": "t", "chart": bars},
            {"name": "Extra_table", "rows": [row], "title": "t"},
            {"name": "Extra_x", "formula": "Extra[:, 0]", "title": "t", "chart": line},
        ]
    )
    content.setdefault("claims", []).extend(
        [
            {"name": "extra_live", "text": "t", "holds": "Extra[0, 0] > 0", "when": "1 < 2"},
            {"name": "extra_what_if", "text": "t", "change": {"Extra_switch": 2}, "then": "1 < 2"},
        ]
    )
    content.setdefault("notes", {})["Scores"] = {"title": "t", "note": "n"}
    return content


def add(name: str, breaking: Break) -> None:
    assert name not in BREAKS, name
    BREAKS[name] = breaking


def broken(name: str) -> Callable[[Break], Break]:
    """Adds the function below as a way to break a lesson."""

    def register(breaking: Break) -> Break:
        add(name, breaking)
        return breaking

    return register


def found(content: Content, path: str) -> Any:
    """What stands at a path such as ``steps.-1.chart``; None where there is nothing."""
    inner: Any = content
    for part in path.split("."):
        try:
            inner = inner[int(part)] if isinstance(inner, list) else inner[part]
        except (KeyError, IndexError):
            return None
    return inner


def put(path: str, value: Any) -> Break:
    """A break that puts a value at a path; what is above it must be there."""
    above, _, last = path.rpartition(".")

    def breaking(content: Content) -> bool | None:
        owner = found(content, above) if above else content
        if owner is None:
            return False
        if isinstance(owner, list):
            owner[int(last)] = value
        else:
            owner[last] = copy.deepcopy(value)
        return None

    return breaking


def remove(path: str) -> Break:
    above, _, last = path.rpartition(".")

    def breaking(content: Content) -> bool | None:
        owner = found(content, above) if above else content
        return False if owner is None or owner.pop(last, None) is None else None

    return breaking


def rename(path: str, other: str) -> Break:
    above, _, last = path.rpartition(".")

    def breaking(content: Content) -> bool | None:
        owner = found(content, above) if above else content
        if owner is None or last not in owner:
            return False
        owner[other] = owner.pop(last)
        return None

    return breaking


def more(path: str, *values: Any) -> Break:
    """A break that appends to a list."""

    def breaking(content: Content) -> bool | None:
        owner = found(content, path)
        if owner is None:
            return False
        owner.extend(copy.deepcopy(values))
        return None

    return breaking


def text(change: Callable[[str], str | bytes]) -> Break:
    """A break of the file itself."""
    return lambda content: change(as_toml(content))


def step(**keys: Any) -> Break:
    """A break by a step more."""
    return more("steps", {"name": "Broken", **keys})


# --- keys -----------------------------------------------------------------------------

STEP, TABLE, LINE = "steps.-3", "steps.-2", "steps.-1"
LIVE, WHAT_IF = "claims.-2", "claims.-1"
EXTRA, SWITCH, SAMPLE = "inputs.-3", "inputs.-2", "inputs.-1"

for path, other in {
    "format": "fromat", "title": "titel", "inputs": "input", "steps": "step", "claims": "claim",
    "notes": "note", "words": "wrods", "vocabulary.words": "word", "vocabulary.columns": "colums",
    "contexts.0.id": "ID", "contexts.0.words": "wordz", "attention.mask": "masks",
    "attention.temperature": "temprature", "attention.decimals": "decimal",
    "attention.inspector.query": "querry", "training.epochs": "epoch",
    "training.optimiser": "optimizer", f"{EXTRA}.values": "value", f"{SAMPLE}.sample.seed": "seeds",
    f"{SWITCH}.choices": "choice", "words.-1.word": "wort", f"{STEP}.formula": "formel",
    f"{TABLE}.rows.0.label": "lable", f"{STEP}.chart.alternative": "alternativ",
    f"{LINE}.chart.series": "serie", f"{LIVE}.holds": "hold", f"{WHAT_IF}.then": "than",
    "notes.Scores.note": "notes", "notes.Scores": "Scoers",
}.items():  # fmt: skip
    add(f"misspelt: {path}", rename(path, other))

for path in (
    "format", "title", "vocabulary.columns", "vocabulary.words", "contexts.0.id",
    f"{EXTRA}.name", f"{EXTRA}.values", f"{SAMPLE}.sample.rows", "words.-1.title",
    f"{STEP}.name", f"{STEP}.formula", f"{TABLE}.rows.0.formula", f"{STEP}.chart.title",
    f"{LINE}.chart.x", f"{LIVE}.text", f"{LIVE}.holds", f"{WHAT_IF}.change", f"{WHAT_IF}.then",
    "attention.inspector.key",
):  # fmt: skip
    add(f"missing: {path}", remove(path))

# --- types ----------------------------------------------------------------------------

for path, value in {
    "format": "1", "title": 3, "subtitle": ["a"], "summary": True, "focus": 1, "sheets": "s",
    "vocabulary": [], "vocabulary.words": [[1]], "vocabulary.columns": ["a"], "contexts": {},
    "contexts.0": "cat", "contexts.0.words": "cat", "contexts.0.words.0": 1, "contexts.0.id": 7,
    "attention": True, "attention.heads": 1.5, "attention.scores": 1, "attention.mask": False,
    "attention.temperature": "1", "attention.intersection": "yes", "attention.inspector": "cat",
    "attention.Q": ["X"], "training": 30, "training.epochs": "30", "weights": [[1]],
    f"{EXTRA}.values": [1, 2], f"{EXTRA}.values.0.0": "1", f"{EXTRA}.decimals": 2.5,
    f"{SWITCH}.choices": 2, f"{SAMPLE}.sample": [2, 3], "words.-1.word": 5,
    f"{STEP}.formula": 2, f"{STEP}.rows": "r", f"{STEP}.heat": 1, f"{STEP}.chart": "bar",
    f"{STEP}.columns": "left", f"{STEP}.chart.columns": "left", f"{LIVE}.holds": True,
    f"{WHAT_IF}.change": ["Extra"], f"{WHAT_IF}.change.Extra_switch": True, "notes.Scores": "n",
    "claims": "all", "steps": {"name": "a"},
}.items():  # fmt: skip
    add(f"another type: {path}", put(path, value))

add("a date", text(lambda t: t.replace("format = 1\n", "format = 1\nfocus = 2020-01-01\n", 1)))

# --- several attentions ---------------------------------------------------------------


def attentions(**keys: Any) -> Break:
    """A break by an attention more, with some keys."""

    def breaking(content: Content) -> bool | None:
        if "attention" not in content or "training" in content:
            return False
        content["attention"] = [content["attention"], keys]
        return None

    return breaking


for way, keys in {
    "no name": {}, "an odd name": {"name": "2nd"}, "the name of a head": {"name": "Head_2"},
    "a name that is a number": {"name": 2}, "from nothing": {"name": "B", "from": "Nope"},
    "from itself": {"name": "B", "from": "Output_b"}, "from words": {"name": "B", "from": "Words"},
    "source of nothing": {"name": "B", "source": "Nope"}, "from a number": {"name": "B", "from": 1},
    "17 heads": {"name": "B", "heads": 17}, "17 key heads": {"name": "B", "key_heads": 17},
    "more key heads than heads": {"name": "B", "key_heads": 2, "heads": 1},
    "positions": {"name": "B", "positions": "sinusoidal"}, "bias": {"name": "B", "bias": "alibii"},
    "a bias that is text": {"name": "B", "bias": "'cat'"}, "misspelt": {"name": "B", "form": "X"},
    "notation": {"name": "B", "Q": "Nope @ X"}, "temperature": {"name": "B", "temperature": 0},
    "an inspector": {"name": "B", "inspector": {"query": "no such word", "key": "cat"}},
}.items():  # fmt: skip
    add(f"another attention: {way}", attentions(**keys))
add("attentions: none of them", put("attention", [1]))

# --- names ----------------------------------------------------------------------------

for name in ("Q1", "R", "c", "R1C1", "XFD1048576", "TRUE", "1a", "a b", "a-b", "名", "", "_x",
             "Print_Area", "a.b", "A_x0041_", "n" * 256):  # fmt: skip
    add(f"name: {name[:20]!r}", put(f"{EXTRA}.name", name))
add("name of a step", put(f"{STEP}.name", "C2"))
add("name of a row", put(f"{TABLE}.rows.0.name", "RC"))
add("name of a word", put("words.-1.name", "W1"))
add("name of a context", put("contexts.0.id", "a b"))
add("name of a claim", put(f"{LIVE}.name", "n" * 251))
add("id of a column", put("vocabulary.columns.2 d", "x"))

add("twice: inputs", more("inputs", {"name": "extra", "values": [[1]]}))
add("twice: steps", more("steps", {"name": "Extra", "formula": "1"}))
add("twice: rows", put(f"{TABLE}.rows.0.name", "Extra_step"))
add("twice: its own row", put(f"{TABLE}.name", "Extra_row"))
add("twice: words", put("words.-1.name", "EXTRA"))
add("twice: claims", put(f"{LIVE}.name", "Extra_What_If"))
add("twice: a claim and a step", put(f"{STEP}.name", "Claim_extra_live"))

for name in ("Temperature", "temperature", "Output", "Attention_sum", "X", "Vocabulary"):
    needs = "vocabulary" if name in ("Vocabulary", "X") else "attention"

    def collide(content: Content, name: str = name, needs: str = needs) -> bool | None:
        if needs not in content or (needs == "vocabulary" and "contexts" not in content):
            return False
        several = len(content["contexts"]) > 1 and name in ("Output", "Attention_sum", "X")
        if content.get("attention", {}).get("heads", 1) > 1 and name == "Attention_sum":
            return False
        tail = f"_{content['contexts'][0]['id']}" if several else ""
        content["inputs"].append({"name": name + tail, "values": [[1]]})
        return None

    add(f"taken by attention: {name}", collide)

for name in ("Loss", "Learning_rate", "Losses", "Milestones", "Loss_epoch2", "Checked_row"):

    def collide_with_training(content: Content, name: str = name) -> bool | None:
        content["inputs"].append({"name": name, "values": [[1, 2]]})
        return None if "training" in content else False

    add(f"taken by training: {name}", collide_with_training)


@broken("twice: contexts")
def _(content: Content) -> bool | None:
    contexts = content.get("contexts", [])
    if not contexts or not contexts[0].get("words"):
        return False
    contexts[1:] = [{**contexts[0], "id": contexts[0]["id"].swapcase()}]
    return None


# --- words ----------------------------------------------------------------------------

for path, value in {
    "contexts.0.words.0": "no such word", "contexts.0.keys": ["no such word"],
    "contexts.0.words": [], "focus": "no such word",
    "attention.inspector": {"query": "no such word", "key": "no such word"},
    "attention.mixture": "no such word",
    "words.-1.word": "a*", f"{WHAT_IF}.change": {"Extra_word": ""},
}.items():  # fmt: skip
    add(f"words: {path} {str(value)[:8]}", put(path, value))

for word in ("a*", "who?", "~", "", "   ", "\u00a0", "w" * 256, "a\u0007b", "a\nb", "d_x0041_g",
             "\ufffe"):  # fmt: skip

    def add_word(content: Content, word: str = word) -> bool | None:
        if "vocabulary" not in content:
            return False
        content["vocabulary"]["words"][word] = [0.5] * len(content["vocabulary"]["columns"])
        return None

    add(f"a word: {word[:10]!r}", add_word)


def add_pair(one: str, other: str) -> Break:
    def breaking(content: Content) -> bool | None:
        if "vocabulary" not in content:
            return False
        for word in (one, other):
            content["vocabulary"]["words"][word] = [0.5] * len(content["vocabulary"]["columns"])
        return None

    return breaking


for one, other in (("zebra", "ZEBRA"), ("zıt", "zit"), ("Σας", "σασ"), ("straße", "STRASSE")):
    add(f"a pair: {one} {other}", add_pair(one, other))


# --- shapes ---------------------------------------------------------------------------


def in_first_row(path: str, change: Callable[[list[Any]], Any]) -> Break:
    """A break of the first row of a matrix, or of the first of several."""

    def breaking(content: Content) -> bool | None:
        rows = found(content, path)
        if not rows:
            return False
        first = next(iter(rows.values())) if isinstance(rows, dict) else rows[0]
        if isinstance(first[0], list):
            first = first[0]
        change(first)
        return None

    return breaking


add("shape: a word of more numbers", in_first_row("vocabulary.words", lambda r: r.append(1)))
add("shape: a word of fewer numbers", in_first_row("vocabulary.words", list.pop))
add("shape: no numbers", in_first_row(f"{EXTRA}.values", list.clear))
add("shape: unequal rows", in_first_row(f"{EXTRA}.values", list.pop))
add("shape: labels of columns", put(f"{EXTRA}.columns", ["a", "b", "c"]))
add("shape: labels of rows", put(f"{EXTRA}.rows", ["a"]))
add("shape: labels of a sample", put(f"{SAMPLE}.rows", ["a"]))
add("shape: labels of a step", put(f"{STEP}.columns", ["a"]))
add("shape: row labels of a step", put(f"{STEP}.row_labels", ["a", "b", "c"]))
add("shape: rows of a table", more(f"{TABLE}.rows", {"name": "Z", "formula": "1", "label": "z"}))
add("shape: a switch", put(f"{SWITCH}.values", [[1, 2]]))
add("shape: a change", put(f"{WHAT_IF}.change", {"Extra": [[1, 2, 3]]}))
add("shape: a ragged change", put(f"{WHAT_IF}.change", {"Extra": [[1, 2], [3]]}))
add("shape: a mixed change", put(f"{WHAT_IF}.change", {"Extra": [1, [2]]}))
add("shape: no vocabulary", put("vocabulary.words", {}))
add("shape: no columns", put("vocabulary.columns", {}))
add("shape: an empty weight", put("weights.W_V", []))
add("shape: a flat weight", put("weights.W_V", [1, 2]))
add("shape: a weight of 99 rows", put("weights.W_V", [[1]] * 99))
add("shape: a weight unused", put("weights.W_nothing", [[1]]))
add("shape: columns of no weight", put("weight_columns", {"W_nothing": ["a"]}))


@broken("shape: heads that do not divide")
def _(content: Content) -> bool | None:
    if "vocabulary" not in content or "attention" not in content or "training" in content:
        return False
    content.pop("weights", None)
    content.pop("weight_columns", None)
    content["attention"]["heads"] = len(content["vocabulary"]["columns"]) + 1
    for letter in "QKV":
        content["attention"].pop(letter, None)
        for context in content["contexts"]:
            context.pop(letter, None)
    return None if content["attention"]["heads"] <= 16 else False


@broken("shape: weights of one head alone")
def _(content: Content) -> bool | None:
    weights = content.get("weights", {})
    return None if weights.pop("W_Q_head2", None) else False


# --- attention and training -----------------------------------------------------------

for path, value in {
    "attention.scores": "cosine", "attention.mask": "circle", "attention.positions": "learned",
    "attention.heads": 0, "attention.window": -1, "attention.decimals": 13,
    "attention.temperature": 0,
    "training.epochs": 1, "training.optimiser": "lion", "training.learning_rate": -1,
    "training.momentum": 1, "training.beta1": 1.5, "training.epsilon": 0, "training.decimals": -1,
    "contexts.0.scores": "cosine", "contexts.0.shares": "nowhere",
}.items():  # fmt: skip
    add(f"choice: {path} = {value}", put(path, value))

add("choice: many heads", put("attention.heads", 17))
add("choice: many epochs", put("training.epochs", 201))
add("choice: cold", put("attention.temperature", -0.5))
add("choice: a context that shares itself", lambda c: share(c, 0, 0))
add("choice: a context that shares a later one", lambda c: share(c, 0, 1))


def share(content: Content, one: int, other: int) -> bool | None:
    contexts = content.get("contexts", [])
    if len(contexts) <= max(one, other):
        return False
    title = contexts[one].get("title", "")
    contexts[one] = {"id": contexts[one]["id"], "title": title, "shares": contexts[other]["id"]}
    return None


for letter, formula in {"Q": "Nope", "K": "X @ (", "V": "X['no such word'] @ 1"}.items():

    def formula_of(content: Content, letter: str = letter, formula: str = formula) -> bool | None:
        if "vocabulary" not in content or "attention" not in content:
            return False
        for table in (content["attention"], *content["contexts"]):
            table[letter] = formula
        return None

    add(f"choice: {letter} = {formula}", formula_of)


@broken("choice: training with heads")
def _(content: Content) -> bool | None:
    if "training" not in content:
        return False
    content["attention"]["heads"] = 2
    return None


@broken("choice: training without weights")
def _(content: Content) -> bool | None:
    if content.pop("weights", None) is None or "training" not in content:
        return False
    content.pop("weight_columns", None)
    return None


@broken("choice: additive scores without weights")
def _(content: Content) -> bool | None:
    if "attention" not in content or "W_score" in str(content.get("weights")):
        return False
    content["attention"]["scores"] = "additive"
    for context in content["contexts"]:
        context.pop("scores", None)
    return None


@broken("choice: five contexts")
def _(content: Content) -> bool | None:
    if not found(content, "contexts.0.words") or content.get("attention", {}).get("sheet"):
        return False
    words = content["contexts"][0]["words"]
    content["contexts"] = [{"id": f"n{n}", "words": words} for n in range(5)]
    return None


@broken("choice: 1025 words")
def _(content: Content) -> bool | None:
    if not found(content, "contexts.0.words"):
        return False
    content["contexts"][0]["words"] = content["contexts"][0]["words"][:1] * 1025
    return None


@broken("choice: attention over nothing")
def _(content: Content) -> bool | None:
    return False if content.pop("vocabulary", None) is None or "contexts" not in content else None


# --- notation -------------------------------------------------------------------------

NOTATION = [
    "(", "Extra +", "Extra Extra", "Extra[", "import os", "lambda: 1", "[1, 2]", "{1}", "()",
    "Extra if 1 else 2", "1; 2", "Extra = 1", "Extra == ", "f'{Extra}'", "Extra.shape", "# 1",
    "__import__('os').system('true')", "open('x')", "Extra or Extra", "not Extra", "Extra // 2",
    "Extra % 2", "Extra & 1", "~Extra", "Extra[0:2:1]", "Extra[9]", "Extra[0, 9]", "Extra[0, 0, 0]",
    "Extra['no']", "Extra[:, 'no']", "Extra[1:1]", "Extra[0.5]", "Extra[Extra]", "1e999",
    "10 ** 400", "soft(Extra)", "exp()", "exp(Extra, 1)", "where(Extra)", "max()", "min()",
    "row_max(Extra, 1)", "lookup(Extra, Extra, Extra)", "before('Extra')", "None", "True", "...",
    "b'x'", "1j", "'text' + 1", "Extra_word + 1", "Extra_word < 'a'", "exp(Extra_word)", "extra",
    "(" * 300, "-" * 900 + "1", "1 + " * 240 + "1", "sqrt(-1)", "ln(0)", "1 / 0", "0 / 0",
    "exp(1000)", "Extra @ Extra_sample.T", "Extra + Extra_sample", "beside(1, Extra)", "beside()",
    "stack(Extra, 1)", "recurrent(Extra, Extra)", "largest_label(1)",
    "column_labels(1)", "(y := 1)", "*Extra", "Extra, Extra",
    "(yield)", "await Extra", "Extra.T.T.U", "Extra is Extra", "Extra in Extra", "Extra['cat':]",
    "Extra[...]", "Extra[None]", "exp(x=1)", "Extra()", "exp(*Extra)", "0x", "1__0", "\\", "=1+1",
    "sum(Extra_word)", "Broken", "Broken + 1", "Extra_later", "Extra ** 'a'", "'a' * 2", "-'a'",
    "Extra @ 2", "2 @ Extra", "max(Extra_word, 1)", "columns(Extra_word) + 'a'", "sin(" * 70 + "1"
    + ")" * 70, "Extra " + "+ 1" * 400, "Extra[-3]", "Extra[1e400]", "Extra[" + "9" * 400 + "]",
    "find(Extra_word, Extra_word, Extra)", "a.b.c", "\"", "'", "'''", "Extra < ", "'a' 'b' 1",
    "1 if", "where(Extra_word, 1, 2)", "where(Extra, 'a', 1) + 1", "row_sum('a')", "Extra\u00a0+",
    "Ｅｘｔｒａ！", "①", "Extra @@ Extra", "Extra ** ", "Extra ! 1", "Extra <> 1", "$A$1", "A1:B2",
    "SUM(A1)", "exp (", "Extra -> 1", "print(1)", "e", "pi", "inf", "nan",
]  # fmt: skip

for formula in NOTATION:
    shown = formula if len(formula) < 40 else f"{formula[:20]}… {len(formula)}"
    add(f"notation: {shown}", step(formula=formula))

for formula in ("Extra", "Extra > 0", "Extra_word", "'a'", "Nope == 1", "", "1 <", "before(1)",
                "before('Extra')"):  # fmt: skip
    add(f"a claim: {formula}", put(f"{LIVE}.holds", formula))
for formula in ("Extra", "Extra_word", "Nope == 1", "1 <", "before(1) > 1", "before('Nope') > 1"):
    add(f"then: {formula}", put(f"{WHAT_IF}.then", formula))
for formula in ("Extra", "Nope", "1 <", "Extra_word"):
    add(f"when: {formula}", put(f"{LIVE}.when", formula))
for formula in ("Nope", "1 <", "Extra @ Extra_sample.T", "'a' + 1"):
    add(f"a row: {formula}", put(f"{TABLE}.rows.0.formula", formula))
for place in ("Nope", "Extra_step", "Extra[9]", "Extra[0, 9]", "Extra['no']", "Extra[0, 0, 0]", "(",
              "", "1", "Extra.T", "Extra[0:1]", "Extra_switch.x", "extra"):  # fmt: skip
    add(f"a change of: {place}", put(f"{WHAT_IF}.change", {place: 2}))
for value in ("word", float("nan"), float("inf"), [], [[]], 1e300):
    add(f"a change to: {value}", put(f"{WHAT_IF}.change", {"Extra_switch": value}))

# --- places ---------------------------------------------------------------------------

for key in ("beside", "next_to", "after"):
    for other in ("Nope", "Extra_switch", "Broken", "Extra_row", "Extra_live"):
        add(f"{key}: {other}", step(formula="Extra[:, 0]", **{key: other}))
for key in ("next_to", "after"):
    add(f"an input {key}: itself", put(f"{EXTRA}.{key}", "Extra"))
    add(f"an input {key}: nothing", put(f"{EXTRA}.{key}", "Nope"))
add("next_to: a later input", put(f"{EXTRA}.next_to", "Extra_sample"))
for key, value in {"x": "Nope", "series": ["Nope"]}.items():
    add(f"chart: {key} of nothing", put(f"{LINE}.chart.{key}", value))
    wide = "Extra" if key == "x" else ["Extra"]
    add(f"chart: {key} of two columns", put(f"{LINE}.chart.{key}", wide))
add("chart: a setting", put(f"{LINE}.chart.series", ["Extra_switch"]))
add("chart: no columns", put(f"{TABLE}.chart", {"title": "t", "alternative": "a",
                                                "columns": ["no"]}))  # fmt: skip
add("chart: no labels", step(formula="Extra_sample * 2", chart={"title": "t", "alternative": "a"}))
add("chart: no such column", put(f"{STEP}.chart.columns", ["middle"]))
add("chart: columns apart", step(formula="beside(Extra, Extra)", columns=["a", "b", "c", "d"],
    chart={"title": "t", "alternative": "a", "columns": ["a", "c"]}))  # fmt: skip
SHORT = {"kind": "line", "title": "t", "alternative": "a", "x": "Extra_x", "series": ["Broken"]}
add("chart: lines of other lengths", step(formula="Extra[0:1, 0]", chart=SHORT))
add("beside: two columns", step(formula="Extra", beside="Extra"))
add("beside: another height", step(formula="Extra[0:1, 0]", beside="Extra"))
add("chart: no such kind", put(f"{STEP}.chart.kind", "pie"))
add("chart: no lines", put(f"{LINE}.chart.series", []))
add("chart: 256 lines", put(f"{LINE}.chart.series", ["Extra_x"] * 256))
add("sheets of nothing", put("sheets", {"no such sheet": "s"}))
add("both formula and rows", put(f"{TABLE}.formula", "1"))
add("both values and sample", put(f"{SAMPLE}.values", [[1]]))
add("both holds and then", put(f"{LIVE}.then", "1 < 2"))
add("change without then", put(f"{LIVE}.change", {"Extra_switch": 1}))

# --- numbers --------------------------------------------------------------------------

for number in (float("nan"), float("inf"), float("-inf"), 1e16, -1e16, 1e300, 10**400, 7 * 10**15):
    add(f"number: {str(number)[:12]}", put(f"{EXTRA}.values.0.0", number))
for number in (float("nan"), float("inf"), 1e300):
    add(f"a weight: {number}", put("weights.W_V", [[number]]))
    add(f"temperature: {number}", put("attention.temperature", number))
    add(f"a choice: {number}", put(f"{SWITCH}.choices", [1, number]))
for path, number in (
    ("rows", 0), ("rows", -1), ("rows", 10**9), ("columns", 5000), ("seed", -1), ("seed", 2**32),
    ("rows", 1.5),
):  # fmt: skip
    add(f"sample: {path} = {number}", put(f"{SAMPLE}.sample.{path}", number))
for number in (-1, 13, 10**30):
    add(f"decimals: {number}", put(f"{STEP}.decimals", number))
add("choices without the value", put(f"{SWITCH}.choices", [2, 3]))
add("choices too long", put(f"{SWITCH}.choices", [1, *range(10**6, 10**6 + 99)]))

# --- texts ----------------------------------------------------------------------------

for where in ("title", "subtitle", f"{EXTRA}.title", f"{STEP}.note", f"{STEP}.sheet",
              f"{LIVE}.text", "notes.Scores.note", "words.-1.title"):  # fmt: skip
    add(f"control: {where}", put(where, "a\u0007b"))
for words in ("a\nb", "a\tb", "a\x00b", "a\x7fb", "\ufffe", "_x0041_", "x" * 1001):
    add(f"text: {words[:6]!r}", put(f"{STEP}.title", words))
for where in ("title", f"{STEP}.title", f"{EXTRA}.columns.left", f"{LIVE}.text",
              f"{TABLE}.rows.0.label", f"{STEP}.chart.alternative",
              "contexts.0.title"):  # fmt: skip
    add(f"no English: {where}", put(where, {"zh": "词"}))
add("no language", put("title", {}))
add("odd language", put("title", {"en": "x", "English!": "x"}))
add("a language of numbers", put("title", {"en": 1}))

# --- files ----------------------------------------------------------------------------

for name, change in {
    "unclosed text": lambda t: t + 'focus = "x\n', "unclosed list": lambda t: t + "a = [1, 2\n",
    "no value": lambda t: "a =\n" + t, "no equals sign": lambda t: "hello world\n" + t,
    "two equals signs": lambda t: "a = = 1\n" + t, "no quotes": lambda t: "focus = cat\n" + t,
    "a key twice": lambda t: "format = 1\n" + t, "a table twice": lambda t: t + "[notes]\n",
    "a list that is a table": lambda t: t + "[[notes]]\n", "Python": lambda t: "x = None\n" + t,
    "JSON": lambda t: '{"format": 1}', "YAML": lambda t: "format: 1\ntitle: x\n",
    "XML": lambda t: "<lesson/>", "a bare key": lambda t: "词 = 1\n" + t,
    "an escape": lambda t: 'focus = "\\q"\n' + t, "half a pair": lambda t: 'a = "\\ud800"\n' + t,
    "cut off": lambda t: t[: len(t) // 2] + '"', "empty": lambda t: "", "spaces": lambda t: " \n\n",
    "a comment": lambda t: "# nothing\n", "a zero": lambda t: "focus = 007\n" + t,
    "a day that is none": lambda t: "focus = 2023-02-30\n" + t,
    "deep lists": lambda t: f"a = {'[' * 3000}{']' * 3000}\n" + t,
    "deep tables": lambda t: "a = " + "{a = " * 3000 + "1" + "}" * 3000 + "\n" + t,
    "deep keys": lambda t: ".".join("a" * 3000) + " = 1\n" + t,
    "long number": lambda t: f"a = {'9' * 5000}\n" + t, "carriage": lambda t: t + "a\r",
    "newer": lambda t: t.replace("format = 1", "format = 2", 1),
    "float": lambda t: t.replace("format = 1", "format = 1.5", 1),
    "negative": lambda t: t.replace("format = 1", "format = -1", 1),
    "Latin-1": lambda t: (t + "# é").encode("latin-1", "replace"),
    "GBK": lambda t: (t + "# 中文").encode("gbk", "replace"),
    "UTF-16": lambda t: t.encode("utf-16"), "UTF-16 without mark": lambda t: t.encode("utf-16-be"),
    "UTF-32": lambda t: t.encode("utf-32"), "two marks": lambda t: ("\ufeff\ufeff" + t).encode(),
    "a mark alone": lambda t: b"\xef\xbb\xbf", "NUL": lambda t: t.encode() + b"\x00",
    "archive": lambda t: b"PK\x03\x04\x14\x00", "half a letter": lambda t: t.encode() + b"#\xe4",
}.items():  # fmt: skip
    add(f"file: {name}", text(change))


# --- all of them ----------------------------------------------------------------------


def broken_lesson(way: str, start: int) -> bytes:
    """The first lesson from ``start`` on that can be broken so, broken."""
    for number in count(start):
        content = extended(number)
        result = BREAKS[way](content)
        if result is not False:
            broken = as_toml(content) if result is None else result
            return broken.encode() if isinstance(broken, str) else broken
    raise AssertionError


def walked() -> list[tuple[str, int]]:
    """Every way to break a lesson, and the lesson from which on to look for one."""
    ways = list(BREAKS)
    return [(ways[n % len(ways)], n) for n in range(max(COUNT, len(ways)))]


@pytest.mark.parametrize("number", range(20))
def test_lessons_are_whole_before(number: int, tmp_path: Path) -> None:
    """What is broken below is a lesson that builds."""
    path = tmp_path / "whole.toml"
    path.write_text(as_toml(extended(number)), encoding="utf-8")
    assert prepare(str(path)).layouts


@pytest.mark.parametrize(("way", "number"), walked(), ids=[way[:40] for way, _ in walked()])
def test_broken_lesson(
    way: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that names the file, and says what was expected and what came."""
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_bytes(broken_lesson(way, number))
    result = CliRunner().invoke(main, ["build", "bad.toml"])
    assert result.exit_code == 2, result.exception
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("xlsxattn: bad.toml: ")
    assert "expected" in line and len(line) < 1500
    assert ", got" in line or " got " in line
    assert [path.name for path in tmp_path.rglob("*")] == ["bad.toml"]


def test_there_are_enough_ways() -> None:
    """There are 200 different broken lessons, of no fewer than 200 kinds."""
    assert len({broken_lesson(*pair) for pair in walked()[:COUNT]}) == COUNT <= len(BREAKS)
