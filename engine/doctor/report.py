"""All findings as one text to send to somebody: no home folder's name in it, and no secrets."""

from __future__ import annotations

import platform
import textwrap
import time
from collections.abc import Iterable, Iterator
from importlib import metadata

from .cards import Card
from .discretion import discreet, masked
from .environment import worker_environment
from .finding import Finding
from .host import Host
from .pythons import choose_python
from .verdict import summarize

WIDTH = 80
_LABEL = 7
PACKAGES = ("ttgpt-tui", "textual", "rich", "click", "numpy", "safetensors")


def report(findings: Iterable[Finding], cards: Iterable[Card], host: Host) -> str:
    """Write the report.

    Args:
        findings: What was found, in the order in which it is to be read.
        cards: What the driver shows of the cards.
        host: Whose home folder and secrets are left out.

    Returns:
        A text of several screens, ending with a line break.
    """
    found = list(findings)
    parts = [
        f"ttgpt-tui doctor  {time.strftime('%Y-%m-%d %H:%M:%S %z')}",
        summarize(found, host.backend).headline,
        "\n".join(_versions(host)),
        "\n".join(_environment(host)),
        "\n".join(_cards(cards)),
        *("\n".join(_finding(finding)) for finding in found),
    ]
    return discreet("\n\n".join(part for part in parts if part), host) + "\n"


def _versions(host: Host) -> Iterator[str]:
    yield f"system  {host.system} {host.release} {host.machine}"
    yield f"python  {platform.python_version()} (this program)"
    yield f"worker  {choose_python(host)}"
    for name in PACKAGES:
        try:
            yield f"{name}  {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue


def _environment(host: Host) -> Iterator[str]:
    for name, value in sorted(worker_environment(host).items()):
        yield f"given to the worker: {name}={masked(name, value)}"
    for name, value in sorted(host.environ.items()):
        if name.startswith(("TT_", "TTGPT_", "LD_")) or name == "PYTHONPATH":
            yield f"environment: {name}={masked(name, value)}"


def _cards(cards: Iterable[Card]) -> Iterator[str]:
    for card in cards:
        values = {
            "C": card.temperature_c,
            "W": card.power_w,
            "MHz": card.clock_mhz,
            "RPM": card.fan_rpm,
        }
        shown = "  ".join(
            f"{value:g} {unit}" for unit, value in values.items() if value is not None
        )
        firmware = card.firmware or "not shown"
        yield f"card {card.index}  {card.board}  {card.pci}  firmware {firmware}  {shown}".rstrip()
        yield from (f"  held by {holder}" for holder in card.holders)


def _finding(finding: Finding) -> Iterator[str]:
    yield f"{finding.state:<5}  {finding.id}  ({finding.seconds:.2f} s)"
    yield f"{'what':<{_LABEL}}{finding.what}"
    yield from details(finding, WIDTH)


def details(finding: Finding, width: int) -> Iterator[str]:
    """Give a finding's why, next step, command and evidence as labelled lines of a width.

    A command that is too long goes on behind a backslash, so that it can still be copied.
    """
    room = width - _LABEL
    parts = {
        "why": textwrap.wrap(finding.why, room),
        "next": textwrap.wrap(finding.next_step, room),
        "run": [part for line in finding.command.splitlines() for part in _command(line, room)],
        "seen": [part for line in finding.evidence.splitlines() for part in _cut(line, room)],
    }
    for label, lines in parts.items():
        for number, line in enumerate(lines):
            yield f"{label if number == 0 else '':<{_LABEL}}{line}"


def _command(line: str, room: int) -> Iterator[str]:
    if "'" in line or len(line) <= room:  # between quotes a backslash is a character
        yield line
        return
    *firsts, last = textwrap.wrap(
        line, room - 2, break_long_words=False, break_on_hyphens=False
    ) or [""]
    yield from (f"{first} \\" for first in firsts)
    yield last


def _cut(line: str, room: int) -> list[str]:
    return [line[at : at + room] for at in range(0, len(line), room)]
