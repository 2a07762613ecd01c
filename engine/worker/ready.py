"""The short-lived child that looks for the backend and prepares the text before a run starts.

See `children`: the question holds `home`, `backend` and `data`, a config's data section.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import backends, children
from ..config import DataConfig
from ..data import prepare
from ..data.recipe import Recipe
from ..doctor.obstacle import card_holder, explained
from ..errors import EnvironmentNotReady, TtgptError


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked and give the result: the backend's name and the data set's folder.

    Raises:
        TtgptError: The backend or the text is not there.
    """
    home = Path(question["home"])
    backend = _backend(question["backend"], home)
    recipe = Recipe.of_config(DataConfig(**question["data"]))
    children.tell({"say": f"preparing {recipe.sources[0]}"})
    made = prepare.resolve(recipe, home)
    return {"backend": backend, "folder": str(made.folder.absolute())}


def _backend(name: str, home: Path) -> str:
    if name == "ttml" and name not in backends.BACKENDS:
        raise _refusal(home, name, "This version has no such backend.", "Use --backend torch.")
    backend = backends.get(name)
    found = backend.probe()
    if not found.ok:
        raise _refusal(home, backend.name, found.reason, found.next_step)
    if backend.name == "ttml":
        holder = card_holder(home)  # one that opens a held card waits without end
        if holder is not None:
            raise holder.as_error()
    return backend.name


def _refusal(home: Path, name: str, reason: str, next_step: str) -> TtgptError:
    """Give the doctor's finding; where it has none, what the backend itself said."""
    said = EnvironmentNotReady(f"Cannot train with {name} here.", reason, next_step)
    return explained(home, "ttml", said) if name == "ttml" else said


if __name__ == "__main__":
    children.answer(work)
