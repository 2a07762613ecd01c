"""ttnn: is it found, is it the compiled one, does it load; and is what it sees a real device."""

from __future__ import annotations

from .. import pci, probe
from ..check import Answer, Check, failed, passed, skipped, warned
from ..environment import MOCK, SIMULATOR, full_environment, joined, openmpi
from ..pythons import choose_python
from ..sayings import REBUILD, explain, spoken
from ..visit import Visit
from .building import rebuild
from .bus import devices
from .python import package, passed_over, python_facts, version_of

PIP_PYTHONS = ("3.10", "3.12")
"""For which ttnn has wheels."""
LOAD_SECONDS = 40.0
_IMPORTING = (
    "An import opens no card. It reads large files, which a slow disk or a busy machine holds up.",
    "Run this check again: the second time the files are in memory.",
)
_OPENING = (
    "The driver or the card may hang.",
    "Run this again; then reset the cards, or start the host again.",
)
"""Why something may not end in time, and the next step."""
WANTS_CARD = "needed with a card only"


def pretended(visit: Visit) -> str:
    """Give which variable makes ttnn see a device that is not there, or nothing."""
    environment = full_environment(visit.host)
    return next((name for name in (MOCK, SIMULATOR) if environment.get(name)), "")


def is_wanted(visit: Visit) -> bool:
    """Say whether there is something that ttnn and ttml could run on."""
    return bool(devices(visit)) or bool(pretended(visit))


def real_device(visit: Visit) -> Answer:
    """Warn where ttnn is told to see a device that does not exist."""
    name = pretended(visit)
    if not name:
        return passed("no simulated or mock device is set", f"{MOCK} and {SIMULATOR} are not set")
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
        return skipped("ttnn (needs the interpreter)", evidence=choose_python(visit.host))
    if found is None:
        if not is_wanted(visit):
            return skipped(f"ttnn is not installed ({WANTS_CARD})", evidence=pci.NONE_SEEN)
        other = passed_over(visit)
        if other is not None:
            return other
        minor = ".".join(str(facts["version"]).split(".")[:2])
        wheels = (
            "" if minor in PIP_PYTHONS else f" pip has it for {' and '.join(PIP_PYTHONS)} only."
        )
        return failed(
            f"ttnn is not installed for Python {minor}",
            f"ttml needs it, and the two must come from one build.{wheels}",
            "Build tt-metal with tt-train, which brings both.",
            rebuild(visit),
            choose_python(visit.host),
        )
    if found["origin"] is None:
        return failed(
            "only a source folder named ttnn was found",
            "Python takes the folder for a package, and import ttnn succeeds without content.",
            "Build the checkout, or take it off PYTHONPATH.",
            rebuild(visit),
            found["folder"],
        )
    version = version_of(found)
    if not version:
        return passed("ttnn found, its version is not recorded", found["folder"])
    return passed(f"ttnn {version} found", found["folder"])


def ttnn_probe(visit: Visit) -> probe.Outcome:
    """Import ttnn in a child; that alone touches no device."""
    return visit.ask_worker("ttnn", limit=LOAD_SECONDS)


def ttnn_loads(visit: Visit) -> Answer:
    """Import ttnn."""
    found = package(visit, "ttnn")
    if found is None or found["origin"] is None:
        return skipped(
            "loading ttnn (needs ttnn)", evidence=f"{choose_python(visit.host)} has no ttnn"
        )
    outcome = visit.once(ttnn_probe)
    if "file" in outcome.answer:
        return passed(f"ttnn loads ({outcome.seconds:.1f} s)", outcome.answer["file"])
    return loading_failed(visit, "ttnn", outcome, found["folder"])


def loading_failed(
    visit: Visit, name: str, outcome: probe.Outcome, folder: str, *, opens_card: bool = False
) -> Answer:
    """Say why a probe did not load something: by its words, or else by how it ended."""
    message = _message(outcome)
    preloaded = full_environment(visit.host).get("LD_PRELOAD", "")
    seen = f"{folder}\n{message or outcome.trouble}\n{outcome.printed}".strip()
    seen += f"\nLD_PRELOAD={preloaded}" if preloaded else ""
    meaning = explain(message or outcome.printed)
    if meaning is not None:
        apply = _openmpi_setting(visit) if "OpenMPI" in meaning.what else None
        is_preloaded = preloaded and "undefined symbol" in message
        command = rebuild(visit) if meaning.command == REBUILD else meaning.command
        command = "unset LD_PRELOAD" if is_preloaded else command
        return failed(meaning.what, meaning.why, meaning.next_step, command, seen, apply)
    if outcome.end == "late":
        slow = _OPENING if opens_card else _IMPORTING
        return failed(f"{name} does not finish loading ({outcome.trouble})", *slow, evidence=seen)
    return failed(
        f"{name} does not load: {outcome.trouble or message.partition(':')[0]}",
        spoken(message).splitlines()[0] if message else "It printed no reason that is known here.",
        "Build it again from a clean tree; see what was printed.",
        rebuild(visit),
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


CHECKS = (
    Check("software.real", "warns", "Is the device real?", real_device),
    Check("software.ttnn", "blocks", "Is ttnn installed for the worker?", ttnn, limit=40.0),
    Check("software.ttnn_loads", "blocks", "Does ttnn load?", ttnn_loads, limit=75.0),
)
