"""SFPI, the compiler of kernels: is it there, may it be run, is it the version ttnn asks for."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from .. import pci
from ..check import Answer, Check, failed, passed, skipped, warned
from ..environment import full_environment
from ..host import read_plain
from ..visit import Visit
from .metal import ROOT, metal_tree
from .python import package
from .ttnn import is_wanted

SYSTEM_SFPI = "/opt/tenstorrent/sfpi"
COMPILER = "compiler/bin/riscv-tt-elf-g++"


def _sfpi_roots(visit: Visit) -> list[Path]:
    root = full_environment(visit.host).get(ROOT)
    found, metal = package(visit, "ttnn"), metal_tree(visit)
    wheel = found["folder"] if found is not None and found["origin"] else None
    roots = [Path(place) for place in (root, wheel, metal) if place]
    return [place / "runtime" / "sfpi" for place in roots] + [visit.host.path(SYSTEM_SFPI)]


def sfpi(visit: Visit) -> Answer:
    """Look for the compiler of kernels, and whether it may be run."""
    if package(visit, "ttnn") is None or not is_wanted(visit):
        return skipped(
            "SFPI compiler (needed with a card and ttnn)",
            evidence="there is no ttnn" if is_wanted(visit) else pci.NONE_SEEN,
        )
    found = next((r / COMPILER for r in _sfpi_roots(visit) if os.path.isfile(r / COMPILER)), None)
    if found is None:
        return failed(
            "the SFPI compiler is not found",
            "ttnn compiles its kernels with it; without it no device opens.",
            "Install it from Tenstorrent's package repository.",
            "sudo apt install sfpi",
            "looked in:\n" + "\n".join(map(str, _sfpi_roots(visit))),
        )
    if not os.access(found, os.X_OK):
        return failed(
            "the SFPI compiler may not be executed",
            "ttnn would say: Cannot query compiler version, Permission denied.",
            "Allow it, or install it again.",
            f"sudo chmod -R a+rX {shlex.quote(str(found.parent))}",
            str(found),
        )
    return passed("the SFPI compiler is there", str(found))


def sfpi_version(visit: Visit) -> Answer:
    """Compare the compiler's version with the one that this ttnn asks for."""
    found = next(
        (r / COMPILER for r in _sfpi_roots(visit) if os.access(r / COMPILER, os.X_OK)), None
    )
    wanted = _wanted_sfpi(visit)
    if found is None or not wanted:
        return skipped(
            "SFPI version (needs the compiler and ttnn)",
            evidence=f"compiler: {found or 'none'}\nversion wanted: {wanted or 'not known'}",
        )
    outcome = visit.run([str(found), "--version"], {"PATH": os.defpath}, 15.0)
    first = outcome.printed.splitlines()[0] if outcome.printed else outcome.trouble
    if re.search(rf"sfpi:{re.escape(wanted)}(?![.\d])", first):
        return passed(f"SFPI {wanted}, as this ttnn wants", first)
    return warned(
        f"the SFPI compiler is not version {wanted}",
        "ttnn's precompiled firmware does not match it: it is compiled anew, which may fail.",
        f"Install version {wanted} of sfpi.",
        "sudo apt install --only-upgrade sfpi",
        f"{found} --version\n{first}",
    )


def _wanted_sfpi(visit: Visit) -> str:
    found, metal = package(visit, "ttnn"), metal_tree(visit)
    places = [Path(found["folder"])] if found is not None else []
    for place in [*places, *([metal] if metal is not None else [])]:
        text = read_plain(place / "tt_metal" / "sfpi-version") or b""
        match = re.search(r"sfpi_version=['\"]?([\d.]+)", text.decode("utf-8", "replace"))
        if match:
            return match[1]
    return ""


CHECKS = (
    Check("software.sfpi", "blocks", "Is the compiler of kernels there?", sfpi, limit=40.0),
    Check(
        "software.sfpi_version", "warns", "Is it the version ttnn wants?", sfpi_version, limit=60.0
    ),
)
