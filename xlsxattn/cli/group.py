"""The program: its help, its errors in one line, and what several commands share."""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from xlsxattn import __version__
from xlsxattn.errors import XlsxattnError
from xlsxattn.texts import languages


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


def require_language(language: str) -> None:
    if language not in languages():
        known = " or ".join(languages())
        raise click.UsageError(f"--lang: expected {known}, got {language!r}")


def quoted(path: Path | str) -> str:
    """A path as one types it in a command."""
    return f'"{path}"' if " " in str(path) else f"{path}"
