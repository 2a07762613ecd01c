"""`python -m ttgpt.engine.worker train RUN_FOLDER` or `… play PLAYER_FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from .process import prepare_process


def main(arguments: list[str]) -> int:
    """Run one worker to its end; the value is the exit code."""
    task, folder = arguments
    stop = prepare_process()
    from . import playing, training

    if task == "train":
        return training.main(Path(folder), stop)
    return playing.main(Path(folder), stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
