"""What the processor can do, and how many of its cores this process may really use.

A container's share is not what `os.cpu_count()` says: threads beyond the share are stopped by the
kernel in the middle of a step, and the others wait for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_BFLOAT16_FLAGS = ("amx_bf16", "avx512_bf16", "bf16")
"""Of x86, then of Arm: each multiplies bfloat16. `avx_ne_convert` only converts it."""


def bfloat16_flag(cpuinfo: str | None = None) -> str:
    """Name the flag by which the kernel says that bfloat16 is multiplied natively; mostly "".

    Args:
        cpuinfo: The text of /proc/cpuinfo; by default this host's, empty where it has none.
    """
    text = _read(Path("/proc/cpuinfo")) if cpuinfo is None else cpuinfo
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    flags = found[1].split() if found else []
    return next((flag for flag in _BFLOAT16_FLAGS if flag in flags), "")


def usable_cores(root: Path = Path("/")) -> int:
    """Count the physical cores of this process's affinity, within its cgroups' CPU quota.

    Two threads of one core share what multiplies.

    Args:
        root: The folder that holds `proc` and `sys`.

    Returns:
        At least 1.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    cpus = affinity(0) if affinity else range(os.cpu_count() or 1)
    cores = len({_core(root, cpu) for cpu in cpus})
    # Rounded down: with a thread for a part of a core, every step would wait for that thread.
    return max(1, int(min([cores, *_quotas(root)])))


def _core(root: Path, cpu: int) -> str:
    """Name a core by its CPUs, such as "0,64"; by this one where the kernel does not tell."""
    topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
    return _read(topology / "thread_siblings_list") or f"{cpu}"


def _quotas(root: Path) -> Iterator[float]:
    """Give each CPU quota, in cores, set on this process's cgroups or on a parent of theirs."""
    for folder in _cgroup_folders(root):
        quota = _quota_v2(folder) or _quota_v1(folder)
        if quota:
            yield quota


def _cgroup_folders(root: Path) -> Iterator[Path]:
    """Give the folders that may hold a quota, parents included.

    Inside a container the kernel may name the host's path, which is not there; its parents, up to
    the mount, are.
    """
    cgroups = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        # Version 2 has no controllers here and one tree; version 1 has a tree for each set.
        mount = cgroups / controllers
        folder = mount / path.lstrip("/")
        yield from (place for place in (folder, *folder.parents) if place.is_relative_to(mount))


def _quota_v2(folder: Path) -> float | None:
    """Read `cpu.max`, which is "max 100000" or "quota period" in microseconds."""
    quota, _, period = _read(folder / "cpu.max").partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period else None


def _quota_v1(folder: Path) -> float | None:
    """Read `cpu.cfs_quota_us`, which is -1 where there is no limit."""
    quota = _read(folder / "cpu.cfs_quota_us")
    period = _read(folder / "cpu.cfs_period_us")
    return int(quota) / int(period) if quota.isdigit() and period else None


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
