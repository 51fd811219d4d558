"""Lesson files of one's own: what is drawn, what is written, and that it always builds."""

from __future__ import annotations

import io
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from test_by_hand import assert_judged, broken_claims
from tools import TOLERANCE, assert_recalculated, build_text, convert, need, poison

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.errors import LessonError
from xlsxattn.new import Request, lesson_from, new_lesson, split
from xlsxattn.saved import read, read_values
from xlsxattn.schema import SCHEMA_FILE, schema_text
from xlsxattn.texts import languages, texts

CAT = "cat and mouse are friends"
KEYBOARD = "keyboard and mouse are useful"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["new", *arguments])


def content(*sentences: str, **choices: Any) -> dict[str, Any]:
    """A new lesson as TOML content."""
    return tomllib.loads(new_lesson(Request(sentences, **choices)))


def filled(made: dict[str, Any], text: str) -> str:
    """A text with the words that it takes from cells at first."""
    words = {context["id"]: context["words"] for context in made["contexts"]}
    return re.sub(r"\{Words_(\w+)\[(\d+)\]\}", lambda m: words[m[1]][int(m[2])], text)


def titles(made: dict[str, Any]) -> list[str]:
    """What the sentences of a lesson are called at first."""
    return [filled(made, context["title"]) for context in made["contexts"]]


def proved(text: str, language: str = "en") -> None:
    """Build a lesson and require that IronCalc, NumPy and its claims agree."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "own.toml", Path(name) / "own.xlsx"
        source.write_text(text, encoding="utf-8")
        build(str(source), target, language)
        report = check(target)
    assert report.problems == []
    assert report.reference == "numpy"
    assert all(s.max_error is not None and s.max_error <= TOLERANCE for s in report.steps)
    assert len(report.claims) == text.count("\n[[claims]]\n")
    assert not [claim for claim in report.claims if not claim.ok]


# --- words ----------------------------------------------------------------------------

SPLIT = {
    CAT: ["cat", "and", "mouse", "are", "friends"],
    "  cat \t and\u3000mouse ": ["cat", "and", "mouse"],
    "Who is it? “It” (is), the cat!": ["Who", "is", "it", "It", "is", "the", "cat"],
    "don't e-mail dogs' 3.14 C++ C# 50% -5 U.S. Mr.": [
        "don't", "e-mail", "dogs", "3.14", "C++", "C#", "50%", "-5", "U.S.", "Mr",
    ],
    "<BOS> I like you </EOS> [MASK]": ["<BOS>", "I", "like", "you", "</EOS>", "[MASK]"],
    "yes - no … — *": ["yes", "no"],
    "cat": ["cat"],
    "don't": ["don't"],
    "3.14": ["3.14"],
    "我爱中国": ["我", "爱", "中", "国"],
    "我爱中国。": ["我", "爱", "中", "国"],
    "“我”爱，中国！": ["我", "爱", "中", "国"],
    "我 爱 中国": ["我", "爱", "中国"],
    "我爱Python和GPT-4，2024年": ["我", "爱", "Python", "和", "GPT-4", "2024", "年"],
    "吾輩は猫である": ["吾", "輩", "は", "猫", "で", "あ", "る"],
    "コーヒー": ["コ", "ー", "ヒ", "ー"],
    "고양이": ["고", "양", "이"],
    "\u1100\u1169\u110b\u1163\u11bc\u110b\u1175": ["고", "양", "이"],
    "고양이와 쥐는 친구": ["고양이와", "쥐는", "친구"],
    "แมวน้ำ": ["แ", "ม", "ว", "น้", "ำ"],
    "кот и мышь — друзья": ["кот", "и", "мышь", "друзья"],
    "القط والفأر صديقان؟": ["القط", "والفأر", "صديقان"],
    "बिल्ली और चूहा।": ["बिल्ली", "और", "चूहा"],
    "Καφές, γάλα;": ["Καφές", "γάλα"],
    "cafe\u0301 noir": ["café", "noir"],
    "👩‍🔬 likes 🐭": ["👩‍🔬", "likes", "🐭"],
    "": [],
    "?! …": [],
}  # fmt: skip


@pytest.mark.parametrize("sentence", SPLIT)
def test_split(sentence: str) -> None:
    """At spaces where there are any, else by character; no punctuation around a word."""
    assert split(sentence) == SPLIT[sentence]


def test_capitals() -> None:
    """A word that differs by its case alone is one word, as it stands inside a sentence."""
    made = content("The cat sees the dog", "Cat and dog")
    assert list(made["vocabulary"]["words"]) == ["the", "cat", "sees", "dog", "and"]
    assert made["contexts"][0]["words"] == ["the", "cat", "sees", "the", "dog"]
    assert made["contexts"][1]["words"] == ["cat", "and", "dog"]
    assert "Paris" in content("Paris is big", "I like Paris")["vocabulary"]["words"]


# --- the lesson -----------------------------------------------------------------------


def test_two_sentences() -> None:
    """Title, focus, vocabulary, contexts and claims of the usual example."""
    made = content(CAT, KEYBOARD)
    assert (made["title"], made["focus"]) == ("mouse: cat or keyboard", "mouse")
    assert made["subtitle"] == f"{CAT} / {KEYBOARD}"
    assert list(made["vocabulary"]["words"]) == [*CAT.split(), "keyboard", "useful"]
    assert [c["id"] for c in made["contexts"]] == ["first", "second"]
    assert titles(made) == ["1 · cat", "2 · keyboard"]
    assert [c["words"] for c in made["contexts"]] == [CAT.split(), KEYBOARD.split()]
    assert made["attention"] == {
        "scores": "scaled-dot", "mask": "off", "heads": 1, "positions": "off", "temperature": 1.0,
    }  # fmt: skip
    assert "weights" not in made
    assert [c["name"] for c in made["claims"]] == ["leans_first", "leans_second", "swap"]
    assert made["claims"][2]["change"] == {'Words_first["cat"]': "keyboard"}
    proved(new_lesson(Request([CAT, KEYBOARD])))


def test_numbers_are_those_of_the_seed() -> None:
    """Embeddings, then weights, from RandomState, rounded to two decimals."""
    made = content("a b", seed=7, dimensions=2, weights=True)
    source = np.random.RandomState(7)
    embeddings = np.round(source.standard_normal((2, 2)), 2)
    assert list(made["vocabulary"]["words"].values()) == embeddings.tolist()
    for name in ("W_Q", "W_K", "W_V"):
        expected = np.round(source.standard_normal((2, 2)) / np.sqrt(2), 2)
        assert np.array_equal(made["weights"][name], expected)
    assert content(CAT)["vocabulary"]["words"]["cat"] == [1.76, 0.4, 0.98, 2.24]


def test_same_twice_and_other_seed() -> None:
    """The same request gives the same bytes; another seed other numbers, nothing else."""
    one, again, other = (new_lesson(Request([CAT], seed=s)) for s in (1, 1, 2))
    assert one == again
    assert re.sub(r"-?\d+\.\d+|seed \d", "", one) != one != other


CHOICES: dict[str, dict[str, Any]] = {
    "weights": {"weights": True},
    "heads": {"heads": 2},
    "heads and weights": {"heads": 2, "weights": True},
    "mask": {"mask": "causal"},
    "window": {"mask": "window"},
    "mask, none": {"mask": "none"},
    "positions": {"positions": True},
    "all": {"heads": 2, "weights": True, "mask": "causal", "positions": True, "dimensions": 6},
    "one dimension": {"dimensions": 1},
    "many dimensions": {"dimensions": 16, "heads": 16},
    "focus": {"focus": "AND"},
}


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES)
def test_choices(choices: dict[str, Any], count: int) -> None:
    """Every choice builds and is proved, for one sentence, two and four."""
    sentences = [CAT, KEYBOARD, "a mouse and a cat", "The mouse"][:count]
    text = new_lesson(Request(sentences, **choices))
    made = tomllib.loads(text)
    assert made["attention"]["heads"] == choices.get("heads", 1)
    assert made["attention"]["mask"] == choices.get("mask", "off")
    assert ("weights" in made) == choices.get("weights", False)
    assert ("W_O" in made.get("weights", {})) == ("W_Q" in made.get("weights", {}) and
                                                  choices.get("heads", 1) > 1)  # fmt: skip
    proved(text)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("written", languages())
def test_builds_in_every_language(language: str, written: str) -> None:
    """A new lesson has plain texts, so that it builds in every language."""
    proved(new_lesson(Request([CAT, KEYBOARD], language=written)), language)


def test_claims_in_the_language_asked_for() -> None:
    """Claims, labels and titles of steps are in the language of --lang."""
    made = content("我爱中国", "我爱山川", language="zh")
    assert made["focus"] == "爱"
    said = [made["steps"][0]["note"], *(filled(made, claim["text"]) for claim in made["claims"])]
    assert len(said) > 1
    assert all(re.search("[\u4e00-\u9fff]", text) for text in said)
    assert not any(re.search("[a-z]{2}", text) for text in said)


# --- meanings -------------------------------------------------------------------------

BANK = ["the boat reached the bank of the river", "she put the money in the bank"]


def test_the_telling_words_get_the_meanings() -> None:
    """A column for each sentence, in which its own words are large, and the shared word in all."""
    made = content(*BANK)
    assert made["title"] == "bank: boat or money"
    assert titles(made) == ["1 · boat", "2 · money"]
    assert list(made["vocabulary"]["columns"]) == ["boat", "money", "d3", "d4"]
    words = {word: np.round(row, 0).tolist() for word, row in made["vocabulary"]["words"].items()}
    assert words["boat"] == [2, 0, 0, 0]
    assert words["river"] == [1, 0, 0, 0]
    assert words["money"] == [0, 2, 0, 0]
    assert words["bank"] == [1, 1, 0, 0]
    assert words["the"] == words["of"] == words["she"] == [0, 0, 1, 0]
    for seed in range(10):
        named = [claim["name"] for claim in content(*BANK, seed=seed)["claims"]]
        assert named == ["leans_first", "leans_second", "swap"]


def test_columns_have_names() -> None:
    """--columns names the meanings; a sentence gets the one whose name is a word of it."""
    made = tomllib.loads(run(*BANK, "--columns", "money, river，flow rate", "-o", "-").stdout)
    named = {"money": "money", "river": "river", "flow_rate": "flow rate"}
    assert made["vocabulary"]["columns"] == named
    assert titles(made) == ["1 · river", "2 · money"]
    assert made["title"] == "bank: river or money"
    assert np.argmax(made["vocabulary"]["words"]["river"]) == 1
    assert np.argmax(made["vocabulary"]["words"]["money"]) == 0
    claim = made["claims"][0]
    assert claim["text"].startswith("Next to {Words_first[7]}, bank leans the way")
    assert claim["holds"] == (
        'where(X_first[7, "river"] > X_first[7, "money"], '
        'After_first[0, "river"] - After_first[0, "money"], '
        'After_first[0, "money"] - After_first[0, "river"]) > 0'
    )
    made = content("我爱吃苹果", "我爱用手机", columns=["水果", "手机"], language="zh")
    assert made["vocabulary"]["columns"] == {"d1": "水果", "d2": "手机"}
    proved(new_lesson(Request(BANK, columns=["d2", "a b?", "D2"])))
    proved(new_lesson(Request(["the river"], columns=["river"])))


def test_words_of_a_sentence_without_spaces() -> None:
    """--words says where a sentence is split; what is between stands character by character."""
    known = ["苹果", "手机", "苹果手机"]
    assert split("我爱用苹果手机。", known[:2]) == ["我", "爱", "用", "苹果", "手机"]
    assert split("我爱用苹果手机。", known) == ["我", "爱", "用", "苹果手机"]
    assert split("a 苹果 b", known) == ["a", "苹果", "b"]
    both = ["我爱吃苹果", "我爱用苹果手机"]
    options = [["--words", "苹果 手机"], ["--words", "苹果，手机"],
               ["--words", "苹果", "--words", "手机"]]  # fmt: skip
    for option in options:
        made = tomllib.loads(run(*both, *option, "-o", "-").stdout)
        assert made["contexts"][1]["words"] == ["我", "爱", "用", "苹果", "手机"]
        assert made["focus"] == "苹果"
        assert titles(made) == ["1 · 吃", "2 · 手机"]


@pytest.mark.parametrize("dimensions", [1, 4, 12, 13, 64])
def test_chart_and_claims_at_every_size(dimensions: int) -> None:
    """However wide or long, there is a chart, of twelve columns at most, and a claim."""
    long = " ".join(f"w{number}" for number in range(30))
    for sentences in ([f"{long} bank river", f"{long} bank money"], ["w" * 255]):
        for heads in {1, dimensions if dimensions < 13 else 1}:
            text = new_lesson(Request(sentences, dimensions=dimensions, heads=heads))
            made = tomllib.loads(text)
            chart = made["steps"][0]["chart"]
            assert len(chart.get("columns", [])) == (12 if dimensions > 12 else 0)
            assert made["claims"]
    proved(text)


def test_twenty_words_print(tmp_path: Path) -> None:
    """Twenty words lie on turned pages at three quarters of full size, long words over lines."""
    words = [f"word{number}" for number in range(19)]
    sentence = " ".join([*words, "internationalization"])
    build_text(new_lesson(Request([sentence, "word1 mouse"])), tmp_path / "own.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "own.xlsx").worksheets
    assert len(sheets) == 2  # the lesson and its summary
    page = sheets[0]
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.scale >= 80
    wrapped = [cell for row in page.iter_rows() for cell in row if cell.alignment.wrap_text]
    centred = [cell for cell in wrapped if cell.alignment.horizontal == "center"]
    heads = [cell for cell in centred if cell.data_type == "f"]  # captions stand at the right
    assert heads
    assert all(page.row_dimensions[cell.row].height > 20 for cell in heads)


def test_captions_tell_the_sentences_apart() -> None:
    """A sentence is called after its first own word, not after a short one such as of."""
    made = content("a bank of the river", "the bank lends", "the bank", "the bank")
    assert titles(made) == ["1 · river", "2 · lends", "3", "4"]
    labels = [filled(made, row["label"]) for row in made["steps"][0]["rows"]]
    assert labels == ["in", "out · river", "out · lends", "out · 3", "out · 4"]


@pytest.mark.parametrize("language", languages())
def test_the_table_says_what_it_holds(language: str) -> None:
    """Title and note speak of what went in, and of several sentences, where they are there."""
    for sentences in ([CAT], [CAT, KEYBOARD]):
        plain, weighted = (
            content(*sentences, language=language, weights=weights)["steps"][0]
            for weights in (False, True)
        )
        said, several = texts(language)["new"], "_several" * (len(sentences) > 1)
        assert [row["name"] for row in plain["rows"]].count("Before") == 1
        assert (plain["title"], plain["note"]) == (said["title"], said["note" + several])
        assert "Before" not in [row["name"] for row in weighted["rows"]]
        assert weighted["title"] == said["after_title"] != said["title"]
        assert weighted["note"] == said["after_note" + several]


def test_no_claim_that_does_not_hold() -> None:
    """Where a window hides the neighbours, nothing is claimed of them, but what always holds."""
    for heads in (1, 2):
        text = new_lesson(Request(["a b mouse c d", "e b mouse c f"], mask="window", heads=heads))
        assert [claim["name"] for claim in tomllib.loads(text)["claims"]] == ["sums"]
        proved(text)


def test_a_causal_mask_leaves_a_word_that_can_change() -> None:
    """The word in bold sees different words; where none does, the mask itself is the claim."""
    made = content("warm tea is good", "cold tea is bad", mask="causal")
    assert made["focus"] == "tea"
    names = [claim["name"] for claim in made["claims"]]
    assert names == ["leans_first", "leans_second", "swap"]
    made = content("perhaps tea is hot now", "perhaps coffee is hot now", mask="causal")
    assert made["focus"] == "hot"
    for heads in (1, 2):
        text = new_lesson(Request(["tea is hot", "tea is cold"], mask="causal", heads=heads))
        assert [claim["name"] for claim in tomllib.loads(text)["claims"]] == ["ahead"]
        proved(text)


WORDS = ["=1+1", "+1", "TRUE", "2024", "1e5", "#N/A", 'say"hi"', "it's", "a\\b", "a{b}c", "a&b",
         "<b>", "@cat", "1,5", "C2", "w" * 255, "ﬁ", "Straße", "I"]  # fmt: skip


#: One word alone, and words that look like something else.
ODD = ["we", "猫 猫", "👩‍🔬 likes 🐭 =1+1 TRUE 2024"]


def built(sentence: str, path: Path) -> Path:
    return build_text(new_lesson(Request([sentence])), path)


@pytest.mark.parametrize("sentence", ODD)
def test_gnumeric(sentence: str, tmp_path: Path) -> None:
    """They are proved in Gnumeric too."""
    need("ssconvert")
    assert check(built(sentence, tmp_path / "own.xlsx"), "gnumeric").problems == []


def test_libreoffice(tmp_path: Path) -> None:
    """LibreOffice computes what is stored, from copies in which that is wrong, in one start."""
    files = [built(sentence, tmp_path / f"{n}.xlsx") for n, sentence in enumerate(ODD)]
    (tmp_path / "poisoned").mkdir()
    poisoned = [poison(path, tmp_path / "poisoned" / path.name) for path in files]
    out = convert(poisoned, "xlsx:Calc MS Excel 2007 XML", tmp_path)
    for path in files:
        assert_recalculated(read(path), read_values(out / path.name))


def test_odd_words() -> None:
    """Words that look like formulas, numbers or markup are words."""
    proved(new_lesson(Request([" ".join(WORDS), "I see 2024"])))


# --- refused --------------------------------------------------------------------------

REFUSED = {
    "nothing": ([], "expected a sentence"),
    "no word": (["?! …"], "at least one word", "'?! …'"),
    "empty": ([""], "at least one word"),
    "five": (["a", "b", "c", "d", "e"], "1 to 4 sentences", "quotation marks", "got 5"),
    "pattern": (["cat m*use"], "without * ? ~", "m*use"),
    "like case": (["ς σ"], "case", "'ς'"),
    "escape": (["a_x0041_b c"], "_x0041_"),
    "control": (["a\x01b c"], "control"),
    "long word": (["w" * 256], "1 to 255"),
    "no dimension": (["a", "--dimensions", "0"], "--dimensions", "1 to 512", "0"),
    "too many dimensions": (["a", "--dimensions", "513"], "--dimensions", "1 to 512"),
    "heads": (["a", "--heads", "3"], "--heads", "divides the 4", "3"),
    "no head": (["a", "--heads", "0"], "--heads", "0"),
    "seed": (["a", "--seed", "-1"], "--seed", "-1"),
    "mask": (["a", "--mask", "circle"], "--mask", "circle", "causal"),
    "focus": (["cat sat", "--focus", "dog"], "--focus", "cat, sat", "'dog'"),
    "no column": (["a", "--columns", " , "], "--columns", "river,money", "' , '"),
    "column twice": (["a", "--columns", "b,c,b"], "--columns", "once", "'b'"),
    "columns and dimensions": (
        ["a", "--columns", "b,c", "--dimensions", "3"], "--columns", "3 dimensions", "got 2",
    ),
    "words of no sentence": (["我爱你", "--words", "苹果"], "--words", "'苹果'"),
    "language": (["a", "--lang", "qq"], "--lang", "'qq'"),
    "no such template": (["--from", "moose"], "moose", "mouse"),
    "a file as template": (["--from", "there.toml"], "--from", "there.toml"),
    "the course": (["--from", "course"], "course"),
    "both": (["a", "--from", "mouse"], "--from", "'a'"),
    "from and seed": (["--from", "mouse", "--seed", "0"], "--from", "--seed"),
    "there already": (["a", "-o", "there.toml"], "there.toml", "--force"),
    "a folder": (["a", "-o", "folder.toml"], "folder.toml", "got a folder"),
    "another name": (["a", "-o", "my.xlsx"], "ends in .toml", "my.xlsx"),
    "no name": (["a", "-o", ""], ".toml"),
    "below a file": (["a", "-o", "there.toml/my.toml"], "my.toml", "place to write"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[list[str], ...]) -> None:
    """Exit code 2, one line that says what is wrong, and nothing written."""
    arguments, *says = case
    Path("there.toml").write_text("mine")
    Path("folder.toml").mkdir()
    before = sorted(Path().rglob("*"))
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("xlsxattn: ")
    for part in says:
        assert part in result.stderr
    assert sorted(Path().rglob("*")) == before
    assert Path("there.toml").read_text() == "mine"


# --- the file -------------------------------------------------------------------------


def test_written() -> None:
    """The file, the schema beside it, and what to do next."""
    result = run(CAT, KEYBOARD, "-o", "my.toml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "my.toml",
        "Now build it: xlsxattn build my.toml",
        f"For editors that complete keys and mark mistakes: {SCHEMA_FILE}",
    ]
    assert sorted(map(str, Path().iterdir())) == [SCHEMA_FILE, "my.toml"]
    assert Path(SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()
    text = Path("my.toml").read_bytes().decode()
    assert text == new_lesson(Request([CAT, KEYBOARD]), "my.toml")
    assert text.startswith(f"#:schema ./{SCHEMA_FILE}\n# ")
    assert "xlsxattn build my.toml" in text
    assert "\r" not in text
    command = result.stdout.splitlines()[1].partition(": xlsxattn ")[2]
    built = CliRunner().invoke(main, command.split())
    assert built.exit_code == 0
    assert check(Path("output/my.xlsx")).ok


def test_comments_stand_before_every_part() -> None:
    """Every table of the file has a comment before it, of lines that an editor shows whole."""
    text = new_lesson(Request([CAT, KEYBOARD], heads=2, weights=True))
    for part in ("[vocabulary]", "[[contexts]]", "[attention]", "[weights]", "[[steps]]"):
        assert re.search(rf"^# .*\n{re.escape(part)}$", text, re.MULTILINE), part
    assert max(len(line) for line in text.splitlines() if line.startswith("#")) <= 100


def test_the_language_stays_with_the_file() -> None:
    """A lesson made in a language is built in it, without being asked again."""
    assert run("我爱你", "-o", "my.toml", "--lang", "zh").exit_code == 0
    assert tomllib.loads(Path("my.toml").read_text(encoding="utf-8"))["language"] == "zh"
    assert run("--from", "lookup", "-o", "from.toml", "--lang", "zh").exit_code == 0
    for name in ("my", "from"):
        done = CliRunner().invoke(main, ["build", f"{name}.toml"])
        assert done.stdout == f"{Path('output') / name}.xlsx\n"
        saved = read(Path(f"output/{name}.xlsx"))
        shown = next(iter(saved.sheets.values())).values.values()
        assert texts("zh")["interface"]["claims_title"] in " ".join(map(str, shown))
    assert "language" not in content("I love you")


def test_default_name_and_folders() -> None:
    """Without -o it is my-lesson.toml; missing folders are made; a space is quoted."""
    assert run("a").stdout.splitlines()[0] == "my-lesson.toml"
    result = run("a", "-o", "new folder/my.toml")
    assert result.stdout.splitlines()[1].endswith('build "new folder/my.toml"')
    assert Path("new folder/my.toml").is_file()


def test_printed() -> None:
    """-o - prints the file, and writes nothing."""
    result = run(CAT, "-o", "-")
    assert result.stdout == new_lesson(Request([CAT]))
    assert list(Path().iterdir()) == []


def test_force() -> None:
    """--force replaces the lesson; a schema that is there stays as it is."""
    Path("my.toml").write_text("mine")
    Path(SCHEMA_FILE).write_text("mine")
    assert run("a", "-o", "my.toml", "--force").exit_code == 0
    assert Path("my.toml").read_text(encoding="utf-8").startswith("#:schema")
    assert Path(SCHEMA_FILE).read_text() == "mine"


def test_options_reach_the_lesson() -> None:
    """Every option of the command changes the file as it says."""
    result = run("我爱你", "-o", "-", "--seed", "5", "--dimensions", "6", "--heads", "3", "--mask",
                 "window", "--weights", "--positions", "--lang", "zh", "--focus", "爱")  # fmt: skip
    request = Request(
        ["我爱你"], 5, 6, 3, mask="window", weights=True, positions=True, focus="爱", language="zh"
    )
    assert result.stdout == new_lesson(request)


@pytest.mark.parametrize("name", files.template_names())
def test_from_template(name: str) -> None:
    """A template's text with comments on top: the same lesson, line for line."""
    text = lesson_from(name, "my.toml")
    original = (files.template_folder() / f"{name}.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == tomllib.loads(original)
    assert text.startswith(f"#:schema ./{SCHEMA_FILE}\n# ")
    assert text.endswith(original[original.index("title") :])


def test_from_template_on_the_command_line() -> None:
    """--from writes a file that builds to the template's workbook."""
    result = run("--from", "heads", "-o", "my.toml")
    assert result.exit_code == 0, result.stderr
    assert Path("my.toml").read_text(encoding="utf-8") == lesson_from("heads", "my.toml")
    build("my.toml", Path("my.xlsx"))
    build("heads", Path("heads.xlsx"))
    assert Path("my.xlsx").read_bytes() == Path("heads.xlsx").read_bytes()


# --- any sentence ---------------------------------------------------------------------

SCRIPTS = [
    st.characters(codec="utf-8"),
    st.sampled_from("abcdefgABCéßıİςσ'-.,!\"\\{}#=+@1 2"),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x3041, max_codepoint=0x30FF),
    st.characters(min_codepoint=0x0621, max_codepoint=0x064A),
    st.characters(min_codepoint=0x0900, max_codepoint=0x097F),
    st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3),
    st.characters(min_codepoint=0x1F300, max_codepoint=0x1FAFF),
]
WORD = st.one_of(*(st.text(script, min_size=1, max_size=6) for script in SCRIPTS))
SENTENCE = st.builds(
    lambda words, gap: gap.join(words),
    st.lists(WORD, min_size=1, max_size=6),
    st.sampled_from([" ", " ", ""]),
)


REQUEST = st.builds(
    lambda sentences, seed, sizes, *choices: Request(sentences, seed, *sizes, 0, *choices),
    st.lists(SENTENCE, min_size=1, max_size=3),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(1, 1), (2, 1), (4, 2), (6, 3)]),
    st.sampled_from(["off", "none", "causal", "window"]),
    st.booleans(),
    st.booleans(),
    st.just(""),
    st.sampled_from(languages()),
)
WHO = Request(["Who is it!"], 0, 2)
WE = Request(["we"], 0, 4, 2, 0, "causal", True, True, "", "zh")


def made_of(request: Request) -> str:
    """The lesson of a request; one that is refused, in one line, is no example of a test."""
    try:
        text = new_lesson(request)
    except LessonError as error:
        assert len(str(error).splitlines()) == 1
        assume(False)
    return text


@given(REQUEST)
@settings(max_examples=120, deadline=None, derandomize=True)
@example(WHO)
@example(WE)
def test_any_sentence(request: Request) -> None:
    """A sentence of any script is refused in one line, or computes what is derived by hand."""
    text = made_of(request)
    assert io.StringIO(text, newline=None).read() == text
    lesson = files.parse(tomllib.loads(text))
    assert broken_claims(assert_judged(lesson, request.language)) == []


@given(REQUEST)
@settings(max_examples=25, deadline=None, derandomize=True)
@example(WHO)
@example(WE)
def test_any_sentence_as_a_file(request: Request) -> None:
    """It builds, and `check` proves the file, what-if claims included."""
    proved(made_of(request), request.language)
