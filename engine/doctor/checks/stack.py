"""ttnn and ttml: which are found, do they load, and do they belong together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .. import pci, probe
from ..check import Answer, Check, failed, passed, skipped, warned
from ..environment import MOCK, SIMULATOR, full_environment, joined, openmpi
from ..pythons import choose_python
from ..sayings import REBUILD, explain, spoken
from ..tree import find_tree, has_ttml
from ..visit import Visit
from .python import package, python_facts, version_of

PIP_PYTHONS = ("3.10", "3.12")
"""For which ttnn has wheels."""
UNRELATED = {"tt_cross.py", "tensor_train.py"}
"""Files of the package that PyPI calls ttml."""
REAL = {"autograd", "_recursive_import.py"}
LOAD_SECONDS, COUNT_SECONDS, OPEN_SECONDS = 20.0, 20.0, 120.0
_WANTS_CARD = "needed with a card only"


def pretended(visit: Visit) -> str:
    """Give which variable makes ttnn see a device that is not there, or nothing."""
    environment = full_environment(visit.host)
    return next((name for name in (MOCK, SIMULATOR) if environment.get(name)), "")


def is_wanted(visit: Visit) -> bool:
    """Say whether there is something that ttnn and ttml could run on."""
    return bool(visit.once(pci.devices)) or bool(pretended(visit))


def real_device(visit: Visit) -> Answer:
    """Warn where ttnn is told to see a device that does not exist."""
    name = pretended(visit)
    if not name:
        return passed("no simulated or mock device is set")
    kind = "a mock" if name == MOCK else "simulated"
    is_saved = name in visit.host.worker.env
    return warned(
        f"the device that ttnn sees is not real ({kind})",
        f"{name} is set: no speed and no result of it says anything about a card.",
        "Unset it to use a card.",
        "" if is_saved else f"unset {name}",
        f"{name}={full_environment(visit.host)[name]}",
        {f"worker.env.{name}": ""} if is_saved else None,
    )


def ttnn(visit: Visit) -> Answer:
    """Look for ttnn without importing it."""
    found, facts = package(visit, "ttnn"), visit.once(python_facts)
    if not facts:
        return skipped("ttnn (needs the interpreter)")
    if found is None:
        if not is_wanted(visit):
            return skipped(f"ttnn is not installed ({_WANTS_CARD})")
        minor = ".".join(str(facts["version"]).split(".")[:2])
        wheels = (
            "" if minor in PIP_PYTHONS else f" pip has it for {' and '.join(PIP_PYTHONS)} only."
        )
        return failed(
            f"ttnn is not installed for Python {minor}",
            f"ttml needs it, and the two must come from one build.{wheels}",
            "Build tt-metal with tt-train, which brings both.",
            REBUILD,
            choose_python(visit.host),
        )
    if found["origin"] is None:
        return failed(
            "only a source folder named ttnn was found",
            "Python takes the folder for a package, and import ttnn succeeds without content.",
            "Build the checkout, or take it off PYTHONPATH.",
            REBUILD,
            found["folder"],
        )
    version = version_of(found)
    if not version:
        return passed("ttnn found, its version is not recorded", found["folder"])
    return passed(f"ttnn {version} found", found["folder"])


def copies(visit: Visit) -> Answer:
    """Look whether a wheel of ttnn stands before the tree's own build."""
    host, found = visit.host, package(visit, "ttnn")
    metal = find_tree(host, choose_python(host))
    mine = package(visit, "ttml")
    if found is None or metal is None or mine is None or not _is_real(mine):
        return skipped("one build of both (needs ttnn, ttml and the tree)")
    folder = Path(found["folder"])
    seen = f"ttnn: {folder}\nttml: {mine['folder']}"
    if not folder.is_relative_to(metal) and Path(mine["folder"]).is_relative_to(metal):
        return failed(
            "an installed ttnn hides the one that ttml was built with",
            "Two copies are on the path; the wheel comes first.",
            "Uninstall the wheel in that environment.",
            f"{host.short(choose_python(host))} -m pip uninstall ttnn",
            seen,
        )
    return passed("ttnn and ttml come from one tree", seen)


def ttnn_probe(visit: Visit) -> probe.Outcome:
    """Import ttnn in a child; that alone touches no device."""
    return visit.ask_worker("ttnn", limit=LOAD_SECONDS)


def ttnn_loads(visit: Visit) -> Answer:
    """Import ttnn."""
    found = package(visit, "ttnn")
    if found is None or found["origin"] is None:
        return skipped("loading ttnn (needs ttnn)")
    outcome = visit.once(ttnn_probe)
    if "file" in outcome.answer:
        return passed(f"ttnn loads ({outcome.seconds:.1f} s)", outcome.answer["file"])
    return _loading_failed(visit, "ttnn", outcome, found["folder"])


def _loading_failed(visit: Visit, name: str, outcome: probe.Outcome, folder: str) -> Answer:
    message = _message(outcome)
    seen = f"{folder}\n{message or outcome.trouble}\n{outcome.printed}".strip()
    meaning = explain(message or outcome.printed)
    if meaning is not None:
        apply = _openmpi_setting(visit) if "OpenMPI" in meaning.what else None
        return failed(meaning.what, meaning.why, meaning.next_step, meaning.command, seen, apply)
    if outcome.end == "late":
        return failed(
            f"{name} does not finish loading ({outcome.trouble})",
            "The driver or the card may hang.",
            "Run this again; then reset the cards, or start the host again.",
            evidence=seen,
        )
    return failed(
        f"{name} does not load: {outcome.trouble or message.partition(':')[0]}",
        spoken(message).splitlines()[0] if message else "It printed no reason that is known here.",
        "Build it again from a clean tree; see what was printed.",
        REBUILD,
        seen,
    )


def _openmpi_setting(visit: Visit) -> dict[str, str]:
    folders = openmpi(visit.host)
    if not folders:
        return {}
    path = joined(visit.host, "LD_LIBRARY_PATH", folders)
    return {"worker.env.LD_LIBRARY_PATH": path}


def _message(outcome: probe.Outcome) -> str:
    return ": ".join(outcome.answer.get("error", []))


def ttml(visit: Visit) -> Answer:
    """Tell the real ttml from the unrelated one, and a built one from sources, by its files."""
    found = package(visit, "ttml")
    if not visit.once(python_facts):
        return skipped("ttml (needs the interpreter)")
    if found is None:
        return _no_ttml(visit)
    files = set(found["files"])
    pip = f"{visit.host.short(choose_python(visit.host))} -m pip uninstall ttml"
    if files & UNRELATED or "tensor train" in found["distribution"].get("summary", "").lower():
        return failed(
            "this ttml is another project (tensor trains)",
            "The package of that name on PyPI has nothing to do with Tenstorrent.",
            "Uninstall it; the right one is built from tt-metal, in tt-train.",
            pip,
            found["folder"],
        )
    if not _is_real(found):
        return failed(
            "a ttml was found that is not Tenstorrent's",
            "It has no autograd.",
            "Take it off the path; the right one is built from tt-metal.",
            evidence=f"{found['folder']}: {', '.join(sorted(files)[:10])}",
        )
    has_extension = any(re.match(r"_ttml.*\.so", name) for name in files)
    if not has_extension and package(visit, "_ttml") is None:
        return failed(
            "ttml is there, but its extension is not built",
            "Only the Python files of tt-train were found.",
            "Build tt-metal with tt-train, and put its build folder on the path too.",
            REBUILD,
            found["folder"],
        )
    return passed("ttml found, with its extension", found["folder"])


def _is_real(found: dict[str, Any]) -> bool:
    return bool(REAL & set(found["files"]))


def _no_ttml(visit: Visit) -> Answer:
    host, python = visit.host, choose_python(visit.host)
    if not is_wanted(visit):
        return skipped(f"ttml is not installed ({_WANTS_CARD})")
    metal = find_tree(host, python)
    if metal is not None and has_ttml(metal):
        return failed(
            "ttml lies in the tree, but this Python does not see it",
            f"{host.short(metal)} has tt-train; {host.short(python)} does not look there.",
            "Use the tree's own Python for the worker, or build with this one.",
            f"cd {host.short(metal)} && {REBUILD}",
            str(metal),
        )
    where = f" at {host.short(metal)}" if metal is not None else ""
    return failed(
        "ttml is not installed for the worker's Python",
        f"It is built from tt-metal{where}; no package index has it.",
        "Build tt-metal with tt-train, with the worker's Python.",
        REBUILD,
        python,
    )


def ttml_probe(visit: Visit) -> probe.Outcome:
    """Import ttnn, then ttml, in a child."""
    return visit.ask_worker("ttml", limit=LOAD_SECONDS)


def ttml_loads(visit: Visit) -> Answer:
    """Import ttml."""
    found = package(visit, "ttml")
    if found is None or not _is_real(found):
        return skipped("loading ttml (needs ttml)")
    outcome = visit.once(ttml_probe)
    if "file" in outcome.answer:
        seen = f"ttml: {outcome.answer['file']}\nttnn: {outcome.answer['ttnn']}"
        return passed("ttml loads, built with this ttnn", seen)
    return _loading_failed(visit, "ttml", outcome, found["folder"])


def devices(visit: Visit) -> Answer:
    """Have ttnn count devices, where none is real: counting opens real ones."""
    name = pretended(visit)
    if name != MOCK:
        why = "" if not name else "A simulator starts with it."
        return skipped("count of devices (the deep check asks ttnn)", why)
    found = package(visit, "ttnn")
    if found is None or found["origin"] is None:
        return skipped("count of devices (needs ttnn)")
    outcome = visit.ask_worker("ttnn", "devices", limit=COUNT_SECONDS)
    said = outcome.answer
    if "devices" not in said:
        return _loading_failed(visit, "ttnn", outcome, found["folder"])
    chips = f"{said['devices']} chip{'s' * (said['devices'] > 1)}"
    return warned(
        f"ttnn sees {chips}, {said['arch']} ({said['cluster']}), not real",
        f"The answer comes from the file that {MOCK} names.",
        "Unset it to use a card.",
        f"unset {MOCK}",
        f"{MOCK}={full_environment(visit.host)[MOCK]}",
    )


def opens(visit: Visit) -> Answer:
    """Open the first device, use it, close it; never beside another process."""
    host = visit.host
    from .ownership import card_holders

    found = package(visit, "ttnn")
    if not is_wanted(visit) or found is None or found["origin"] is None:
        return skipped("opening the device (needs a card and ttnn)")
    taken = [holder for some in visit.once(card_holders).values() for holder in some]
    if taken:
        return failed(
            f"not opened: pid {taken[0].pid} holds the card",
            "Only one process may open a card, and this one would wait without end.",
            "Let it finish, or end it; then run the deep check again.",
            f"kill -TERM {taken[0].pid}",
            "\n".join(map(str, taken)),
        )
    for folder in (
        full_environment(host).get(key) for key in ("TT_METAL_CACHE", "TT_METAL_LOGS_PATH")
    ):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
    outcome = visit.ask_worker("device", limit=OPEN_SECONDS, TT_LOGGER_LEVEL="error")
    said = outcome.answer
    if "sum" not in said:
        return _loading_failed(visit, "the device", outcome, found["folder"])
    if said["sum"] != 0.0:
        return failed(
            "the device gives back other numbers than it was given",
            f"1024 zeros summed up to {said['sum']}.",
            "Reset the cards once; if it stays so, do not train on it.",
            "tt-smi -r",
        )
    chips = f"{said['devices']} chip{'s' * (said['devices'] > 1)}"
    real = "" if not pretended(visit) else ", not real"
    return passed(f"opened and closed: {chips}, {said['arch']}{real} ({outcome.seconds:.0f} s)")


CHECKS = (
    Check("software.real", "warns", "Is the device real?", real_device),
    Check("software.ttnn", "blocks", "Is ttnn installed for the worker?", ttnn, limit=15.0),
    Check("software.ttnn_loads", "blocks", "Does ttnn load?", ttnn_loads, limit=40.0),
    Check("software.ttml", "blocks", "Is it the right ttml, and built?", ttml, limit=15.0),
    Check(
        "software.ttml_loads", "blocks", "Does ttml load with this ttnn?", ttml_loads, limit=40.0
    ),
    Check("software.one_build", "blocks", "Do both come from one build?", copies, limit=15.0),
    Check("software.devices", "warns", "What does ttnn count?", devices, limit=40.0),
    Check("software.opens", "blocks", "Does the device open?", opens, limit=140.0, deep=True),
)
