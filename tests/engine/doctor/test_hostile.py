"""Hosts that would break a careless program: what cannot be read, garbage, pipes, loops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hosts import HostBuilder, examined, find, healthy, no_card

from ttgpt.engine.doctor import Finding, Host, choose_python, find_pythons, worker_environment
from ttgpt.engine.doctor.cards import read_cards
from ttgpt.engine.worker_settings import WorkerSettings

NODE = "/sys/class/tenstorrent/tenstorrent!0"
ADDRESS = "/sys/bus/pci/devices/0000:01:00.0"
READ = (
    f"{ADDRESS}/vendor",
    f"{ADDRESS}/device",
    f"{ADDRESS}/config",
    f"{ADDRESS}/iommu_group/type",
    f"{ADDRESS}/numa_node",
    f"{ADDRESS}/hwmon/hwmon0/temp1_input",
    f"{NODE}/tt_card_type",
    f"{NODE}/tt_aiclk",
    f"{NODE}/tt_heartbeat",
    f"{NODE}/tt_fw_bundle_ver",
    f"{NODE}/tt_therm_trip_count",
    "/sys/module/tenstorrent/version",
    "/proc/driver/tenstorrent/0/pids",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/proc/mounts",
    "/proc/sys/kernel/random/boot_id",
    "/etc/passwd",
    "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    "/etc/systemd/logind.conf",
    "/etc/apt/sources.list.d/tenstorrent.list",
    "/dev/shm/TT_UMD_LOCK.x",
)
"""What the checks and the cards panel read of a host with one card."""


def in_order(found: dict[str, Finding]) -> None:
    """See that every check answered, and none by a fault of its own."""
    assert not [(f.id, f.evidence) for f in found.values() if "this check failed" in f.what]
    assert not [(f.id, f.what) for f in found.values() if "no answer in" in f.what]


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    built = healthy(tmp_path)
    for path in READ:
        if not (built.root / path.lstrip("/")).exists():
            built.put(path)
    return built


def spoil(host: HostBuilder, how: str) -> None:
    for number, path in enumerate(READ):
        at = host.root / path.lstrip("/")
        at.unlink()
        if how == "garbage":
            at.write_bytes(bytes(range(256)) * 3 + b"\x1b[2J")
        elif how == "empty":
            at.touch()
        elif how == "folder":
            at.mkdir()
        elif how == "pipe":
            os.mkfifo(at)
        elif how == "loop":
            at.symlink_to(at)
        elif how == "huge":
            with at.open("wb") as file:
                file.truncate(2**40)
        elif how == "number":
            at.write_text("9" * 5000 if number % 2 else "-1\n")


@pytest.mark.parametrize(
    "how", ["garbage", "empty", "folder", "pipe", "loop", "huge", "number", "missing"]
)
def test_files_that_are_not_what_they_should_be(host: HostBuilder, how: str) -> None:
    spoil(host, how)
    in_order(examined(host))
    for card in read_cards(host.host()):
        assert (card.board + card.firmware + card.arch).isprintable()


def test_a_card_whose_values_alone_are_garbage(host: HostBuilder) -> None:
    for name in ("tt_card_type", "tt_fw_bundle_ver", "tt_aiclk", "tt_heartbeat", "stuck"):
        host.put(f"{NODE}/{name}", b"\xff\xfe\x00\x1b[31m\x07 not a value" * 20)
    host.put(f"{ADDRESS}/hwmon/hwmon0/power1_input", "not a number")
    (card,) = read_cards(host.host())
    assert (card.clock_mhz, card.heartbeat, card.power_w) == (None, None, None)
    assert len(card.firmware) <= 24
    assert card.board.isprintable()
    in_order(examined(host))


def test_a_pipe_where_each_other_file_is_expected(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    for path in (built.tree / "tt_metal/sfpi-version", built.home / "reset-started.json"):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    site = built.user_home / ".tenstorrent-venv/lib/python3.10/site-packages"
    site.mkdir(parents=True)
    os.mkfifo(site / "x.pth")
    built.put(site.parents[2] / "bin/python", mode=0o755)
    in_order(examined(built))


def test_folders_that_go_round_in_circles(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    built.remove("/sys/module/tenstorrent")
    for folder in ("lib/modules/6.8.0-49-generic", "dev/tenstorrent", "sys/class/tenstorrent"):
        (built.root / folder / "round").symlink_to(built.root / folder)
    built.environ["TT_METAL_HOME"] = str(built.root / "lib/modules/6.8.0-49-generic" / "round")
    in_order(examined(built))


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT RUN: to root no folder is closed")
def test_folders_that_are_closed(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    closed = built.user_home / "closed"
    (closed / "bin").mkdir(parents=True)
    built.environ["TT_METAL_HOME"] = str(closed / "tt-metal")
    built.worker = WorkerSettings(python=str(closed / "bin/python"))
    built.changes["home"] = closed / "ttgpt"
    closed.chmod(0)
    try:
        in_order(examined(built))
    finally:
        closed.chmod(0o700)


def test_looking_never_raises_where_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the start of every worker does, with each look at the disk refused."""
    built = healthy(tmp_path)
    built.environ["TT_METAL_HOME"] = "/closed/tt-metal"
    built.worker = WorkerSettings(python="/closed/bin/python")
    host = built.host()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("stat", "open", "scandir", "listdir", "readlink"):
        monkeypatch.setattr(os, name, refuse)
    seen = (choose_python(host), worker_environment(host), find_pythons(host), read_cards(host))
    monkeypatch.undo()
    assert seen == ("/closed/bin/python", {}, [], [])


def test_settings_that_a_shell_would_obey_stay_words(tmp_path: Path) -> None:
    built = no_card(tmp_path)
    folder = built.root / "my home; reboot"
    built.changes["home"] = folder
    built.changes["free_space"] = lambda path: 1
    folder.mkdir()
    command = find(built, "data.space").command
    assert command == f"du -sh '{folder}'/*"


def test_a_process_cannot_write_to_the_screen_by_its_name(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    built.process(66, "evil\x1b]0;title\x07\u202ename\n\nBLOCK")
    built.put("/proc/driver/tenstorrent/0/pids", "66\n")
    found = find(built, "ownership.held")
    assert "\\x1b]0;title\\x07\\u202ename" in found.evidence
    assert found.evidence.count("\n") == 0


def test_a_person_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = no_card(tmp_path)
    del built.environ["HOME"]
    built.changes["user_home"] = Path("/")
    in_order(examined(built))
    monkeypatch.delenv("HOME")
    assert Host.here(tmp_path).user_home.is_absolute()
