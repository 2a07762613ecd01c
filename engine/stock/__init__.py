"""Checkpoints that tt-metal's own trainers wrote: Python pickles, read as if they were hostile.

They are opened only in a short-lived child (`stock.child`), by an unpickler that knows arrays,
numbers, texts, and the names of some classes, which it makes empty records of.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import DataError
from ..host import children


def take_in(home: Path, file: Path) -> Path:
    """Convert a stock trainer's checkpoint into one of ours, in the home.

    Args:
        home: The home folder.
        file: What `train_nanogpt` or `ttml.checkpointing` wrote.

    Returns:
        The checkpoint: `<home>/imported/NAME/checkpoints/STEP`; where that was done before, the
        one from then.

    Raises:
        DataError: It is none of these, lacks what is needed, or names something else to load.
    """
    question = {"home": str(home), "file": str(file.absolute())}
    try:
        found = children.ask("ttgpt.engine.stock.child", question, folder=home)
    except children.NoAnswer as silence:
        if isinstance(silence.__cause__, OSError):  # it never began
            raise
        raise DataError(
            f"{file.name} is damaged, or no checkpoint of a stock trainer.",
            f"The process that read it was ended by it. {silence.why}",
            "Choose another one.",
        ) from silence
    return Path(found["folder"])
