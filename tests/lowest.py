"""The lowest versions that pyproject.toml declares, as requirements for pip."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
print(*(re.sub(r">=([^,]*).*", r"==\1", one) for one in wanted if ">=" in one))
