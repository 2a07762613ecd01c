"""The command line: the app's twin, for scripts, pipes and terminals without a screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .call import Call
from .output import forgive_characters
from .root import PROGRAM, cli


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code; the entry point of `ttgpt-tui`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Prompts, texts and samples are a person's own: what is made from here on, children included,
    # is for this user alone.
    call = Call(umask=os.umask(0o077))
    forgive_characters()
    try:
        # Not standalone: click would print its own form of an error and know only its own codes.
        code = cli.main(given, prog_name=PROGRAM, standalone_mode=False, obj=call)
    except Exception as problem:
        from .failure import report

        code = report(problem, call, given)
    sys.exit(code if isinstance(code, int) else 0)
