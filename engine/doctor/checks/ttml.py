"""ttml: is it Tenstorrent's, is it built, does it load, and does it belong to this ttnn."""

from __future__ import annotations

import re
from typing import Any

from .. import pci, probe
from ..check import Answer, Check, failed, passed, skipped
from ..pythons import choose_python
from ..tree import find_tree, has_ttml, is_inside
from ..visit import Visit
from .building import rebuild
from .python import package, passed_over, python_facts
from .ttnn import LOAD_SECONDS, WANTS_CARD, is_wanted, loading_failed

UNRELATED = {"tt_cross.py", "tensor_train.py"}
"""Files of the package that PyPI calls ttml."""
REAL = {"autograd", "_recursive_import.py"}


def ttml(visit: Visit) -> Answer:
    """Tell the real ttml from the unrelated one, and a built one from sources, by its files."""
    found = package(visit, "ttml")
    if not visit.once(python_facts):
        return skipped("ttml (needs the interpreter)", evidence=choose_python(visit.host))
    if found is None:
        return _no_ttml(visit)
    files = set(found["files"])
    pip = f"{visit.host.typed(choose_python(visit.host))} -m pip uninstall ttml"
    if files & UNRELATED or "tensor train" in found["distribution"].get("summary", "").lower():
        return failed(
            "this ttml is another project (tensor trains)",
            "PyPI's package of that name has nothing to do with Tenstorrent; it also brings "
            "packages called datasets and tests, which hide others.",
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
            rebuild(visit),
            found["folder"],
        )
    return passed("ttml found, with its extension", found["folder"])


def _is_real(found: dict[str, Any]) -> bool:
    return bool(REAL & set(found["files"]))


def _no_ttml(visit: Visit) -> Answer:
    host, python = visit.host, choose_python(visit.host)
    if not is_wanted(visit):
        return skipped(f"ttml is not installed ({WANTS_CARD})", evidence=pci.NONE_SEEN)
    other = passed_over(visit)
    if other is not None:
        return other
    metal = find_tree(host, python)
    if metal is not None and has_ttml(metal):
        return failed(
            "ttml lies in the tree, but this Python does not see it",
            f"{host.short(metal)} has tt-train; {host.short(python)} does not look there.",
            "Use the tree's own Python for the worker, or build with this one.",
            rebuild(visit),
            str(metal),
        )
    where = f" at {host.short(metal)}" if metal is not None else ""
    return failed(
        "ttml is not installed for the worker's Python",
        f"It is built from tt-metal{where}; no package index has it.",
        "Build tt-metal with tt-train, with the worker's Python.",
        rebuild(visit),
        python,
    )


def ttml_probe(visit: Visit) -> probe.Outcome:
    """Import ttnn, then ttml, in a child."""
    return visit.ask_worker("ttml", limit=LOAD_SECONDS)


def ttml_loads(visit: Visit) -> Answer:
    """Import ttml."""
    found = package(visit, "ttml")
    if found is None or not _is_real(found):
        return skipped("loading ttml (needs ttml)", evidence=f"ttml: {_place(found)}")
    outcome = visit.once(ttml_probe)
    if "file" in outcome.answer:
        seen = f"ttml: {outcome.answer['file']}\nttnn: {outcome.answer['ttnn']}"
        return passed("ttml loads, built with this ttnn", seen)
    return loading_failed(visit, "ttml", outcome, found["folder"])


def copies(visit: Visit) -> Answer:
    """Look whether a wheel of ttnn stands before the tree's own build."""
    host, found = visit.host, package(visit, "ttnn")
    metal = find_tree(host, choose_python(host))
    mine = package(visit, "ttml")
    if found is None or metal is None or mine is None or not _is_real(mine):
        return skipped(
            "one build of both (needs ttnn, ttml and the tree)",
            evidence=f"ttnn: {_place(found)}\nttml: {_place(mine)}\ntree: {metal or 'none'}",
        )
    folder = found["folder"]
    seen = f"ttnn: {folder}\nttml: {mine['folder']}"
    if not is_inside(folder, metal) and is_inside(mine["folder"], metal):
        return failed(
            "an installed ttnn hides the one that ttml was built with",
            "Two copies are on the path; the wheel comes first.",
            "Uninstall the wheel in that environment.",
            f"{host.typed(choose_python(host))} -m pip uninstall ttnn",
            seen,
        )
    return passed("ttnn and ttml come from one tree", seen)


def _place(found: dict[str, Any] | None) -> str:
    return "none" if found is None else str(found["folder"])


CHECKS = (
    Check("software.ttml", "blocks", "Is it the right ttml, and built?", ttml, limit=40.0),
    Check(
        "software.ttml_loads", "blocks", "Does ttml load with this ttnn?", ttml_loads, limit=75.0
    ),
    Check("software.one_build", "blocks", "Do both come from one build?", copies, limit=40.0),
)
