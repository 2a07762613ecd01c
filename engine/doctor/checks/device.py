"""What ttnn itself says of the device: only where none is real, or where a person asked for it."""

from __future__ import annotations

from pathlib import Path

from .. import pci
from ..check import Answer, Check, failed, passed, skipped, warned
from ..environment import CACHE, LOGS, MOCK, full_environment
from ..visit import Visit
from .ownership import card_holders
from .python import package
from .ttnn import is_wanted, loading_failed, pretended

COUNT_SECONDS, OPEN_SECONDS = 40.0, 120.0


def devices(visit: Visit) -> Answer:
    """Have ttnn count devices, where none is real: counting opens real ones."""
    name = pretended(visit)
    if name != MOCK:
        why = "A simulator starts with it." if name else "It opens them."
        seen = f"{name or MOCK} is {'set' if name else 'not set'}"
        return skipped("count of devices (the deep check asks ttnn)", why, seen)
    found = package(visit, "ttnn")
    if found is None or found["origin"] is None:
        return skipped(
            "count of devices (needs ttnn)", evidence="there is no ttnn, or only a folder"
        )
    outcome = visit.ask_worker("ttnn", "devices", limit=COUNT_SECONDS)
    said = outcome.answer
    if "devices" not in said:
        return loading_failed(visit, "ttnn", outcome, found["folder"])
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
    found = package(visit, "ttnn")
    if not is_wanted(visit) or found is None or found["origin"] is None:
        return skipped(
            "opening the device (needs a card and ttnn)",
            evidence="there is no ttnn" if is_wanted(visit) else pci.NONE_SEEN,
        )
    taken = [holder for some in visit.once(card_holders).values() for holder in some]
    if taken:
        return failed(
            f"not opened: pid {taken[0].pid} holds the card",
            "Only one process may open a card, and this one would wait without end.",
            "Let it finish, or end it; then run the deep check again.",
            f"kill -TERM {taken[0].pid}",
            "\n".join(map(str, taken)),
        )
    try:
        place = _make_folders(visit)
    except OSError as error:
        return failed(
            "not opened: there is no folder for what ttnn writes",
            f"{error.strerror}.",
            f"Let the worker have other folders: {CACHE} and {LOGS}.",
            evidence=str(error),
        )
    outcome = visit.ask_worker("device", limit=OPEN_SECONDS, uncut_in=place)
    said = outcome.answer
    if "sum" not in said:
        return loading_failed(visit, "the device", outcome, found["folder"], opens_card=True)
    # The memory of a mock device reads as zeros.
    if said["sum"] != 1024.0 and not pretended(visit):
        return failed(
            "the device gives back other numbers than it was given",
            f"1024 ones summed up to {said['sum']}.",
            "Reset the cards once; if it stays so, do not train on it.",
            "tt-smi -r",
            str(said),
        )
    chips = f"{said['devices']} chip{'s' * (said['devices'] > 1)}"
    real = "" if not pretended(visit) else ", not real"
    return passed(
        f"opened and closed: {chips}, {said['arch']}{real} ({outcome.seconds:.0f} s)", str(said)
    )


def _make_folders(visit: Visit) -> Path:
    """Make the folders of the kernels' cache and of the logs; ttnn writes beside the latter too."""
    given = full_environment(visit.host)
    folders = [Path(given.get(name) or visit.host.home / "cache" / name) for name in (CACHE, LOGS)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    return folders[-1]


CHECKS = (
    Check("software.devices", "warns", "What does ttnn count?", devices, limit=75.0),
    Check("software.opens", "blocks", "Does the device open?", opens, limit=170.0, deep=True),
)
