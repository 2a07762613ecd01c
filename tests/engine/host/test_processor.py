"""Cores that this process may use, and what they can do, from a made-up /proc and /sys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ttgpt.engine.host.processor import bfloat16_flag, usable_cores


@pytest.fixture(autouse=True)
def _eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_affinity_alone(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 8


def test_without_affinity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert usable_cores(tmp_path) == 5


@pytest.mark.parametrize(
    ("limit", "cores"),
    [
        ("max 100000\n", 8),
        ("300000 100000\n", 3),
        ("250000 100000\n", 2),
        ("50000 100000\n", 1),
        ("9900000 100000\n", 8),
    ],
)
def test_version_2_quota(tmp_path: Path, limit: str, cores: int) -> None:
    _write(tmp_path / "proc/self/cgroup", "0::/user/app\n")
    _write(tmp_path / "sys/fs/cgroup/user/app/cpu.max", limit)
    assert usable_cores(tmp_path) == cores


def test_a_parents_quota_counts(tmp_path: Path) -> None:
    _write(tmp_path / "proc/self/cgroup", "0::/user/app\n")
    _write(tmp_path / "sys/fs/cgroup/user/app/cpu.max", "600000 100000")
    _write(tmp_path / "sys/fs/cgroup/user/cpu.max", "200000 100000")
    assert usable_cores(tmp_path) == 2


def test_quota_at_the_mount_when_the_path_is_the_hosts(tmp_path: Path) -> None:
    _write(tmp_path / "proc/self/cgroup", "0::/kubepods/pod1/abc\n")
    _write(tmp_path / "sys/fs/cgroup/cpu.max", "400000 100000")
    assert usable_cores(tmp_path) == 4


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("350000", 3)])
def test_version_1_quota(tmp_path: Path, quota: str, cores: int) -> None:
    _write(
        tmp_path / "proc/self/cgroup",
        "12:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n0::/docker/x\n",
    )
    folder = tmp_path / "sys/fs/cgroup/cpu,cpuacct"
    _write(folder / "cpu.cfs_quota_us", quota)
    _write(folder / "cpu.cfs_period_us", "100000")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(("siblings", "cores"), [((0, 4), 4), ((0, 8), 8)])
def test_two_threads_of_a_core_count_once(
    tmp_path: Path, siblings: tuple[int, int], cores: int
) -> None:
    first, second = siblings
    for cpu in range(8):
        name = f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
        core = cpu % (second - first)
        _write(tmp_path / name, f"{core},{core + second}\n")
    assert usable_cores(tmp_path) == cores


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile", "amx_bf16"),
        ("flags\t\t: fpu avx512f avx512_bf16", "avx512_bf16"),
        ("flags\t\t: fpu avx512f avx_ne_convert", ""),
        ("Features\t: fp asimd i8mm bf16 dgh", "bf16"),
        ("model name\t: bf16", ""),
        ("", ""),
    ],
)
def test_who_multiplies_bfloat16(line: str, flag: str) -> None:
    assert bfloat16_flag(f"processor\t: 0\n{line}\n") == flag
