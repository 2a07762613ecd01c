"""tt-metal around them: its root, its version, and the variables that it reads."""

from __future__ import annotations

import os
from pathlib import Path

from ...worker_settings import UNSET
from .. import pci
from ..cards import Card
from ..check import Answer, Check, failed, passed, skipped, warned
from ..discretion import masked
from ..environment import full_environment, uses_tree, worker_environment
from ..pythons import choose_python
from ..reset import find_tool
from ..tree import SOC_DESCRIPTORS, find_tree
from ..visit import Visit
from .building import RELEASE
from .bus import devices, driven
from .card import version_numbers

ROOT, HOME, ARCH = "TT_METAL_RUNTIME_ROOT", "TT_METAL_HOME", "TT_METAL_ARCH_NAME"
VISIBLE, MESH = "TT_VISIBLE_DEVICES", "TT_MESH_GRAPH_DESC_PATH"
OLDEST_METAL = (0, 66)
"""The first with ttml for Python."""
SEEN_WORKING = ((0, 73), (0, 77))
"""Versions that people report to have trained with."""


def metal_tree(visit: Visit) -> Path | None:
    """Find the tree of tt-metal that the worker's interpreter would use."""
    return find_tree(visit.host, choose_python(visit.host))


def runtime_root(visit: Visit) -> Answer:
    """Look whether the root that the worker gets has tt-metal's own files."""
    host, metal = visit.host, metal_tree(visit)
    value = full_environment(host).get(ROOT, "")
    if not value:
        return skipped(
            f"{ROOT} (not set, and no tree needs it)", evidence=f"tree: {metal or 'none'}"
        )
    seen = f"{ROOT}={value}"
    if not os.path.isdir(Path(value) / SOC_DESCRIPTORS):
        better = (
            str(metal) if metal is not None and uses_tree(host, choose_python(host), metal) else ""
        )
        is_saved = ROOT in host.worker.env
        without = "Take it out of the settings." if is_saved else "Unset it."
        return failed(
            f"{ROOT} leads nowhere",
            f"{host.short(value)} has no {SOC_DESCRIPTORS}; opening the device would fail.",
            f"Let the worker have {host.short(better)}." if better else without,
            "" if is_saved else f"unset {ROOT}",
            seen,
            {f"worker.env.{ROOT}": better or ("" if is_saved else UNSET)},
        )
    if ROOT not in host.environ and ROOT not in host.worker.env:
        return passed(f"{ROOT} is not set; the worker gets it", seen)
    return passed(f"{ROOT} leads to tt-metal", seen)


def metal_home(visit: Visit) -> Answer:
    """Look whether an exported home of tt-metal exists."""
    value = full_environment(visit.host).get(HOME, "")
    if not value:
        return skipped(f"{HOME} (not set)", evidence=f"{HOME} is not in the environment")
    if not os.path.isdir(value):
        metal = metal_tree(visit)
        return warned(
            f"{HOME} is no folder",
            "A build of the sources needs it; a wheel of ttnn does not look at it.",
            "Correct it for the worker, or unset it.",
            f"unset {HOME}",
            f"{HOME}={value}",
            {f"worker.env.{HOME}": str(metal)} if metal is not None else None,
        )
    return passed(f"{HOME} leads to a folder", f"{HOME}={value}")


def arch(visit: Visit) -> Answer:
    """Compare the architecture that is set with that of the card."""
    host = visit.host
    value = full_environment(host).get(ARCH, "")
    found = {device.arch for device in devices(visit)} - {""}
    if len(found) != 1:
        return skipped(
            "architecture (needs cards of one kind)",
            evidence=f"on the bus: {', '.join(sorted(found))}" if found else pci.NONE_SEEN,
        )
    real = found.pop()
    if not value:
        return passed(f"{ARCH} is not set; ttnn finds {real} itself", f"card: {real}")
    if value != real:
        return failed(
            f"{ARCH} is wrong: the card is {real}",
            "A build of the sources would prepare kernels for another chip.",
            "Correct it for the worker.",
            "" if ARCH in host.worker.env else f"unset {ARCH}",
            f"{ARCH}={value}",
            {f"worker.env.{ARCH}": real},
        )
    return passed(f"{ARCH} is {real}, as the card", f"{ARCH}={value}\ncard: {real}")


def visible(visit: Visit) -> Answer:
    """Check the list of devices that ttnn may see."""
    host = visit.host
    if VISIBLE not in full_environment(host):
        return passed("all devices are visible", f"{VISIBLE} is not set")
    value = full_environment(host)[VISIBLE]
    known = driven(visit)
    wrong = [part for part in value.split(",") if not _names_device(part.strip(), known)]
    mend = (
        "Correct it, or unset it to see all devices.",
        f"unset {VISIBLE}",
        f"{VISIBLE}={value!r}",
    )
    if not value:
        why = "Set but empty hides every card; ttnn says: No chips detected in the cluster."
        return failed(f"{VISIBLE} is empty", why, *mend)
    if wrong and known:
        why = "It takes numbers of devices, or parts of PCI addresses, with commas."
        return failed(f"{VISIBLE} names {wrong[0]!r}, which is not here", why, *mend)
    return passed(f"visible devices: {value}", f"{VISIBLE}={value}")


def _names_device(part: str, known: list[Card]) -> bool:
    if part.isdecimal():
        return int(part) < len(known)
    return bool(part) and any(part in card.pci for card in known)


def mesh(visit: Visit) -> Answer:
    """Tell hosts with several chips about the mesh descriptor."""
    chips = sum(card.chips for card in driven(visit))
    if chips < 2:
        return skipped("mesh of chips (needs several)", evidence=f"{chips} chips")
    value = full_environment(visit.host).get(MESH, "")
    if not value:
        return passed(
            f"{chips} chips; no mesh descriptor is set",
            f"{MESH} is not set",
            "One chip trains without it. Several may say: fabric router sync timeout.",
        )
    if not os.path.isfile(value):
        return warned(
            f"{MESH} leads nowhere",
            "Training on several chips would end with: fabric router sync timeout.",
            "Give the file of this machine's layout, or unset it for one chip.",
            f"unset {MESH}",
            f"{MESH}={value}",
        )
    return passed(f"{chips} chips with a mesh descriptor", f"{MESH}={value}")


def version(visit: Visit) -> Answer:
    """Ask git which version the tree is."""
    host, metal = visit.host, metal_tree(visit)
    git = host.which("git")
    if metal is None or git is None:
        return skipped(
            "tt-metal's version (needs its tree and git)",
            evidence=f"tree: {metal or 'none'}\ngit: {git or 'none'}",
        )
    command = [git, "-c", f"safe.directory={metal}", "-C", str(metal), "describe", "--tags"]
    outcome = visit.run(command, {"PATH": os.defpath}, 20.0)
    tag = outcome.printed.splitlines()[-1] if outcome.printed and outcome.status == 0 else ""
    numbers = version_numbers(tag)[:2]
    seen = f"{metal}: {tag or outcome.printed or outcome.trouble}"
    if not numbers:
        return skipped("tt-metal's version (its tree has no tags)", evidence=seen)
    if numbers < OLDEST_METAL:
        return failed(
            f"tt-metal {tag} is too old",
            "ttml for Python begins with v0.66.",
            "Check out a newer version and build it.",
            f"cd {host.typed(metal)} && git fetch --tags && git checkout {RELEASE}",
            seen,
        )
    low, high = SEEN_WORKING
    if not low <= numbers <= high:
        return warned(
            f"tt-metal {tag} was not seen working yet",
            "People trained with v0.73 to v0.77; others may hang or drift on Blackhole.",
            "If training misbehaves, try one of these first.",
            evidence=seen,
        )
    return passed(f"tt-metal {tag} at {host.short(metal)}", seen)


def tool(visit: Visit) -> Answer:
    """Look for tt-smi, which only a reset needs."""
    if not devices(visit):
        return skipped("tt-smi (needs a card)", evidence=pci.NONE_SEEN)
    found = find_tool(visit.host)
    if not found:
        return warned(
            "tt-smi is not found",
            "Only a reset needs it; training does not.",
            "Install it, or add its folder to PATH.",
            "pip install tt-smi",
            f"PATH={visit.host.environ.get('PATH', '')}",
        )
    return passed("tt-smi is there, for a reset", found)


def given(visit: Visit) -> Answer:
    """Show what the worker gets besides the environment of this program."""
    names = worker_environment(visit.host)
    if not names:
        return passed("the worker gets your environment as it is", "nothing is added to it")
    lines = "\n".join(f"{n}={masked(n, names[n])}" for n in sorted(names))
    count = f"{len(names)} variable{'s' * (len(names) > 1)}"
    return passed(f"the worker gets {count} of its own", lines, "Change them in the settings.")


CHECKS = (
    Check("software.metal", "blocks", "Is tt-metal new enough?", version, limit=30.0),
    Check("software.root", "blocks", "Does tt-metal find its own files?", runtime_root),
    Check("software.home", "warns", "Does TT_METAL_HOME exist?", metal_home),
    Check("software.arch", "blocks", "Is the architecture the card's?", arch),
    Check("software.visible", "blocks", "Are the devices visible to ttnn?", visible),
    Check("software.mesh", "warns", "Is the mesh of chips described?", mesh),
    Check("software.tt_smi", "warns", "Is tt-smi there for a reset?", tool),
    Check("software.given", "informs", "What is the worker given?", given),
)
