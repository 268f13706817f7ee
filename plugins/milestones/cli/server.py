"""``milestones server``: the engine behind an editor."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from milestones.cli import UsageError

if TYPE_CHECKING:
    import argparse


def serve(_arguments: argparse.Namespace) -> int:
    """Speak the Language Server Protocol on standard input and output until the editor ends it."""
    if find_spec("pygls") is None:
        raise UsageError("the editor server needs pygls", "pip install 'mkdocs-milestones[server]'")
    from milestones.server import language

    gc.enable()  # this one lasts
    # What is printed by mistake must not reach the editor, and the server closes what it writes to.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out, contextlib.redirect_stdout(sys.stderr):
        language.server().start_io(stdout=out)
    return 0
