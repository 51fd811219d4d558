"""Lessons that a workbook says it was built from, and that nobody built."""

from __future__ import annotations

import base64
import bz2
import json
import random
import re
from html import escape, unescape
from typing import Any

from attacks.hostile import Parts, Spoil
from xlsxattn.writer import LESSON_PART

_TEXT = re.compile(rb'(<lesson xmlns="[^"]*">)(.*)(</lesson>)', re.DOTALL)


def _carried(content: Parts) -> dict[str, Any]:
    found = _TEXT.search(content[LESSON_PART])
    assert found is not None
    carried: dict[str, Any] = json.loads(unescape(found[2].decode()))
    return carried


def _carry(content: Parts, text: str) -> None:
    inside = escape(text, quote=False).encode(errors="replace")
    content[LESSON_PART] = _TEXT.sub(lambda m: m[1] + inside + m[3], content[LESSON_PART])


def _change(content: Parts, **keys: Any) -> None:
    """Other content for some keys of the lesson."""
    carried = _carried(content)
    carried["lessons"][0]["lesson"].update(keys)
    _carry(content, json.dumps(carried))


def no_json(content: Parts, source: random.Random) -> None:
    deep = source.choice([1_000, 100_000])
    _carry(content, source.choice([
        "", "{", "null", "[]", "7", '{"lessons": 1}', "[" * deep, '{"a":' * deep, "x" * 1_000_000,
        '{"title": "' + "\\u0000" * 1000, "1" * 100_000, "<a/>", "[" * deep + "]" * deep,
    ]))  # fmt: skip


def language(content: Parts, source: random.Random) -> None:
    carried = _carried(content)
    carried["language"] = source.choice(["../../x", "/etc/passwd", "", "en/../zh", "xx", "en\0",
                                         "en\n", "EN", "a" * 100_000, "..\\x"])  # fmt: skip
    _carry(content, json.dumps(carried))


def samples(content: Parts, source: random.Random) -> None:
    rows, columns = source.choice([(100_000, 4096), (16_384, 4096), (100_000, 64), (2000, 2000)])
    inputs = [
        {"name": f"Sample{n}", "title": "s", "sheet": "samples",
         "sample": {"rows": rows, "columns": columns, "seed": n}}
        for n in range(source.choice([1, 100]))
    ]  # fmt: skip
    _change(content, inputs=inputs)


def many(content: Parts, source: random.Random) -> None:
    """Thousands of claims, steps, notes, words, blocks."""
    count = source.choice([10_000, 100_000])
    _change(content, **source.choice([
        {"claims": [{"name": f"c{n}", "text": "t", "holds": "1 < 2"} for n in range(count)]},
        {"steps": [{"name": f"Own{n}x", "formula": "X", "title": "t"} for n in range(count)]},
        {"contexts": [{"id": f"c{n}", "words": ["cat"]} for n in range(count)]},
        {"notes": {f"n{n}": {"text": "t"} for n in range(count)}},
        {"vocabulary": {"columns": {"a": "a"}, "words": {f"w{n}": [1.0] for n in range(count)}}},
        {"blocks": {f"B{n}": {"steps": []} for n in range(count)}},
        {"attention": [{"name": f"A{n}"} for n in range(count)]},
        {"one_page": ["X"] * count}, {"sheets": {f"s{n}": "t" for n in range(count)}},
    ]))  # fmt: skip


def costly(content: Parts, source: random.Random) -> None:
    """Within every number that a lesson may have, and yet gigabytes."""
    words = ["cat", "mouse"] * 512
    sentences = [{"id": f"c{n}", "words": words} for n in range(source.choice([1, 4, 64]))]
    _change(content, **source.choice([
        {"contexts": sentences}, {"contexts": sentences, "attention": {"heads": 16}},
        {"contexts": sentences, "attention": {"scores": "additive"}},
        {"vocabulary": {"columns": {f"c{n}": "t" for n in range(4000)}, "words": words}},
        {"training": {"epochs": 200}}, {"training": {"epochs": 10**9}},
    ]))  # fmt: skip


def weights(content: Parts, source: random.Random) -> None:
    """Weights from files that are not the lesson's, or that fill the memory."""
    one = source.choice([
        {"file": "/etc/passwd", "rows": 2, "columns": 2}, {"file": "../../x.npz"},
        {"file": "a.npz", "rows": 16_384, "columns": 16_000}, {"seed": 1, "rows": 16_384,
         "columns": 16_000}, {"file": "\\\\host\\x.npz", "rows": 1, "columns": 1}, {"seed": 2**40},
        {"rows": -1, "columns": 2}, [[1e999]], [[]], [[1.0] * 100_000], {"file": "a" * 100_000},
    ])  # fmt: skip
    names = ["W_Q", "W_K", "W_V"] + [f"W{n}" for n in range(source.choice([0, 200]))]
    _change(content, weights=dict.fromkeys(names, one))


def formulas(content: Parts, source: random.Random) -> None:
    """Notation that is deep, long, or no notation."""
    formula = source.choice([
        "(" * 5000 + "X" + ")" * 5000, "-" * 5000 + "X", "X" + " + X" * 5000, "X" + ".T" * 5000,
        "__import__('os').system('touch x')", "X ** 99999999", "9" * 100_000, "X @ " * 3000 + "X",
        "exp(" * 3000 + "X" + ")" * 3000, "'" * 9999, "X[" * 3000, "lambda: 0", "\0",
        "X if 1 else X",
    ])  # fmt: skip
    where = source.randrange(3)
    if where == 0:
        _change(content, steps=[{"name": "Own", "formula": formula, "title": "t"}])
    elif where == 1:
        _change(content, claims=[{"name": "c", "text": "t", "holds": formula}])
    else:
        _change(
            content, claims=[{"name": "c", "text": "t", "then": formula, "change": {formula: 1}}]
        )


def texts(content: Parts, source: random.Random) -> None:
    text = source.choice(["a" * 5_000_000, "{" * 10_000, "\x1b[31m", "\u202e", "{X}" * 10_000,
                          "\n" * 500, "{X[" * 5000, "\ud800"])  # fmt: skip
    key = source.choice(["title", "subtitle", "summary"])
    _change(content, **{key: text})


def many_lessons(content: Parts, source: random.Random) -> None:
    carried = _carried(content)
    count = source.choice([100, 3_000]) if len(content[LESSON_PART]) < 5_000 else 60
    carried["lessons"] *= count
    _carry(content, json.dumps(carried))


def other_sheets(content: Parts, source: random.Random) -> None:
    carried = _carried(content)
    carried["lessons"][0]["sheets"] = source.choice([[], ["nowhere"], ["../x"] * 100_000, [""]])
    _carry(content, json.dumps(carried))


def other_kinds(content: Parts, source: random.Random) -> None:
    """Something of the lesson is of another kind."""
    carried = _carried(content)
    lesson = carried["lessons"][0]["lesson"]
    key = source.choice(sorted(lesson))
    lesson[key] = source.choice([None, 7, -1, 1e300, "x", [], {}, [[]], [None], {"": ""}, True])
    _carry(content, json.dumps(carried))


def in_the_properties(content: Parts, source: random.Random) -> None:
    """The lesson that is packed among the properties: too much of it, or none."""
    del content[LESSON_PART]
    data = source.choice([
        bz2.compress(b" " * (source.choice([60, 600]) << 20)), b"BZh9", bz2.compress(b"{}") * 2,
        bz2.compress(b"\xff\xfe"), bz2.compress(b"[" * 100_000), b"",
    ])  # fmt: skip
    text = base64.b64encode(data).decode() if source.random() < 0.9 else "%%%"
    pieces = [text[start : start + 255] for start in range(0, len(text), 255)] or [""]
    one = '<property name="xlsxattn lesson {}" fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{}"><vt:lpwstr>{}</vt:lpwstr></property>'  # noqa: E501
    more = "".join(one.format(n, n + 90, piece) for n, piece in enumerate(pieces, start=1))
    name = "docProps/custom.xml"
    bare = re.sub(rb'<property name="xlsxattn lesson.*?</property>', b"", content[name])
    content[name] = bare.replace(b"</Properties>", more.encode() + b"</Properties>")


def no_lesson(content: Parts, source: random.Random) -> None:
    """The part is no XML, another one, or there are thousands of them."""
    way = source.randrange(3)
    if way == 0:
        content[LESSON_PART] = content[LESSON_PART][: source.randrange(len(content[LESSON_PART]))]
    elif way == 1:
        content[LESSON_PART] = b'<lesson xmlns="urn:xlsxattn:lesson:1"><a/></lesson>'
    else:
        other = b'<x xmlns="urn:x">' + b"<a/>" * 50 + b"</x>"
        content.update({f"customXml/item{n}.xml": other for n in range(2, 3000)})


NEVER: list[Spoil] = [no_json, language, samples, many, costly, weights, formulas, many_lessons,
                      other_sheets, in_the_properties]  # fmt: skip
PERHAPS: list[Spoil] = [texts, other_kinds, no_lesson]
