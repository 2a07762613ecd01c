"""Cores that this process may use, from a made-up /proc and /sys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ttgpt.engine.backends.torch_backend.cpu_cores import usable_cores


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
