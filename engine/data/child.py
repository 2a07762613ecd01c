"""The short-lived child that analyses and prepares texts; see `asking`."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..host import children
from .prepare import prepare
from .recipe import Recipe

_BETWEEN = 0.05
"""Seconds between two remarks on the same piece of work."""


class _Teller:
    """Passes on how far the work is, but no more often than anybody could see."""

    def __init__(self) -> None:
        self._what, self._told = "", -math.inf

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._what or now - self._told > _BETWEEN or 0 < total <= done:
            self._what, self._told = what, now
            children.tell({"what": what, "done": done, "total": total})


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked.

    Raises:
        TtgptError: It cannot be done.
    """
    recipe, home = Recipe.from_dict(question["recipe"]), Path(question["home"])
    if question["do"] == "analyse":
        from .inspecting import analyse

        return analyse(recipe, home, say=_Teller()).to_dict()
    made = prepare(recipe, home, question["name"], say=_Teller())
    return {
        "folder": str(made.folder.absolute()),
        "is_new": made.is_new,
        "left_out": [asdict(one) for one in made.left_out],
    }


if __name__ == "__main__":
    children.answer(work)
