"""One target under Atheris; ``run.py`` starts it."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["milestones", "yaml", "frontmatter"]):
    import targets


if __name__ == "__main__":
    target = targets.TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
