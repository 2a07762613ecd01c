"""Who has the card: a process, a lock that one left behind, or a reset that never ended."""

from __future__ import annotations

import contextlib
import shlex
import struct
from pathlib import Path

from ...disk.reading import open_plain
from ...errors import TtgptError
from ...home import device_lock_path
from ...host.locks import read_named
from ...host.processes import start_time
from ...runs.rundir import RunFolder, list_runs
from .. import cards, pci, reset
from ..check import Answer, Check, failed, passed, skipped, warned
from ..holders import Holder, describe, holders, is_running, processes, running
from ..visit import Visit
from .bus import devices

SHARED_MEMORY = "/dev/shm"
UMD_LOCK = "TT_UMD_LOCK."
_UMD_FLAG = struct.pack("<Q", 0x5454554D444D5458)
"""tt-umd's robust_mutex.cpp writes this behind the mutex, then the owner's thread and process."""


def card_holders(visit: Visit) -> dict[int, list[Holder]]:
    """Give who has each card open."""
    return holders(visit.host, cards.node_numbers(visit.host))


def held(visit: Visit) -> Answer:
    """Name the processes that have a card open."""
    found = visit.once(card_holders)
    if not found:
        return skipped("holders (need the driver)", evidence=f"nothing in {cards.CLASS}")
    taken = [(index, holder) for index, some in found.items() for holder in some]
    if not taken:
        numbers = ", ".join(map(str, found))
        return passed(
            "nobody holds the card", f"card{'s' * (len(found) > 1)} {numbers}: no process"
        )
    seen = "\n".join(f"card {index}: {holder}" for index, holder in taken[:20])
    own = {owner.pid: run for run in _runs(visit) if (owner := run.owner()) is not None}
    others = [holder for _, holder in taken if holder.pid not in own]
    if not others:
        names = list(dict.fromkeys(repr(own[h.pid].info().name) for _, h in taken))
        runs = "run" if len(names) == 1 else "runs"
        return passed(f"held by your own {runs} {', '.join(names)}", seen)
    index, first = next((i, h) for i, h in taken if h in others)
    return failed(
        f"card {index} is held by pid {first.pid} ({_program(first)})",
        "One process at a time may open a card; another one waits without end.",
        "Let it finish, or end it in good order; give it 30 s to close the device.",
        f"kill -TERM {first.pid}",
        seen,
    )


def _program(holder: Holder) -> str:
    name = Path(holder.command.split()[0]).name if holder.command else "not visible"
    return f"{name} of {holder.user}" if holder.user else name


def umd_locks(visit: Visit) -> Answer:
    """Look for tt-umd's locks whose owner is gone."""
    host = visit.host
    owners = {
        n: _umd_owner(visit, n) for n in host.entries(SHARED_MEMORY) if n.startswith(UMD_LOCK)
    }
    taken = {name: pid for name, pid in owners.items() if pid}
    if not taken:
        return passed(
            "no lock of tt-umd is taken", f"{SHARED_MEMORY}: {len(owners)} locks, all free"
        )
    holding = {h.pid for some in visit.once(card_holders).values() for h in some}
    stale = {name: pid for name, pid in taken.items() if not _has_lock(visit, pid, holding)}
    seen = "\n".join(f"{SHARED_MEMORY}/{name}: pid {pid}" for name, pid in taken.items())
    if not stale:
        return passed("tt-umd's locks belong to who holds the card", seen)
    name, pid = next(iter(stale.items()))
    is_reused = is_running(host, pid)
    who = f"now {describe(host, pid).command.split(' ')[0] or 'another'}" if is_reused else "gone"
    return warned(
        f"a lock is left over from pid {pid}, {who}",
        "tt-umd takes over a dead owner's lock, but not one from a container, where numbers of "
        "processes differ.",
        "Look for a container that uses the card. If there is none, remove the file.",
        f"docker ps\nrm {shlex.quote(f'{SHARED_MEMORY}/{name}')}",
        f"{seen}\nnone of these has the card open",
    )


def _umd_owner(visit: Visit, name: str) -> int:
    """Give the process that a lock file names, 0 for none."""
    raw = visit.host.read_bytes(f"{SHARED_MEMORY}/{name}") or b""
    at = raw.find(_UMD_FLAG) + len(_UMD_FLAG)
    if at < len(_UMD_FLAG) or len(raw) < at + 8:
        return 0
    _, pid = struct.unpack_from("<ii", raw, at)
    return int(pid)


def _has_lock(visit: Visit, pid: int, holding: set[int]) -> bool:
    # The number alone may be that of a later process; who has the lock also has it mapped.
    maps = visit.host.read(f"/proc/{pid}/maps")
    return pid in holding or (maps is not None and UMD_LOCK in maps)


def own_lock(visit: Visit) -> Answer:
    """Look at this program's own locks of devices."""
    folder = device_lock_path("cpu").parent
    states = {path.stem.removeprefix("device-"): path for path in folder.glob("device-*.lock")}
    living: list[str] = []
    left: list[str] = []
    for device, path in sorted(states.items()):
        owner = read_named(path)
        if owner is None:
            continue
        is_same = start_time(owner.pid, visit.host.path("/proc")) == owner.started
        (living if is_same else left).append(f"{device}: pid {owner.pid}, {owner.what}")
    seen = "\n".join([*living, *(f"{line} (ended)" for line in left)])
    if living:
        return passed(f"one of your runs is on {living[0].partition(':')[0]}", seen)
    if left:
        why = "It is given to the next run by itself; the process of that number is another one."
        return passed("a lock was left by an ended run", seen, why)
    return passed("none of your runs has a device", f"{folder}: {len(states)} locks, all free")


def tools(visit: Visit) -> Answer:
    """Look for tt-smi among the running programs."""
    if not devices(visit):
        return skipped("tt-smi running (needs a card)", evidence=pci.NONE_SEEN)
    found = next(running(visit.host, *reset.PROGRAMS), None)
    if found is None:
        count = len(processes(visit.host))
        return passed("tt-smi is not running", f"{count} processes looked at")
    if reset.is_reset(found):
        return warned(
            f"a reset of the cards is under way (pid {found.pid})",
            "Nothing can use them meanwhile; half a reset is worse than none.",
            "Wait for its end, then run this check again.",
            evidence=str(found),
        )
    return warned(
        f"tt-smi is running (pid {found.pid})",
        "It talks to the chip beside the training: runs were slowed, hung and ended by it.",
        "Close it while you train; the cards panel here reads files alone.",
        f"kill -TERM {found.pid}",
        str(found),
    )


def unclosed(visit: Visit) -> Answer:
    """Look whether the last run on a card ended without closing its device."""
    last = next((run for run in _runs(visit) if _backend(run) == "ttml"), None)
    if last is None:
        return skipped(
            "last run on a card (there was none)", evidence=f"{visit.host.home}: no run with ttml"
        )
    if last.is_live():
        return passed(f"run {last.info().name!r} is live", str(last.path))
    if _said_closed(last):
        return passed("the last run on a card closed it", f"{last.events} ends with `closed`")
    return warned(
        f"run {last.info().name!r} ended without closing the card",
        "A killed worker may leave a card that the next one cannot open.",
        "If the deep check fails, reset the cards; otherwise all is well.",
        "ttgpt-tui doctor --deep",
        f"{last.events}: its last start has no event `closed`",
    )


def _runs(visit: Visit) -> list[RunFolder]:
    try:
        return list_runs(visit.host.home)
    except OSError:  # a home folder that is closed to us is told by another check
        return []


def _backend(run: RunFolder) -> str:
    with contextlib.suppress(TtgptError):
        return run.info().backend
    return ""


def _said_closed(run: RunFolder) -> bool:
    try:
        with open_plain(run.events) as file:
            file.seek(max(file.seek(0, 2) - 65536, 0))
            lines = file.read().splitlines()
    except OSError:
        return False
    return bool(lines) and b'"type":"closed"' in lines[-1]


def unfinished_reset(visit: Visit) -> Answer:
    """Look whether a reset that this program began took the host down."""
    note = reset.unfinished(visit.host)
    if note is None:
        return passed(
            "no reset was cut short", f"no {visit.host.home / reset.NOTE} of an earlier boot"
        )
    return warned(
        "the last reset took the host down with it",
        "It began, and the host was started again before it ended: a known fault of some slots "
        "and BIOS versions.",
        "No reset is offered on this host again. Power it off and on instead. If it went down for "
        "another reason, remove the note.",
        f"rm {visit.host.typed(str(visit.host.home / reset.NOTE))}",
        note,
    )


CHECKS = (
    Check("ownership.held", "blocks", "Does somebody hold the card?", held),
    Check("ownership.umd_lock", "warns", "Is a lock of tt-umd left over?", umd_locks),
    Check("ownership.device_lock", "blocks", "Has one of your runs a device?", own_lock, "both"),
    Check("ownership.tt_smi", "warns", "Is tt-smi running?", tools),
    Check("ownership.closed", "warns", "Did the last run close the card?", unclosed),
    Check("ownership.reset", "warns", "Did a reset take the host down?", unfinished_reset),
)
