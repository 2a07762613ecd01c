"""Reset the cards, on request only; the nodes and heartbeats are believed, not an exit code.

Known of `tt-smi -r`: it may report success while the card is gone, seem to hang while it waits, and
on some hosts take the whole machine down. So a note is written first and removed when it has ended;
and it runs apart (`resetting`), so that it ends in good order also when this program is left.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .. import wire
from ..disk import atomic
from ..errors import EnvironmentNotReady, NotSupported, TtgptError
from ..host import processes
from ..host.locks import Lock, LockHeldError, Owner, read_owner
from . import pci, probe
from .cards import driven_cards, node_numbers
from .check import Answer, Check, failed, passed, skipped, warned
from .finding import Finding
from .holders import Holder, running
from .host import Host, read_plain

Say = Callable[[str], None]

RUN_SECONDS, RETURN_SECONDS = 180.0, 60.0
_GRACE = 10.0
"""Seconds after which the command is ended where nobody is left who would do it in time."""
NOTE, LOG = "reset-started.json", "reset.log"
LOCK = "reset.lock"
"""Held until the cards are back, or nobody waits for them any more."""
_APART = str(Path(__file__).with_name("resetting.py"))
PROGRAMS = ("tt-smi", Path(_APART).name)
"""Of these one at a time: a second reset would meet cards that are half started."""
_TOOL_PLACES = (".local/bin", ".tenstorrent-venv/bin")


@dataclass(frozen=True)
class Reset:
    """What would run, or why it may not."""

    host: Host
    command: list[str]
    refused: TtgptError | None = None


def plan_reset(host: Host) -> Reset:
    """Say what a reset would run, or why there will be none. Nothing is changed."""
    tool = find_tool(host)
    refused = _refusal(host, tool)
    return Reset(host, [] if refused else [tool, "-r"], refused)


def reset(
    plan: Reset, say: Say = lambda what: None, cancel: Callable[[], bool] = lambda: False
) -> Finding:
    """Run a reset that was not refused, and look what became of the cards.

    Args:
        plan: What `plan_reset` gave.
        say: Told what is being waited for.
        cancel: Ends the waiting for the cards. The reset itself is not cut short by it: half a
            reset is worse than none.

    Raises:
        TtgptError: Meanwhile there is a reason against it.
    """
    host, lock = plan.host, Lock(plan.host.home / LOCK)
    refused = plan.refused or plan_reset(host).refused
    if refused is not None:
        raise refused
    try:
        lock.acquire("resetting the cards")
    except LockHeldError as held:
        raise _under_way(held.owner) from held
    try:
        return _reset(plan, say, cancel)
    finally:
        lock.release()


def _reset(plan: Reset, say: Say, cancel: Callable[[], bool]) -> Finding:
    host = plan.host
    expected, begun = len(node_numbers(host)), time.monotonic()
    note = host.home / NOTE
    (host.home / LOG).unlink(missing_ok=True)
    atomic.write_json(note, {"boot": processes.boot_id(host.path("/proc")), "time": time.time()})
    ticking = _ticking(f"running {' '.join(plan.command)}", say)
    command = apart(host, plan.command)
    outcome = probe.run(
        command, host.environ, host.home, limit=RUN_SECONDS, dropped=ticking, may_outlive=True
    )
    with contextlib.suppress(OSError):
        note.unlink()
    outcome = replace(outcome, printed=f"{_logged(host)}\n{outcome.printed}".strip())
    answer = _wait_for_cards(host, expected, outcome, say, cancel)
    return _CHECK.finding(answer, time.monotonic() - begun)


def _ticking(words: str, say: Say) -> Callable[[], bool]:
    """Give a function to be asked often whether to give up: it never does, and tells the time."""
    begun, told = time.monotonic(), -1

    def tell() -> bool:
        nonlocal told
        seconds = int(time.monotonic() - begun)
        if seconds > told:
            told = seconds
            say(f"{words}, {seconds} s")
        return False

    tell()
    return tell


def apart(host: Host, command: list[str]) -> list[str]:
    """Give the command that runs another one, keeps what it prints, and removes the note."""
    files = [str(host.home / NOTE), str(host.home / LOG)]
    return [host.python, "-I", _APART, *files, str(RUN_SECONDS + _GRACE), *command]


def _logged(host: Host) -> str:
    return (read_plain(host.home / LOG) or b"")[-probe.KEPT :].decode("utf-8", "replace")


def unfinished(host: Host) -> str | None:
    """Give the note of a reset during which the machine was started again, or None."""
    try:
        text = (read_plain(host.home / NOTE) or b"").decode("utf-8")
        boot = wire.parse(text.encode())["boot"]
    except (ValueError, KeyError, TypeError):
        return None
    return text.strip() if boot != processes.boot_id(host.path("/proc")) else None


def find_tool(host: Host) -> str:
    """Find tt-smi on the path or where the installers put it; nothing where it is not."""
    usual = [host.user_home / place / "tt-smi" for place in _TOOL_PLACES]
    return host.which("tt-smi") or next((str(path) for path in usual if os.path.isfile(path)), "")


def is_reset(tool: Holder) -> bool:
    """Say whether one of `PROGRAMS` is resetting cards, rather than showing them."""
    is_ours = Path(_APART).name in tool.command
    return is_ours or re.search(r" (-r|--reset|-glx_reset)", tool.command) is not None


def refuse_while_resetting(host: Host) -> None:
    """Refuse to use the cards until a reset has ended, whoever began it, and they are back.

    Raises:
        EnvironmentNotReady: A reset is under way.
    """
    tools = (tool for tool in running(host, *PROGRAMS) if is_reset(tool))
    by = next(tools, None) or read_owner(host.home / LOCK)
    if by is not None:
        raise _under_way(by)


def _under_way(by: Holder | Owner | None) -> TtgptError:
    who = "" if by is None else f" (pid {by.pid})"
    return EnvironmentNotReady(
        f"A reset of the cards is under way{who}.",
        "Nothing can use them meanwhile; half a reset is worse than none.",
        "Start again when it has ended; the doctor says whether the cards are back.",
    )


def _refusal(host: Host, tool: str) -> TtgptError | None:
    cards = driven_cards(host)
    if not cards:
        return EnvironmentNotReady(
            "There is no card to reset.", "No driver shows one.", "Run the card checks first."
        )
    holders = [holder for card in cards for holder in card.holders]
    if holders:
        return EnvironmentNotReady(
            f"The card is held by {holders[0]}.",
            "A reset under a running program fails, and may hang the host.",
            f"End it first: kill -TERM {holders[0].pid}",
        )
    tools = next(running(host, *PROGRAMS), None)
    if tools is not None:
        is_one = is_reset(tools)
        return EnvironmentNotReady(
            f"{'A reset is under way' if is_one else 'tt-smi is running'} ({tools}).",
            "A reset under a running program fails, and may hang the host.",
            "Wait for its end." if is_one else f"End it first: kill -TERM {tools.pid}",
        )
    if unfinished(host) is not None:
        return NotSupported(
            "No reset is offered on this host.",
            "The last one took the host down with it.",
            "Power it off and on instead. If it went down for another reason: "
            f"rm {host.typed(str(host.home / NOTE))}",
        )
    if any("galaxy" in card.board for card in cards):
        return NotSupported(
            "A Galaxy is not reset from here.",
            "All its trays go down together, with tt-smi -glx_reset.",
            "Ask whoever runs the machine.",
        )
    if host.machine != "x86_64" or " hypervisor" in (host.read("/proc/cpuinfo") or ""):
        return NotSupported(
            "A reset does not work from here.",
            "In virtual machines and on ARM hosts the card does not come back.",
            "Start the host itself again.",
        )
    if not tool:
        return EnvironmentNotReady(
            "tt-smi is not found.", "It does the reset.", "Install it: pip install tt-smi"
        )
    return None


def _wait_for_cards(
    host: Host, expected: int, outcome: probe.Outcome, say: Say, cancel: Callable[[], bool]
) -> Answer:
    """Poll until all nodes are back and all heartbeats move."""
    first: dict[int, int | None] = {}
    begun = time.monotonic()
    while True:
        cards = driven_cards(host)
        moving = [
            c
            for c in cards
            if c.heartbeat is None or first.setdefault(c.index, c.heartbeat) != c.heartbeat
        ]
        waited = time.monotonic() - begun
        if len(moving) >= expected:
            return passed(
                f"{expected} card{'s are' if expected > 1 else ' is'} back", _seen(outcome)
            )
        if cancel():
            return _not_waited_for(outcome)
        if waited > RETURN_SECONDS:
            break
        say(f"{len(moving)} of {expected} cards are back, {waited:.0f} s")
        time.sleep(0.2)
    missing = expected - len(node_numbers(host))
    what = f"{missing} of {expected} cards did not come back" if missing else "a card stays hung"
    return failed(
        f"{what} after the reset",
        "What tt-smi reports does not count; the device nodes and heartbeats do.",
        "Start the host again. If that does not help, power it off and on.",
        "sudo reboot",
        _seen(outcome) + f"\non the bus: {len(pci.find_devices(host))}",
    )


def _not_waited_for(outcome: probe.Outcome) -> Answer:
    return warned(
        "the cards were not waited for after the reset",
        f"They may take {RETURN_SECONDS:.0f} s to come back.",
        "Run the checks again in a minute.",
        evidence=_seen(outcome),
    )


def _seen(outcome: probe.Outcome) -> str:
    return f"tt-smi: {outcome.trouble}\n{outcome.printed}".strip()


_CHECK = Check(
    "card.reset",
    "blocks",
    "Are the cards back after the reset?",
    lambda visit: skipped("reset (only on request)"),
)
