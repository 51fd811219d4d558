"""The command line: options, printing, exit codes. Nothing else in the package prints.

Exit code 0: all well; 1: a check found a mismatch; 2: the request or the lesson is wrong.
Heavy modules are imported where they are used, so that ``--help`` and ``list`` are quick.
"""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from xlsxattn import __version__
from xlsxattn.errors import XlsxattnError
from xlsxattn.style import PAPER, PAPERS
from xlsxattn.texts import DEFAULT, languages

if TYPE_CHECKING:
    from xlsxattn.check import Report


class _Group(click.Group):
    """Turns every error into one line and exit code 2, in one place."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a console that has no ✓ shows a ?
                stream.reconfigure(errors="replace")
        try:
            sys.exit(super().main(*args, **kwargs))
        except click.ClickException as error:
            _fail(error.format_message())
        except XlsxattnError as error:
            _fail(str(error))
        except MemoryError:
            _fail("expected enough memory for this lesson, got none left")
        except OSError as error:
            _fail(f"{error.filename}: expected a usable path, got {error.strerror}")
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted")

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"expected a command ({known}), got {args[0]!r}") from None


def _fail(message: str) -> NoReturn:
    click.echo(f"xlsxattn: {' '.join(message.split())}", err=True)
    sys.exit(2)


def examples(*lines: str) -> Callable[[Any], Any]:
    """Add examples to a command's help, one a line."""

    def add(function: Any) -> Any:
        shown = "\n".join(f"  {line}" for line in lines)
        function.__doc__ = f"{inspect.cleandoc(function.__doc__)}\n\n\b\nExamples:\n{shown}\n"
        return function

    return add


@click.group(
    cls=_Group, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, "-V", "--version", prog_name="xlsxattn")
@examples(
    "xlsxattn list",
    "xlsxattn build mouse",
    'xlsxattn new "cat and mouse are friends" "keyboard and mouse are useful"',
    "xlsxattn check output/mouse.xlsx",
)
def main() -> None:
    """Write .xlsx workbooks that explain attention with live formulas.

    Open them in Excel or LibreOffice: click a cell and see the arithmetic, change a
    number on cream and watch the meaning move.
    """


@main.command("list")
@click.option(
    "--lang", default=DEFAULT, metavar="LANGUAGE",
    help=f"Language of the titles: {', '.join(languages())}.",
)  # fmt: skip
@examples("xlsxattn list", "xlsxattn list --lang zh")
def list_(lang: str) -> None:
    """List the lessons that come with xlsxattn."""
    from xlsxattn import lesson as files
    from xlsxattn.texts import texts

    _require_language(lang)
    for name in files.template_names():
        lesson = files.load(files.template_folder() / f"{name}.toml", lang)
        summary = files.text(lesson.summary or lesson.title, lang)
        click.echo(f"{name:<14}{summary}")
    click.echo(f"{files.COURSE:<14}{texts(lang)['course']['summary']}")


@main.command()
@click.argument("lessons", nargs=-1, metavar="LESSON...")
@click.option("-o", "--output", metavar="PATH", help="File, or folder for several lessons.")
@click.option(
    "--lang", metavar="LANGUAGE",
    help=f"Language of the page: {', '.join(languages())} (default: {DEFAULT}).",
)  # fmt: skip
@click.option(
    "--paper", type=click.Choice(tuple(PAPERS)), default=PAPER, show_default=True,
    help="What the printer is set up for; the pages fit on both.",
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="All lessons and the course, in all languages.")
@examples(
    "xlsxattn build mouse",
    "xlsxattn build mouse --lang zh -o mouse-zh.xlsx",
    "xlsxattn build my-lesson.toml -o handout.xlsx",
    "xlsxattn build course",
    "xlsxattn build --all -o handouts/",
)
def build(
    lessons: tuple[str, ...], output: str | None, lang: str | None, paper: str, every: bool
) -> None:
    """Build workbooks. LESSON is a name from `xlsxattn list`, or a .toml file.

    Without -o, the workbook of LESSON is output/LESSON.xlsx, or output/LESSON-LANGUAGE.xlsx
    in another language than English.
    """
    from xlsxattn import lesson as files
    from xlsxattn.build import prepare, write

    if lang is not None:
        _require_language(lang)
    if every and lessons:
        raise click.UsageError(f"expected either --all or lessons, got both ({lessons[0]})")
    names = (*files.template_names(), files.COURSE) if every else lessons
    if not names:
        raise click.UsageError("expected a lesson, such as mouse, got none; or use --all")
    wanted = [lang] if lang else list(languages()) if every else [DEFAULT]
    jobs = [
        (name, _target(name, output, one, len(names) > 1), one) for one in wanted for name in names
    ]
    if len({path for _, path, _ in jobs}) < len(jobs):
        raise click.UsageError("expected lessons with different names, got two for one file")
    hidden = not every
    with click.progressbar(length=2 * len(jobs), label="Building", file=sys.stderr,
                           hidden=hidden) as bar:  # fmt: skip
        prepared = []
        for name, _, one in jobs:  # refuse a wrong one before any is written
            prepared.append(prepare(name, one))
            bar.update(1)
        for content, (_, path, _) in zip(prepared, jobs, strict=True):
            write(content, path, paper)
            bar.update(1)
    for _, path, _ in jobs:
        click.echo(f"{path}")


def _target(name: str, output: str | None, lang: str, several: bool) -> Path:
    tail = "" if lang == DEFAULT else f"-{lang}"
    file = f"{Path(name).stem}{tail}.xlsx"
    if output is None:
        return Path("output") / file
    if not output.strip():
        raise click.UsageError(f"--output: expected a file or folder, got {output!r}")
    path = Path(output)
    if several or output.endswith(("/", "\\")) or path.is_dir():
        if path.is_file():
            raise click.UsageError(f"{output}: expected a folder for several lessons, got a file")
        if several and path.suffix.lower() == ".xlsx" and not path.is_dir():
            raise click.UsageError(
                f"{output}: expected a folder for several lessons, got the name of a workbook"
            )
        return path / file
    if path.suffix.lower() != ".xlsx":
        raise click.UsageError(f"{output}: expected a name that ends in .xlsx, got {path.name!r}")
    return path


def _require_language(language: str) -> None:
    if language not in languages():
        known = " or ".join(languages())
        raise click.UsageError(f"--lang: expected {known}, got {language!r}")


@main.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--engine", default="ironcalc", metavar="ENGINE",
    help="What recalculates: ironcalc (built in), libreoffice or gnumeric (installed).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a report for programs.")
@examples(
    "xlsxattn check output/mouse.xlsx",
    "xlsxattn check output/*.xlsx --engine libreoffice",
    "xlsxattn check output/mouse.xlsx --json",
)
def check(files: tuple[str, ...], engine: str, as_json: bool) -> None:
    """Prove workbooks: recalculate each FILE and compare every step with NumPy.

    Finds wrong formulas, constants where a formula belongs, stale values, error cells
    and claims that fail. Exit code 1 where it finds any.
    """
    import json

    from xlsxattn.check import check as check_one

    if not files:
        raise click.UsageError("expected a workbook, such as output/mouse.xlsx, got none")
    reports = [check_one(Path(file), engine) for file in files]
    if as_json:
        data = [report.data() for report in reports]
        click.echo(json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2))
    else:
        for report in reports:
            _print_report(report)
    if not all(report.ok for report in reports):
        sys.exit(1)


def _print_report(report: Report) -> None:
    click.echo(f"{report.file}: {report.lesson or 'no lesson'}, {report.engine} against "
               f"{report.reference}")  # fmt: skip
    width = max((len(step.name) for step in report.steps), default=0)
    for step in report.steps:
        error = "no value" if step.max_error is None else f"{step.max_error:.1e}"
        click.echo(f"  {step.name:<{width}}  {step.range:<10} {step.cells:>6} cells  {error}")
    for claim in report.claims:
        mark = {True: "✓", False: "✗", None: "–"}[claim.ok]
        click.echo(f"  {mark} {claim.name} ({claim.kind})")
    for problem in report.problems:
        place = f"{problem.sheet}!{problem.cell}" if problem.cell else problem.sheet
        click.echo(f"  {problem.kind}: {place}: {problem.message}")
    for note in report.notes:
        click.echo(f"  note: {note}")
    click.echo("  all well" if report.ok else f"  {_count(len(report.problems))}")


def _count(problems: int) -> str:
    return f"{problems} problem" + "s" * (problems != 1)


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
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="What the numbers are drawn from.",
)
@click.option(
    "--dimensions",
    type=int,
    default=4,
    show_default=True,
    metavar="NUMBER",
    help="Numbers in an embedding.",
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
    help=f"Language of the claims: {', '.join(languages())}.",
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@click.pass_context
@examples(
    'xlsxattn new "cat and mouse are friends" "keyboard and mouse are useful"',
    'xlsxattn new "我爱中国" -o china.toml --seed 7 --positions',
    'xlsxattn new "I like you" --mask causal --heads 2 --weights',
    'xlsxattn new "cat and mouse are friends" --layers 2 --heads 2',
    "xlsxattn new --from heads -o my-heads.toml",
)
def new(
    context: click.Context, sentences: tuple[str, ...], output: str, template: str | None,
    force: bool, **choices: Any,
) -> None:  # fmt: skip
    """Write a lesson file of your own: one to four sentences, each in quotes.

    The file is ready to build; its comments say what to change. A sentence without
    spaces, as in Chinese, is split into its characters.
    """
    from xlsxattn import new as lessons
    from xlsxattn.schema import SCHEMA_FILE, schema_text

    language = choices.pop("lang")
    _require_language(language)
    path = Path(output)
    if output != "-":
        lessons.require_new(path, ".toml", force)
    name = "my-lesson.toml" if output == "-" else output
    if template is None:
        if not sentences:
            raise click.UsageError("expected a sentence in quotation marks, or --from, got neither")
        text = lessons.new_lesson(lessons.Request(sentences, language=language, **choices), name)
    else:
        given = [*sentences, *(f"--{key}" for key in choices if _given(context, key))]
        if given:
            raise click.UsageError(f"expected --from and no more but -o, got {given[0]!r} too")
        text = lessons.lesson_from(template, name)
    if output == "-":
        click.echo(text, nl=False)
        return
    lessons.write(text, path)
    if template:
        lessons.copy_weights(template, path.parent)
    beside = path.parent / SCHEMA_FILE
    if not beside.exists():
        lessons.write(schema_text(), beside)
    click.echo(f"{path}")
    click.echo(f"Now build it: {lessons.build_command(output, language)}")


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
