"""The interpreter that runs the worker: does it start, and has it what training on a CPU needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .. import probe
from ..check import Answer, Check, failed, passed, skipped, warned
from ..pythons import NEEDED, choose_python, find_pythons, incomplete_python
from ..visit import Visit

OLDEST = (3, 10)
PIP_NAMES = {"yaml": "pyyaml"}
START_SECONDS, TORCH_SECONDS = 30.0, 60.0


def interpreter(visit: Visit) -> probe.Outcome:
    """Start the worker's interpreter and have it describe itself."""
    return visit.ask_worker("python", limit=START_SECONDS)


def python_facts(visit: Visit) -> dict[str, Any]:
    """Give what the interpreter said of itself; nothing where it does not start."""
    answer = visit.once(interpreter).answer
    return answer if "version" in answer else {}


def package(visit: Visit, name: str) -> dict[str, Any] | None:
    """Give what the interpreter knows of a package without importing it, or None."""
    found: dict[str, Any] | None = visit.once(python_facts).get("packages", {}).get(name)
    return found


def version_of(found: dict[str, Any]) -> str:
    """Give a package's version as its metadata has it, or nothing."""
    return str(found["distribution"].get("version", ""))


def python(visit: Visit) -> Answer:
    """Start the interpreter and look at its version."""
    host, path = visit.host, choose_python(visit.host)
    outcome = visit.once(interpreter)
    others = "\n".join(f"{p.path} ({p.source})" for p in find_pythons(host))
    seen = f"{path}\nfound:\n{others or 'none'}"
    if outcome.end == "missing":
        return failed(
            "the worker's interpreter cannot be started",
            f"{host.short(path)}: {outcome.printed}",
            "Choose another one in the settings: worker.python, or leave it empty.",
            evidence=seen,
            apply={"worker.python": ""} if host.worker.python else None,
        )
    version = str(outcome.answer.get("version", ""))
    if not version:
        return failed(
            f"the worker's interpreter {outcome.trouble or 'says nothing of itself'}",
            f"{host.short(path)} does not run a few lines of Python.",
            "Choose another one in the settings: worker.python.",
            evidence=f"{seen}\n{outcome.printed}",
        )
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST:
        return failed(
            f"the worker's Python is {version}, 3.10 is needed",
            f"{host.short(path)} is too old for this program.",
            "Choose a newer one in the settings: worker.python.",
            evidence=seen,
        )
    return passed(f"Python {version} runs the worker", seen)


def needed(visit: Visit) -> Answer:
    """Look for the packages that every worker imports."""
    if not visit.once(python_facts):
        return skipped("packages (need the interpreter)", evidence=choose_python(visit.host))
    places = {name: package(visit, name) for name in NEEDED}
    missing = [name for name, found in places.items() if found is None]
    seen = "\n".join(
        f"{name}: {found['folder'] if found else '-'}" for name, found in places.items()
    )
    if missing:
        path = visit.host.short(choose_python(visit.host))
        pip = " ".join(PIP_NAMES.get(name, name) for name in missing)
        return failed(
            f"the worker's Python lacks {', '.join(missing)}",
            f"{path} has not all that the worker imports.",
            "Install them there.",
            f"{visit.host.typed(choose_python(visit.host))} -m pip install {pip}",
            seen,
        )
    return passed("the worker's Python has the packages it needs", seen)


def passed_over(visit: Visit) -> Answer | None:
    """Say what the interpreter that has ttml needs to be chosen for the worker; None without it."""
    found = incomplete_python(visit.host)
    if found is None:
        return None
    path, missing = found
    pip = " ".join(PIP_NAMES.get(name, name) for name in missing)
    return failed(
        "the Python that has ttml lacks packages of the worker",
        f"{visit.host.short(path)} has no {', '.join(missing)}, so another one runs the worker.",
        "Install them there.",
        f"{visit.host.typed(path)} -m pip install {pip}",
        f"with ttml: {path}\nworker: {choose_python(visit.host)}",
    )


def torch_probe(visit: Visit) -> probe.Outcome:
    """Import torch in the worker's interpreter."""
    return visit.ask_worker("torch", limit=TORCH_SECONDS)


def torch(visit: Visit) -> Answer:
    """Import PyTorch in a child."""
    outcome = visit.once(torch_probe)  # the slowest question: asked before the others' answers
    found = package(visit, "torch")
    if not visit.once(python_facts):
        return skipped("PyTorch (needs the interpreter)", evidence=choose_python(visit.host))
    pip = f"{visit.host.typed(choose_python(visit.host))} -m pip install torch"
    if found is None:
        return failed(
            "PyTorch is not installed for the worker's Python",
            "Training on the CPU or a GPU needs it; a card with ttml does not.",
            "Install it there.",
            pip,
            choose_python(visit.host),
        )
    if "version" not in outcome.answer:
        words = _error(outcome)
        return failed(
            f"PyTorch does not load: {outcome.trouble or words.partition(':')[0]}",
            words or outcome.trouble,
            "Install it again.",
            f"{pip} --force-reinstall",
            f"{found['folder']}\n{outcome.printed}",
        )
    seen = f"{found['folder']}, built for {outcome.answer['built_for'] or 'the CPU'}"
    return passed(f"PyTorch {outcome.answer['version']} loads", seen)


def gpu(visit: Visit) -> Answer:
    """Ask PyTorch which accelerator it sees."""
    said = visit.once(torch_probe).answer if package(visit, "torch") is not None else {}
    if "gpus" not in said:
        return skipped("GPU (needs PyTorch)", evidence="PyTorch is not there, or did not load")
    names = [*said["gpus"], *(["Apple GPU"] if said["mps"] else [])]
    seen = f"torch built for {said['built_for'] or 'the CPU'}"
    if names:
        return passed(f"PyTorch sees {len(names)} GPU{'s' * (len(names) > 1)}: {names[0]}", seen)
    nodes = [n for n in visit.host.entries("/dev") if re.fullmatch(r"nvidia\d+|kfd", n)]
    if nodes:
        return warned(
            "there is a GPU, but PyTorch does not use it",
            "PyTorch is built without it, or the driver does not match.",
            "Install the build of PyTorch for this GPU; see pytorch.org.",
            evidence=f"{seen}\n/dev/{nodes[0]}",
        )
    return passed("PyTorch sees no GPU and uses the CPU", seen)


def environment(visit: Visit) -> Answer:
    """Compare the activated environment with that of the worker."""
    active, path = visit.host.environ.get("VIRTUAL_ENV", ""), choose_python(visit.host)
    seen = f"VIRTUAL_ENV: {active or 'not set'}\nworker: {path}"
    if not active or Path(path).is_relative_to(active):
        return passed("the worker runs in the environment you are in", seen)
    return passed(
        "the worker runs in another environment than yours",
        seen,
        "Nothing is wrong; packages you install here do not reach the worker.",
    )


def _error(outcome: probe.Outcome) -> str:
    return ": ".join(outcome.answer.get("error", []))


CHECKS = (
    Check("software.python", "blocks", "Does the worker's Python start?", python, "both", 40.0),
    Check("software.packages", "blocks", "Has it the worker's packages?", needed, "both", 40.0),
    Check("software.venv", "informs", "Is it the environment you are in?", environment, "both"),
    Check("software.torch", "blocks", "Does PyTorch load?", torch, "cpu", 75.0),
    Check("software.gpu", "informs", "Does PyTorch see a GPU?", gpu, "cpu", 75.0),
)
