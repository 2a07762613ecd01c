"""The child process that opens a stock trainer's file and leaves one of our checkpoints.

Its memory and its time are limited: a small pickle can describe what takes for ever.
"""

from __future__ import annotations

import contextlib
import hashlib
import resource
from pathlib import Path
from typing import Any

from ..backends import Weights
from ..checkpoints import checkpoint
from ..checkpoints.folder import AlreadyThereError, free_place
from ..config import RunConfig
from ..data.tokenizer import CharTokenizer
from ..errors import TtgptError
from ..host import children
from .converting import convert, lacks
from .reading import Stock, read
from .unpickle import damaged

_MEMORY = 4 << 30
_TIMES_THE_FILE = 8
_SECONDS = 60
_BYTES_A_SECOND = 8 << 20


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Convert the file; see `stock.take_in`.

    Raises:
        TtgptError: It cannot be done; nothing was written.
    """
    file = Path(question["file"])
    with contextlib.suppress(OSError, ValueError):  # it says so itself when it is read
        size = file.stat().st_size
        for limit, most in (
            (resource.RLIMIT_AS, _MEMORY + _TIMES_THE_FILE * size),
            (resource.RLIMIT_CPU, _SECONDS + size // _BYTES_A_SECOND),
        ):
            resource.setrlimit(limit, (most, most))
    stock, config, weights, tokenizer = load(file)
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


def load(file: Path) -> tuple[Stock, RunConfig, Weights, CharTokenizer]:
    """Read a file and convert what is in it.

    Raises:
        TtgptError: It cannot be done.
    """
    try:
        stock = read(file)
        model, weights, tokenizer = convert(stock)
        train = {"max_steps": max(1, stock.step)}
        config = {"model": vars(model), "train": train, "data": {"tokenizer": "char"}, "sample": {}}
        return stock, RunConfig.from_dict(config), weights, tokenizer
    except TtgptError:
        raise
    except Exception as error:  # whatever stands in it may be of another kind than it should be
        raise damaged(error) from error


if __name__ == "__main__":
    children.answer(work)
