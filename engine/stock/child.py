"""The child process that opens a stock trainer's file and leaves one of our checkpoints.

Its memory is limited: a small pickle can describe an enormous array.
"""

from __future__ import annotations

import contextlib
import hashlib
import resource
from pathlib import Path
from typing import Any

from ..checkpoints import checkpoint
from ..checkpoints.folder import AlreadyThereError, free_place
from ..config import RunConfig
from ..host import children
from .converting import convert, lacks
from .reading import read

_MEMORY = 4 << 30
_TIMES_THE_FILE = 8


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Convert the file; see `stock.take_in`.

    Raises:
        TtgptError: It cannot be done; nothing was written.
    """
    file = Path(question["file"])
    with contextlib.suppress(OSError, ValueError):  # it says so itself when it is read
        most = _MEMORY + _TIMES_THE_FILE * file.stat().st_size
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    stock = read(file)
    model, weights, tokenizer = convert(stock)
    config = RunConfig.from_dict(
        {
            "model": vars(model),
            "train": {"max_steps": max(1, stock.step)},
            "data": {"tokenizer": "char"},
            "sample": {},
        }
    )
    source = hashlib.sha256(file.read_bytes()).hexdigest()
    home = Path(question["home"])
    try:
        place = free_place(home, file.stem, stock.step, lambda there: there.get("source") == source)
    except AlreadyThereError as done:
        return {"folder": str(done.place)}
    folder = checkpoint.save(
        place.parent,
        stock.step,
        weights,
        None,
        config=config.to_dict(),
        tokenizer_json=tokenizer.to_json(),
        state={
            "kind": "interval",
            "origin": f"{stock.writer}, {file.name}",
            "source": source,
            "lacks": lacks(stock),
        },
    )
    return {"folder": str(folder)}


if __name__ == "__main__":
    children.answer(work)
