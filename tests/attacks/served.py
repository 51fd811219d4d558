"""`xlsxattn check` in a process of its own each time: how it ended, and what it took.

`python served.py` imports the command once and forks for every path that it reads, so that
each answer costs what a check costs; a line of JSON says how it was. POSIX only.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: Seconds after which a process is ended, of the processor and of the clock, and bytes at most.
PROCESSOR, CLOCK, MEMORY = 20, 120, 3 << 30


@dataclass(frozen=True)
class Answer:
    """Exit code (negative for a signal), seconds of the processor, megabytes, what was said."""

    code: int
    seconds: float
    megabytes: float
    out: str
    error: str


@cache
def _server() -> subprocess.Popen[bytes]:
    # One thread, so that forking is safe.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def checked(path: Path) -> Answer:
    """What `xlsxattn check PATH` does; temporary files go to the folder of the path."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{path}\n".encode())
    server.stdin.flush()
    return Answer(*json.loads(server.stdout.readline()))


def _one(path: Path, said: list[Path]) -> None:
    """In the child: check, and leave with the command's exit code."""
    from xlsxattn.cli import main

    for number, file in enumerate(said, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ["TMPDIR"] = str(path.parent)
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        main(["check", str(path)])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        traceback.print_exc()
        code = 70
    atexit._run_exitfuncs()  # which waits for the engine, so that its time and memory count
    sys.stdout.flush()
    os._exit(code)


def _answer(path: Path) -> Answer:
    said = [path.with_name(f"{path.name}.{stream}") for stream in ("out", "error")]
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        _one(path, said)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
    signal.alarm(CLOCK)
    _, status, used = os.wait4(child, 0)
    signal.alarm(0)
    texts = [file.read_text(errors="replace") if file.is_file() else "" for file in said]
    for file in said:
        file.unlink(missing_ok=True)
    seconds, code = used.ru_utime + used.ru_stime, os.waitstatus_to_exitcode(status)
    return Answer(code, round(seconds, 2), used.ru_maxrss / 1024, *texts)


def _serve() -> None:
    import ironcalc  # noqa: F401
    import openpyxl  # noqa: F401

    import xlsxattn.check
    import xlsxattn.cli  # noqa: F401

    for line in sys.stdin:
        answer = _answer(Path(line.rstrip("\n")))
        print(json.dumps(list(vars(answer).values())), flush=True)


if __name__ == "__main__":
    _serve()
