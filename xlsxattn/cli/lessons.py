"""``list`` and ``build``: the lessons, and their workbooks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from xlsxattn.cli.group import examples, main, quoted, require_language
from xlsxattn.style import PAPER, PAPERS
from xlsxattn.texts import DEFAULT, languages
from xlsxattn.widths import columns


@main.command("list")
@click.option(
    "--lang", default=DEFAULT, metavar="LANGUAGE",
    help=f"Language of the titles: {', '.join(languages())}.",
)  # fmt: skip
@examples("xlsxattn list", "xlsxattn list --lang zh")
def list_(lang: str) -> None:
    """List the lessons that come with xlsxattn, chapter by chapter, as the course has them.

    Each with its name for `build`, the minutes that it takes, and what it shows.
    """
    from xlsxattn import lesson as files
    from xlsxattn.texts import texts

    require_language(lang)
    said = texts(lang)
    total = 0
    for chapter in files.chapters(lang, weights=False):
        if chapter.id:
            click.echo(said["chapters"][chapter.id])
        for name, lesson in chapter.lessons.items():
            summary = files.text(lesson.summary or lesson.title, lang)
            click.echo(_line(name, lesson.minutes, summary, said["course"]["takes"]))
            total += lesson.minutes
    click.echo(said["course"]["alone"])
    for name in files.names_alone():
        lesson = files.load(files.find(name), lang, weights=False)
        summary = files.text(lesson.summary, lang)
        click.echo(_line(name, lesson.minutes, summary, said["course"]["takes"]))
    click.echo(said["course"]["all"])
    click.echo(_line(files.COURSE, total, said["course"]["summary"], said["course"]["takes"]))


def _line(name: str, minutes: int, summary: str, takes: str) -> str:
    """A lesson on one line, in columns with the others."""
    time = takes.format(minutes) if minutes else ""
    return f"  {name:<13}{' ' * (8 - columns(time))}{time}  {summary}"


@main.command()
@click.argument("lessons", nargs=-1, metavar="LESSON...")
@click.option("-o", "--output", metavar="PATH", help="File, or folder for several lessons.")
@click.option(
    "--lang", metavar="LANGUAGE",
    help=f"Language of the page: {', '.join(languages())} (default: the lesson's, or {DEFAULT}).",
)  # fmt: skip
@click.option(
    "--paper", type=click.Choice(tuple(PAPERS)), default=PAPER, show_default=True,
    help="What the printer is set up for; the pages fit on both.",
)  # fmt: skip
@click.option(
    "--tokens", type=int, metavar="N",
    help="How many tokens a lesson that writes has, such as stories: 4 to 96.",
)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="All lessons and the course, in all languages.")
@click.option("--pdf", is_flag=True, help="A PDF to print, beside it; needs LibreOffice.")
@click.option("--open", "opened", is_flag=True, help="Open the workbook, or with --pdf the PDF.")
@examples(
    "xlsxattn build mouse",
    "xlsxattn build mouse --pdf --open",
    "xlsxattn build mouse --lang zh -o mouse-zh.xlsx",
    "xlsxattn build my-lesson.toml -o handout.xlsx",
    "xlsxattn build course",
    "xlsxattn build stories --tokens 32",
    "xlsxattn build --all -o handouts/",
)
def build(
    lessons: tuple[str, ...], output: str | None, lang: str | None, paper: str,
    tokens: int | None, every: bool, pdf: bool, opened: bool,
) -> None:  # fmt: skip
    """Build workbooks. LESSON is a name from `xlsxattn list`, or a .toml file.

    Without -o, the workbook of LESSON is output/LESSON.xlsx, or output/LESSON-LANGUAGE.xlsx
    in another language than the lesson's own.
    """
    from xlsxattn import lesson as files
    from xlsxattn.desktop import open_file
    from xlsxattn.engines.soffice import MISSING, find_program, print_to_pdf
    from xlsxattn.errors import EngineError

    if lang is not None:
        require_language(lang)
    if every and lessons:
        raise click.UsageError(f"expected either --all or lessons, got both ({lessons[0]})")
    names = (*files.lesson_names(), files.COURSE) if every else lessons
    if not names:
        raise click.UsageError("expected a lesson, such as mouse, got none; or use --all")
    if opened and len(names) > 1:
        raise click.UsageError(f"--open: expected one lesson, got {len(names)}")
    if pdf and find_program() is None:
        raise EngineError(f"--pdf: {MISSING}")
    if every and tokens is not None:
        raise click.UsageError("--tokens: expected a lesson that has some, got --all")
    paths = _build(_jobs(names, output, lang, every), paper, tokens, quiet=not every)
    for path in paths:
        click.echo(f"{path}")
    printed = print_to_pdf(paths) if pdf else []
    for path in printed:
        click.echo(f"{path}")
    click.echo(_next(paths), err=True)
    if opened:
        open_file([*paths, *printed][-1])


def _jobs(
    names: tuple[str, ...], output: str | None, lang: str | None, every: bool
) -> list[tuple[str, Path, str]]:
    """Each lesson with its file and its language, no two with one file."""
    from xlsxattn import lesson as files

    several = len(names) > 1
    jobs = []
    for wanted in languages() if every and lang is None else [lang]:
        for name in names:
            own = DEFAULT if every else files.language_of(name)
            language = wanted or own
            tail = "" if language == own else f"-{language}"
            jobs.append((name, _target(name, output, tail, several), language))
    if len({path for _, path, _ in jobs}) < len(jobs):
        raise click.UsageError("expected lessons with different names, got two for one file")
    return jobs


def _build(
    jobs: list[tuple[str, Path, str]], paper: str, tokens: int | None, quiet: bool
) -> list[Path]:
    """Write every workbook, or none where a lesson is wrong; their files."""
    from xlsxattn.build import prepare, write

    with click.progressbar(length=2 * len(jobs), label="Building", file=sys.stderr,
                           hidden=quiet) as bar:  # fmt: skip
        prepared = []
        for name, _, language in jobs:  # refuse a wrong one before any is written
            prepared.append(prepare(name, language, tokens))
            bar.update(1)
        for content, (_, path, _) in zip(prepared, jobs, strict=True):
            write(content, path, paper)
            bar.update(1)
    return [path for _, path, _ in jobs]


def _next(paths: list[Path]) -> str:
    """What one does with what was built."""
    them, what = ("it", paths[0]) if len(paths) == 1 else ("them", paths[0].parent / "*.xlsx")
    return f"Open {them} in Excel or LibreOffice; prove {them}: xlsxattn check {quoted(what)}"


def _target(name: str, output: str | None, tail: str, several: bool) -> Path:
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
