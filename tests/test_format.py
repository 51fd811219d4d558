"""The guide to lesson files and the schema: complete, true, and the same as the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from tools import SMALL, TOLERANCE

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.functions import FUNCTIONS
from xlsxattn.lesson import Lesson
from xlsxattn.new import Request, new_lesson
from xlsxattn.schema import GUIDE_FILE, SCHEMA_FILE, documented, guide, schema, schema_text
from xlsxattn.texts import languages, texts

GUIDE = guide()
EXAMPLES = {
    tomllib.loads(text)["title"] if isinstance(tomllib.loads(text)["title"], str) else "Bank": text
    for text in re.findall(r"^```toml\n(format = 1\n.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
}
VALIDATOR = jsonschema.Draft7Validator(schema())


def structs() -> dict[str, type[files.Table]]:
    """Every structure that a lesson file is made of, by name."""
    made = msgspec.json.schema(Lesson)["$defs"]
    return {name: getattr(files, name) for name in made}


# --- the guide ------------------------------------------------------------------------


def test_there_are_examples() -> None:
    """There is an example for each part of the format, and no other TOML block."""
    assert len(EXAMPLES) == GUIDE.count("```toml") == GUIDE.count("\nformat = 1\n") >= 14
    used = {key for text in EXAMPLES.values() for key in tomllib.loads(text)}
    of_the_course = {"subtitle", "summary", "language", "chapter", "minutes"}
    assert used == {*Lesson.__struct_fields__} - of_the_course


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("title", EXAMPLES)
def test_example(title: str, language: str, tmp_path: Path) -> None:
    """Every example builds in every language; IronCalc agrees with NumPy, and claims hold."""
    source, target = tmp_path / "example.toml", tmp_path / "example.xlsx"
    source.write_text(EXAMPLES[title], encoding="utf-8")
    build(str(source), target, language)
    report = check(target)
    assert report.problems == []
    assert report.reference == "numpy"
    assert all(s.max_error is not None and s.max_error <= TOLERANCE for s in report.steps)
    assert [claim.name for claim in report.claims if not claim.ok] == []


def test_every_key_is_documented_and_exists() -> None:
    """The tables name the keys of every structure, all of them and no others."""
    said = documented(GUIDE)
    assert {name: set(keys) for name, keys in said.items()} == {
        name: set(struct.__struct_encode_fields__) for name, struct in structs().items()
    }
    assert all(meaning.endswith(".") for keys in said.values() for meaning in keys.values())


def test_defaults_are_those_of_the_code() -> None:
    """The defaults in the tables are what the format takes where a key is absent."""
    sections = re.split(r"^(?=##+ )", GUIDE, flags=re.MULTILINE)
    rows = [
        (section, *row)
        for section in sections
        for row in re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \| .*\|$", section, re.MULTILINE)
    ]
    assert len(rows) == sum(len(struct.__struct_fields__) for struct in structs().values())
    for section, key, shown in rows:
        ((name, keys),) = documented(section).items()
        assert key in keys
        field = next(f for f in msgspec.structs.fields(structs()[name]) if f.encode_name == key)
        if field.required:
            assert shown == "required", (name, key)
        elif field.default is None:
            assert shown == "none", (name, key)
        else:
            default = (
                field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
            )
            assert shown == f"`{json.dumps(default, ensure_ascii=False)}`", (name, key)


def test_every_choice_is_documented() -> None:
    """The meaning of a key that takes one of several values names them all."""
    said, choices = documented(GUIDE), {}
    for name, struct in structs().items():
        for key, hint in get_type_hints(struct).items():
            if get_origin(hint) is Literal and all(isinstance(c, str) for c in get_args(hint)):
                choices[name, key] = {c for c in get_args(hint) if c}
    assert choices.pop(("Context", "scores")) == choices["Attention", "scores"]
    assert {("Attention", "mask"), ("Attention", "positions"), ("Chart", "kind")} <= set(choices)
    for (name, key), names in choices.items():
        assert names <= set(re.findall(r"`([\w-]+)`", said[name][key])), (name, key)


def test_every_form_of_notation_is_documented() -> None:
    """The table of notation has every function, and no function that does not exist."""
    table = GUIDE.partition("## Notation")[2].partition("\n## ")[0]
    said = set(re.findall(r"`(\w+)\(", table))
    assert said == {*FUNCTIONS, "before"}


def test_every_standard_step_is_documented() -> None:
    """The list of steps that `notes` may change is that of the texts."""
    section = GUIDE.partition("`[notes]`")[2].partition("| key")[0]
    named = section.partition("standard step:")[2]
    of_python = {"Logits", "Part"}  # steps that no lesson file makes
    assert set(re.findall(r"\w+", named)) == set(texts("en")["steps"]) - of_python


def test_guide_says_what_the_readme_does() -> None:
    """The page names the commands, and every limit that is checked."""
    for command in ("new", "build", "check", "list", "schema"):
        assert f"xlsxattn {command}" in GUIDE
    for limit in (files.MAX_TEXT, files.MAX_WORD, files.MAX_CONTEXTS, files.MAX_SENTENCE):
        assert str(limit) in GUIDE


# --- the schema -----------------------------------------------------------------------


def test_schema_is_shipped() -> None:
    """The file beside the templates is what the code makes: `xlsxattn schema` writes it again."""
    shipped = files.template_folder() / SCHEMA_FILE
    assert shipped.read_text(encoding="utf-8") == schema_text()
    assert (files.template_folder() / GUIDE_FILE).is_file()
    assert not {"FORMAT", "lesson.schema", "lesson"} & set(files.template_names())


def test_schema_is_a_schema() -> None:
    """The schema is valid itself, and every key has a description."""
    jsonschema.Draft7Validator.check_schema(schema())
    for struct in (schema(), *schema()["$defs"].values()):
        assert struct["additionalProperties"] is False
        assert all(content["description"] for content in struct["properties"].values())


TEXTS = {
    "small": SMALL,
    "new": new_lesson(Request(["a b", "b c"], heads=2, weights=True)),
    **{f"example: {title}": text for title, text in EXAMPLES.items()},
    **{name: files.find(name).read_text(encoding="utf-8") for name in files.template_names()},
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_schema_accepts(text: str) -> None:
    """Every template, every example and a new lesson."""
    assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == []


REFUSED: dict[str, dict[str, Any]] = {
    "a misspelt key": {"titel": "x"},
    "another format": {"format": 2},
    "a number as title": {"title": 3},
    "a misspelt key inside": {"attention": {"head": 2}},
    "no such mask": {"attention": {"mask": "circle"}},
    "too many heads": {"attention": {"heads": 17}},
    "a word as a number": {"weights": {"W_Q": [["a"]]}},
    "a name that is none": {"weights": {"2": [[1]]}},
    "a step without a name": {"steps": [{"formula": "X"}]},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_schema_refuses(wrong: dict[str, Any]) -> None:
    """What the format does not know, an editor marks too."""
    assert list(VALIDATOR.iter_errors({"format": 1, "title": "x", **wrong}))


def test_schema_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`schema` prints it, writes it where asked, and replaces no file unasked."""
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(main, ["schema"]).stdout == schema_text()
    assert list(tmp_path.iterdir()) == []
    done = run(main, ["schema", "-o", "a/b.json"])
    assert (done.exit_code, Path(done.stdout.strip())) == (0, Path("a/b.json"))
    assert Path("a/b.json").read_text(encoding="utf-8") == schema_text()
    refused = run(main, ["schema", "-o", "a/b.json"])
    assert refused.exit_code == 2 and "--force" in refused.stderr
    assert run(main, ["schema", "-o", "a/b.json", "--force"]).exit_code == 0
    assert run(main, ["schema", "-o", "a/b.toml"]).exit_code == 2


def test_guide_command() -> None:
    """`guide` prints the page."""
    assert CliRunner().invoke(main, ["guide"]).stdout == GUIDE
