"""The short-lived child that looks for the backend and prepares the text before a run starts.

Takes one JSON object as its argument; a relative path in it counts from its `cwd`. Prints JSON
lines: `{"say": …}` while it works, then one `{"result": …}` or `{"error": …}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from .. import backends
from ..data import prepare
from ..errors import EnvironmentNotReady, TtgptError


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked and give the result: the backend's name and the data set's folder.

    Raises:
        TtgptError: The backend or the text is not there.
    """
    result = {}
    if "backend" in question:
        result["backend"] = _backend(question["backend"])
    data, home = question["data"], Path(question["home"])
    _print({"say": f"preparing {data['source']}"})
    if question.get("name"):
        made = prepare.prepare(
            data["source"], data["tokenizer"], data["val_fraction"], home, question["name"]
        )
    else:
        made = prepare.resolve(data["source"], home, data["tokenizer"], data["val_fraction"])
    return {**result, "folder": str(made.folder.absolute())}


def _backend(name: str) -> str:
    backend = backends.get(name)
    found = backend.probe()
    if not found.ok:
        raise EnvironmentNotReady(
            f"Cannot train with {backend.name} here.", found.reason, found.next_step
        )
    return backend.name


def _print(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)


def main() -> None:
    """Answer the question in the first argument."""
    question = json.loads(sys.argv[1])
    with contextlib.suppress(OSError):  # gone or closed to us: then a relative path leads nowhere
        os.chdir(question["cwd"])
    try:
        _print({"result": answer(question)})
    except TtgptError as error:
        _print({"error": error.to_dict()})


if __name__ == "__main__":
    main()
