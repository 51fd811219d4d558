"""``new``, ``schema`` and ``guide``: lesson files of one's own, and what describes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from xlsxattn.cli.group import examples, main, require_language
from xlsxattn.texts import DEFAULT, languages

#: What a lesson may be written from; options of where and how it is written; and those that a
#: classifier has besides.
SOURCES = ("sentences", "template", "labels")
WRITTEN = (*SOURCES, "output", "lang", "force")
CLASSIFIER = (*WRITTEN, "seed", "dimensions", "words")


@main.command()
@click.argument("sentences", nargs=-1, metavar="[SENTENCE]...")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="my-lesson.toml",
    show_default=True,
    help="The lesson file; - prints it.",
)
@click.option("--from", "template", metavar="LESSON", help="Start from a lesson of `list`.")
@click.option(
    "--labels",
    metavar="FILE",
    help="A classifier that learns from a CSV file: a sentence and its label in each line.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="What the numbers are drawn from.",
)
@click.option(
    "--columns",
    default="",
    metavar="NAMES",
    help="Meanings that the words have, as in river,money; else named after the sentences.",
)
@click.option(
    "--words",
    multiple=True,
    metavar="WORDS",
    help='Where a sentence without spaces is split, as in "苹果 手机".',
)
@click.option(
    "--dimensions",
    type=int,
    default=4,
    show_default=True,
    metavar="NUMBER",
    help="Numbers in an embedding; with --columns, one for each.",
)
@click.option(
    "--heads",
    type=int,
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="Heads; must divide the dimensions.",
)
@click.option(
    "--layers",
    type=int,
    default=0,
    metavar="NUMBER",
    help="Encoder layers, 1 to 12, in place of one attention.",
)
@click.option(
    "--mask",
    type=click.Choice(("off", "none", "causal", "window")),
    default="off",
    show_default=True,
    metavar="KIND",
    help="off, none, causal or window.",
)
@click.option("--weights", is_flag=True, help="Draw W_Q, W_K, W_V, and W_O with heads.")
@click.option("--positions", is_flag=True, help="Add sinusoidal positions.")
@click.option(
    "--focus",
    default="",
    metavar="WORD",
    help="The word in bold; else one that the sentences share.",
)
@click.option(
    "--lang",
    default=DEFAULT,
    show_default=True,
    metavar="LANGUAGE",
    help=f"Language of the lesson: {', '.join(languages())}.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_context
@examples(
    'xlsxattn new "cat and mouse are friends" "keyboard and mouse are useful"',
    'xlsxattn new "a bank of the river" "money in a bank" --columns river,money',
    'xlsxattn new "我爱吃苹果" "我爱用苹果手机" --words "苹果 手机" --lang zh',
    'xlsxattn new "I like you" --mask causal --heads 2 --weights',
    'xlsxattn new "cat and mouse are friends" --layers 2 --heads 2',
    "xlsxattn new --from heads -o my-heads.toml",
    "xlsxattn new --labels sentences.csv -o my.toml",
)
def new(
    context: click.Context, sentences: tuple[str, ...], output: str, template: str | None,
    labels: str | None, force: bool, **choices: Any,
) -> None:  # fmt: skip
    """Write a lesson file of your own: one to four sentences, each in quotes.

    The file is ready to build; its comments say what to change. A sentence without
    spaces, as in Chinese, is split into its characters, or at the words of --words.
    With --labels, the lesson is a classifier for `train`: a third column `aside` keeps
    a sentence from what is learned; without any, every fourth of a label is.
    """
    from xlsxattn import new as lessons
    from xlsxattn.schema import SCHEMA_FILE, schema_text

    require_language(choices["lang"])
    path = Path(output)
    if output != "-":
        lessons.require_new(path, ".toml", force)
    name = "my-lesson.toml" if output == "-" else output
    told = [f"Now build it: {lessons.build_command(output)}"]
    if labels is not None:
        given = [*sentences, *(["--from"] if template else []), *_beside(context, CLASSIFIER)]
        _require_none("--labels", given, "--seed, --dimensions, --words or --lang")
        text, kept = _classifier(labels, name, choices)
        told = [kept, f"Now train it: {lessons.train_command(output)}"]
    elif template is not None:
        _require_none("--from", [*sentences, *_beside(context, WRITTEN)], "-o")
        text = lessons.lesson_from(template, name, choices["lang"])
    elif sentences:
        text = _about(context, sentences, name, choices)
    else:
        raise click.UsageError(
            "expected a sentence in quotation marks, --labels or --from, got none"
        )
    if output == "-":
        click.echo(text, nl=False)
        return
    lessons.write(text, path)
    if template:
        lessons.copy_weights(template, path.parent)
    beside = path.parent / SCHEMA_FILE
    if not beside.exists():
        lessons.write(schema_text(), beside)
    for line in (f"{path}", *told, f"For editors that complete keys and mark mistakes: {beside}"):
        click.echo(line)


def _beside(context: click.Context, allowed: Sequence[str]) -> list[str]:
    """The options that were given and say what lesson it is, but for the allowed ones."""
    return [f"--{key}" for key in context.params if key not in allowed and _given(context, key)]


def _require_none(option: str, given: Sequence[str], allowed: str) -> None:
    if given:
        raise click.UsageError(f"expected {option} and no more but {allowed}, got {given[0]!r} too")


def _about(
    context: click.Context, sentences: Sequence[str], name: str, choices: dict[str, Any]
) -> str:
    """The lesson about some sentences."""
    from xlsxattn.new import Request, new_lesson

    wish = {key: value for key, value in choices.items() if key != "lang"}
    wish["words"] = _words(choices["words"])
    wish["columns"] = _columns(context, choices["columns"], choices["dimensions"])
    return new_lesson(Request(sentences, language=choices["lang"], **wish), name)


def _classifier(file: str, name: str, choices: dict[str, Any]) -> tuple[str, str]:
    """The lesson that learns from the sentences of a file, and what it keeps aside."""
    from xlsxattn.new import LabelledDraft, LabelledRequest, new_classifier

    draft = LabelledDraft(
        LabelledRequest(
            Path(file), choices["seed"], choices["dimensions"], choices["lang"],
            _words(choices["words"]),
        ),
        name,
    )  # fmt: skip
    return new_classifier(draft), draft.told


def _words(given: Sequence[str]) -> list[str]:
    return [word for each in given for word in _listed(each)]


def _listed(names: str, marks: str = r"[\s,，、]+") -> list[str]:
    """Names that stand in one option, between commas or spaces."""
    return [name.strip() for name in re.split(marks, names) if name.strip()]


def _columns(context: click.Context, names: str, dimensions: int) -> list[str]:
    """The names of --columns, as many as --dimensions where that is given too."""
    found = _listed(names, r"[,，、]+")
    if _given(context, "columns") and not found:
        raise click.UsageError(f"--columns: expected names such as river,money, got {names!r}")
    if found and _given(context, "dimensions") and len(found) != dimensions:
        raise click.UsageError(
            f"--columns: expected a name for each of the {dimensions} dimensions, got {len(found)}"
        )
    return found


def _given(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is not click.core.ParameterSource.DEFAULT


@main.command()
@click.option("-o", "--output", metavar="FILE", help="A file; without it, the schema is printed.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@examples("xlsxattn schema", "xlsxattn schema -o lesson.schema.json --force")
def schema(output: str | None, force: bool) -> None:
    """Write the JSON Schema of lesson files, for editors.

    An editor that knows it completes keys and marks mistakes. `xlsxattn new` puts it
    beside a new lesson; this command puts it anywhere, or the one of a newer version.
    """
    from xlsxattn.new import require_new, write
    from xlsxattn.schema import schema_text

    if output is None:
        click.echo(schema_text(), nl=False)
        return
    require_new(Path(output), ".json", force)
    write(schema_text(), Path(output))
    click.echo(f"{Path(output)}")


@main.command()
@examples("xlsxattn guide", "xlsxattn guide | more")
def guide() -> None:
    """Print the guide to lesson files: every key, with examples."""
    from xlsxattn.schema import guide as text

    click.echo(text(), nl=False)
