"""Classifiers of one's own: what is read from a CSV, that it learns, and what is refused."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tools import need

from xlsxattn.a1 import address
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.lesson import load
from xlsxattn.new import LabelledDraft, LabelledRequest, labelled_sentences, new_classifier
from xlsxattn.saved import read

Rows = Sequence[Sequence[str]]
ENGLISH: Rows = [
    ("the cat sleeps on my warm bed", "animal"),
    ("a dog runs after the ball", "animal"),
    ("my keyboard has a broken key", "device"),
    ("the screen is too bright", "device"),
    ("our horse eats fresh grass", "animal"),
    ("please charge the laptop today", "device"),
    ("the bird sings in the tree", "animal"),
    ("plug the cable into the screen", "device"),
    ("a hungry cat eats fish", "animal"),
    ("my laptop has a new keyboard", "device"),
    ("the dog eats my fish", "animal"),
    ("the new cable, it is broken", "device"),
]
CHINESE: Rows = [
    ("我上周买的手机坏了", "售后"), ("请帮我修电脑", "售后"), ("充电器不能用", "售后"),
    ("耳机坏了", "售后"), ("新手机多少钱", "咨询"), ("商店什么时候开门", "咨询"),
    ("你们有蓝色的耳机吗", "咨询"), ("新电脑多少钱", "咨询"), ("今天天气很好", "闲聊"),
    ("谢谢，祝你开心", "闲聊"), ("你好，早上好", "闲聊"), ("今天很开心", "闲聊"),
]  # fmt: skip
CHINESE_WORDS = "手机 电脑 耳机 充电器 坏了 多少 天气 开心 什么时候 今天"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def written(text: str, encoding: str = "utf-8") -> Path:
    path = Path("sentences.csv")
    path.write_bytes(text.encode(encoding))
    return path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


def content(rows: Rows, **choices: Any) -> dict[str, Any]:
    """The lesson of some rows, as TOML content."""
    draft = LabelledDraft(LabelledRequest(written(table(rows)), **choices), "my.toml")
    return tomllib.loads(new_classifier(draft))


# --- the file of sentences ----------------------------------------------------------------

WRITTEN = {
    "commas": table(ENGLISH),
    "semicolons": "".join(f"{sentence};{label}\n" for sentence, label in ENGLISH),
    "tabs": table(ENGLISH, "\t"),
    "a header": table([("sentence", "Label"), *ENGLISH]),
    "a header in another language": table([("Satz", "Klasse"), *ENGLISH]),
    "a header of three": table([("sentence", "label", "aside"), *([*r, ""] for r in ENGLISH)]),
    "a mark before it": "\ufeff" + table(ENGLISH),
    "blank lines and spaces": "\r\n\r\n".join(f' "{s}" , {label} ' for s, label in ENGLISH).replace(
        ' "', '"'
    ),
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_read(text: str) -> None:
    """Every usual way to write the same twelve lines."""
    found = labelled_sentences(written(text))
    assert [(one.sentence, one.label) for one in found] == [(s, label) for s, label in ENGLISH]
    assert not any(one.aside for one in found)


def test_a_first_line_that_is_no_header() -> None:
    """A label of the first line that others have, or that is one of several with one sentence."""
    rows = [("a b", "x"), ("c d", "y"), ("e f", "x"), ("g h", "z")]
    assert len(labelled_sentences(written(table(rows)))) == 4
    alone = [("a b", "x"), ("c d", "y"), ("e f", "y"), ("g h", "z")]
    assert len(labelled_sentences(written(table(alone)))) == 4


def test_kept_aside_as_marked() -> None:
    """A third column says which; then no others are."""
    rows = [(*row, "aside" if number in (0, 3) else "") for number, row in enumerate(ENGLISH)]
    sentences = content(rows)["examples"]["sentences"]
    assert [n for n, one in enumerate(sentences) if one.get("aside")] == [0, 3]
    result = run("new", "--labels", "sentences.csv", "-o", "my.toml")
    assert "12 sentences, 2 labels; kept aside as marked: 2" in result.stdout.splitlines()


def test_kept_aside_by_count() -> None:
    """Else every fourth of a label, where one has four."""
    sentences = content(ENGLISH)["examples"]["sentences"]
    assert [n for n, one in enumerate(sentences) if one.get("aside")] == [6, 7]
    few = content([*ENGLISH[:3], ENGLISH[3]])
    assert not any("aside" in one for one in few["examples"]["sentences"])
    assert [claim["name"] for claim in few["claims"]].count("aside") == 0
    result = run("new", "--labels", "sentences.csv", "-o", "few.toml")
    assert "none kept aside, for no label has 4 sentences" in result.stdout


def test_one_spelling() -> None:
    """Labels and words that differ by their case alone are one."""
    made = content([("Cats eat", "Animal"), ("a mouse", "device"), ("cats", "animal"), ("b", "C")])
    assert made["examples"]["labels"] == {"Animal": "Animal", "device": "device", "C": "C"}
    assert [one["words"] for one in made["examples"]["sentences"]][::2] == ["Cats eat", "Cats"]


# --- what comes out -----------------------------------------------------------------------


def learned(rows: Rows, *options: str) -> Path:
    """The three commands of a teacher; the workbook."""
    written(table(rows))
    for command in (
        ("new", "--labels", "sentences.csv", "-o", "my.toml", *options),
        ("train", "my.toml"),
        ("build", "my.toml"),
    ):
        result = run(*command)
        assert result.exit_code == 0, result.output
    return Path("output/my.xlsx")


@pytest.mark.parametrize(
    ("rows", "options"),
    [(ENGLISH, ()), (CHINESE, ("--lang", "zh", "--words", CHINESE_WORDS))],
    ids=["en", "zh"],
)
def test_three_commands(rows: Rows, options: tuple[str, ...]) -> None:
    """All that it learned from is right, every claim holds, and the engine agrees."""
    path = learned(rows, *options)
    report = check(path)
    assert report.problems == []
    assert report.reference == "numpy"
    assert {claim.name: claim.ok for claim in report.claims} == dict.fromkeys(
        ("learned", "aside", "sums", "shares", "word", "order"), True
    )
    language = "zh" if options else "en"
    nodes = compose(load(Path("my.toml"), language), language).nodes
    learned_from = nodes["Aside"].value[:, 0] == 0
    assert nodes["Right"].value[learned_from, 0].all()


@pytest.mark.parametrize("name", ["libreoffice", "gnumeric"])
def test_other_engines(name: str) -> None:
    """So do LibreOffice and Gnumeric."""
    need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[name])
    assert check(learned(ENGLISH), name).problems == []


def test_by_hand() -> None:
    """Probabilities of all sentences, computed word by word from the weights of the file."""
    learned(ENGLISH)
    lesson = load(Path("my.toml"), "en")
    nodes = compose(lesson, "en").nodes
    assert lesson.examples is not None and lesson.vocabulary is not None
    with np.load("my.npz") as weights:
        rows = dict(zip(lesson.vocabulary.words, weights["Vocabulary"], strict=True))
        question, scores_of = weights["Question"][0], weights["W_class"]
    for number, one in enumerate(lesson.examples.sentences):
        X = np.array([rows[word] for word in str(one.words).split()])
        attention = np.exp(X @ question / 2)  # √4
        scores = np.exp(attention @ X / attention.sum() @ scores_of)
        np.testing.assert_allclose(
            nodes["Probabilities_all"].value[number], scores / scores.sum(), rtol=1e-12
        )


def test_nothing_is_learned_from_what_is_kept_aside() -> None:
    """Another label of such a sentence leaves every weight as it is; of another, it does not."""
    files = []
    for aside, label in (("aside", "animal"), ("aside", "device"), ("", "device")):
        rows = [(*row, "") for row in ENGLISH[:-2]]
        rows += [("the dog eats my fish", label, aside), (*ENGLISH[-1], "aside")]
        learned(rows, "--force")
        files.append(Path("my.npz").read_bytes())
    assert files[0] == files[1] != files[2]


def test_no_word_at_all() -> None:
    """A sentence whose words are all taken away is no error."""
    path = learned([("yes", "a"), ("no", "b"), ("maybe", "c"), ("never ever", "d")])
    area = read(path).names["Chosen"]
    values = engine("ironcalc")(path, [(area.sheet, address(*c), "·") for c in area.cells()])
    found = [value for sheet in values.values() for value in sheet.values()]
    assert not [value for value in found if type(value).__name__ == "ErrorValue"]


SHAPES: dict[str, Rows] = {
    "two labels, four sentences": [("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")],
    "eight labels": [(f"w{n} and w{n % 3}", f"label number {n % 8}") for n in range(16)],
    "long sentences": [(" ".join(f"w{n + m}" for m in range(24)), "ab"[n % 2]) for n in range(6)],
    "odd words": [("=1+1 “quoted” {x}", "a\\b"), ("C++ 50% #1", "'q'"), ("👩‍🔬 likes", "{y}"),
                  ("кот и мышь", '"z"')],
    "other scripts": [("قط", "حيوان"), ("แมวน้ำ", "สัตว์"), ("고양이와 쥐는", "동물"), ("बिल्ली", "अ")],
}  # fmt: skip


@pytest.mark.parametrize("rows", SHAPES.values(), ids=SHAPES)
def test_shapes(rows: Rows) -> None:
    """Every size and script is trained and built, and what does not hold is the only problem."""
    report = check(learned(rows))
    assert {problem.kind for problem in report.problems} <= {"claim"}
    assert not {"sums", "shares", "order"} & {c.name for c in report.claims if not c.ok}


def test_many_sentences() -> None:
    """The largest file: 400 sentences are read and drafted."""
    rows = [(f"w{n} w{n % 7}", "ab"[n % 2]) for n in range(400)]
    assert len(content(rows)["examples"]["sentences"]) == 400


# --- refused ------------------------------------------------------------------------------

GOOD = "a b,x\nc d,y\ne f,x\ng h,y\n"
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "sentences.csv: expected lines with a sentence and its label, got none"),
    "blank": (b"\n \n", "expected lines with a sentence and its label, got none"),
    "only a header": (b"sentence,label\n", "expected lines with a sentence and its label, got"),
    "one label": (b"a,x\nb,x\nc,x\nd,X\n", "expected 2 to 8 labels, got 1: 'x'"),
    "nine labels": (
        "".join(f"w{n},l{n}\n" for n in range(9)).encode(), "expected 2 to 8 labels, got 9",
    ),
    "no label": (GOOD.encode() + b"i j,\n", "line 5: expected a label after 'i j', got none"),
    "no sentence": (GOOD.encode() + b",x\n", "line 5: expected a sentence before 'x', got none"),
    "no column": (b"a b c\nd e f\n", "line 1: expected a sentence and its label"),
    "commas": (GOOD.encode() + b"a, b, c, d,x\n", "line 5: expected a sentence and its label, in"),
    "no word": (GOOD.encode() + b"?!,x\n", "expected a sentence with at least one word, got '?!'"),
    "three": (b"a,x\nb,y\nc,x\n", "expected 4 to 400 sentences, got 3"),
    "401": ("".join(f"w{n},{n % 2}\n" for n in range(401)).encode(), "expected 4 to 400 sent"),
    "long": (
        GOOD.encode() + f"{'w ' * 25},x\n".encode(), "line 5: expected at most 24 words, got 25",
    ),
    "long label": (GOOD.encode() + b"i j," + b"l" * 21, "line 5: expected a label of at most 20"),
    "twice": (GOOD.encode() + b"A b,y\n", "line 5: expected another sentence than in line 1, got"),
    "mark": (GOOD.encode() + b"i j,x,maybe\n", "line 5: expected 'aside' or nothing after the"),
    "all aside": (
        GOOD.encode() + b"i j,z,aside\n", "expected a sentence of 'z' that is not kept aside",
    ),
    "not text": (GOOD.encode() + b"\xff\xfe,x", "line 5: expected text in UTF-8, got other bytes"),
    "a workbook": (b"PK\x03\x04\x00\x00,x\n", "expected text in UTF-8, got bytes that are no text"),
    "too large": (b"a" * 1_000_001, "expected at most 1,000,000 bytes, got 1,000,001"),
    "control character": (GOOD.encode() + b"i\x07 j,x\n", "sentences.csv: "),
}  # fmt: skip


def refused(*arguments: str) -> str:
    """The one line of a command that fails and leaves every file as it was."""
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    line, *rest = result.stderr.splitlines()
    assert not rest
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before
    return str(line)


@pytest.mark.parametrize(("file", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(file: bytes, message: str) -> None:
    """One line that says where and what, exit code 2, nothing written."""
    Path("sentences.csv").write_bytes(file)
    assert message in refused("new", "--labels", "sentences.csv", "-o", "my.toml")


REQUESTS = {
    "no such file": (["--labels", "none.csv"], "none.csv: expected a file of sentences, got no"),
    "a folder": (["--labels", "."], "expected a file of sentences, got"),
    "with a sentence": (["a b", "--labels", "sentences.csv"], "--labels and no more but"),
    "with --from": (["--from", "mouse", "--labels", "sentences.csv"], "got '--from' too"),
    "with heads": (["--heads", "2", "--labels", "sentences.csv"], "got '--heads' too"),
    "dimensions": (["--dimensions", "1", "--labels", "sentences.csv"], "--dimensions: expected 2"),
    "words": (["--words", "苹果", "--labels", "sentences.csv"], "--words: expected words of the"),
}


@pytest.mark.parametrize(("arguments", "message"), REQUESTS.values(), ids=REQUESTS)
def test_wrong_request(arguments: list[str], message: str) -> None:
    written(GOOD)
    assert message in refused("new", *arguments)


def test_printed() -> None:
    """-o - prints the lesson alone."""
    written(GOOD)
    result = run("new", "--labels", "sentences.csv", "-o", "-")
    assert tomllib.loads(result.stdout)["fit"]["loss"] == "Loss"
    assert [path.name for path in Path().iterdir()] == ["sentences.csv"]
