"""The short-lived child that looks for the backend and prepares the text before a run starts.

See `host.children`: the question holds `home`, `backend` and `data`, a config's data section; with
`config`, a whole one, it is also asked whether the backend can compute that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import backends
from ..config import DataConfig, RunConfig
from ..data import prepare
from ..data.recipe import Recipe
from ..doctor import Host
from ..doctor.readiness import who_holds_it
from ..errors import EnvironmentNotReady
from ..host import children
from ..worker_settings import load_worker


def work(question: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked and give the result: the backend's name and the data set's folder.

    Raises:
        TtgptError: The backend or the text is not there, or the run does not fit the backend.
    """
    home = Path(question["home"])
    backend = _ready_backend(question["backend"], home)
    recipe = Recipe.of_config(DataConfig(**question["data"]))
    children.tell({"say": f"preparing {recipe.sources[0]}"})
    made = prepare.resolve(recipe, home)
    if "config" in question:
        config = RunConfig.from_dict(question["config"])
        backend.check(config.model, config.train, made.meta.vocab_size)
    return {"backend": backend.name, "folder": str(made.folder.absolute())}


def _ready_backend(name: str, home: Path) -> backends.Backend:
    backend = backends.get(name)
    found = backend.probe()
    if not found.ok:
        raise EnvironmentNotReady(
            f"Cannot train with {backend.name} here.", found.reason, found.next_step
        )
    if backend.name == "ttml":
        _refuse_held_card(home)
    return backend


def _refuse_held_card(home: Path) -> None:
    holder = who_holds_it(Host.here(home, load_worker(home), "ttml"))
    if holder is not None:
        raise holder.as_error()


if __name__ == "__main__":
    children.answer(work)
