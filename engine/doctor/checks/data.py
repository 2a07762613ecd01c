"""Is there room for checkpoints, on a file system that keeps its word."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from ...canonical import parameter_count
from ...checkpoints.info import BYTES_PER_PARAMETER
from ...config import RunConfig
from ...data.datasets import list_sets
from ...errors import TtgptError
from ...presets import load, names
from .. import pci
from ..check import Answer, Check, failed, passed, skipped, warned
from ..environment import CACHE, full_environment
from ..visit import Visit
from .bus import devices

NETWORK_KINDS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "9p",
    "lustre",
    "ceph",
    "glusterfs",
    "beegfs",
    "afs",
}
VOCABULARY = 512
LEAST_FREE = 200 * 2**20
CACHE_WANTED = 2 * 2**30
"""For compiled kernels; a guess, not measured."""


def writable(visit: Visit) -> Answer:
    """Ask whether the home folder of runs and data may be written."""
    host = visit.host
    there = _existing(host.home)
    try:
        # Tried, not asked for: permissions say nothing of what the file system itself refuses.
        with tempfile.TemporaryFile(dir=there):
            return passed("runs and data can be written", str(host.home))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return passed("runs and data could be written, were there room", str(host.home))
        return failed(
            "the home folder of runs cannot be written",
            f"{host.short(there)}: {error.strerror}.",
            "Give a folder that you own with --home DIR or TTGPT_HOME.",
            evidence=str(host.home),
        )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))


def space(visit: Visit) -> Answer:
    """Compare free space with what the largest preset's checkpoints take."""
    host = visit.host
    free = host.free_space(_existing(host.home))
    name, size, count = _largest_plan()
    fit = free // max(size, 1)
    seen = f"{host.home}: {free:,} bytes free\n{name}: {count} checkpoints of {size:,} bytes"
    said = f"{_words(free)} free"
    if free < LEAST_FREE:
        return failed(
            f"the disk is full: {said}",
            "A run must be able to save; it waits where it cannot.",
            "Free some space, or choose another home with --home.",
            f"du -sh {host.typed(host.home)}/*",
            seen,
        )
    if fit < count:
        return warned(
            f"{said}: not enough for every preset",
            f"{name} keeps {count} checkpoints of {_words(size)}.",
            "Free some space, keep fewer checkpoints, or take a smaller preset.",
            f"du -sh {host.typed(host.home)}/*",
            seen,
        )
    return passed(f"{said}, {fit:,} checkpoints of {_words(size)} fit", seen)


def _largest_plan() -> tuple[str, int, int]:
    """Give the preset with the largest checkpoints, their bytes, and how many it keeps."""
    plans = []
    for name in names():
        try:
            config = load(name).config
        except TtgptError:
            continue
        size = BYTES_PER_PARAMETER * parameter_count(config.model, VOCABULARY)
        plans.append((size * _kept(config), name, size, _kept(config)))
    _, name, size, count = max(plans, default=(0, "demo", 0, 0))
    return name, size, count


def _kept(config: RunConfig) -> int:
    # One is being written while the others are still there, and the last is kept for good.
    train = config.train
    return train.keep_best + train.keep_last + len(train.milestones) + 2


def _words(count: int) -> str:
    return f"{count / 2**30:,.0f} GB" if count >= 10 * 2**30 else f"{count / 2**20:,.0f} MB"


def file_system(visit: Visit) -> Answer:
    """Look whether runs lie on a network file system."""
    host = visit.host
    place, kind = _mount(visit, host.home)
    seen = f"{host.home} is on {place} ({kind})"
    if _is_network(kind):
        return warned(
            f"runs lie on a network file system ({kind})",
            "Locks may not hold there between hosts, and saving takes longer.",
            "Choose a folder on a local disk with --home or TTGPT_HOME.",
            evidence=seen,
        )
    return passed(f"runs lie on a local disk ({kind})" if kind else "runs lie on a disk", seen)


def cache(visit: Visit) -> Answer:
    """Look where compiled kernels are kept."""
    host = visit.host
    if not devices(visit):
        return skipped("kernel cache (needs a card)", evidence=pci.NONE_SEEN)
    default = str(host.user_home / ".cache" / "tt-metal-cache")
    folder = Path(full_environment(host).get(CACHE) or default)
    place, kind = _mount(visit, folder)
    free = host.free_space(_existing(folder))
    seen = f"{folder}\non {place} ({kind}), {free:,} bytes free"
    if _is_network(kind):
        return warned(
            f"compiled kernels lie on a network disk ({kind})",
            "Met there: stale file handles, link errors and hangs after an update.",
            f"Set {CACHE} to a folder on a local disk.",
            evidence=seen,
            apply={f"worker.env.{CACHE}": f"/var/tmp/ttgpt-{host.uid}/tt-metal"},
        )
    if free < CACHE_WANTED:
        return warned(
            f"only {_words(free)} free for compiled kernels",
            "Each new shape of model adds some.",
            "Free some space, or empty the folder.",
            f"du -sh {host.typed(folder)}",
            seen,
        )
    return passed(f"compiled kernels lie on a local disk, {_words(free)} free", seen)


def _mount(visit: Visit, folder: Path) -> tuple[str, str]:
    """Give the mount point that a folder is on, and its kind of file system."""
    best = ("/", "")
    for line in (visit.host.read("/proc/mounts") or "").splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        place = parts[1].replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= len(best[0]):
            best = (place, parts[2])
    return best


def _is_network(kind: str) -> bool:
    return kind in NETWORK_KINDS or "sshfs" in kind


def sets(visit: Visit) -> Answer:
    """Look whether the prepared texts are whole."""
    host = visit.host
    found = list_sets(host.home)
    broken = [one for one in found if one.problem]
    if broken:
        return warned(
            f"the prepared text {broken[0].name!r} is damaged",
            broken[0].problem,
            "Prepare it again; runs that used it cannot go on without it.",
            evidence="\n".join(f"{one.folder}: {one.problem}" for one in broken[:10]),
        )
    if not found:
        return passed("no text is prepared yet; a first run does it", f"{host.home}: no set")
    return passed(
        f"{len(found)} prepared text{'s' * (len(found) > 1)}, all whole",
        "\n".join(str(one.folder) for one in found[:10]),
    )


CHECKS = (
    Check("data.home", "blocks", "Can runs and data be written?", writable, "both"),
    Check("data.space", "blocks", "Is there room for checkpoints?", space, "both"),
    Check("data.disk", "warns", "Are runs on a local disk?", file_system, "both"),
    Check("data.cache", "warns", "Are compiled kernels on a local disk?", cache),
    Check("data.sets", "warns", "Are the prepared texts whole?", sets, "both"),
)
