"""One job in a process of its own: its seconds and its peak memory, as JSON."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time


def main() -> None:
    function, arguments, without = json.loads(sys.argv[1])
    for package in without:
        sys.modules[package] = None  # type: ignore[assignment]  # importing it now fails
    module, _, name = function.partition(".")
    action = getattr(importlib.import_module(module), name)(**arguments)
    start = time.perf_counter()
    report = action()
    seconds = time.perf_counter() - start
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kB elsewhere
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"seconds": seconds, "memory": memory, "report": report or {}}))


if __name__ == "__main__":
    main()
