"""Who has the card: holders, locks left behind, tools beside a training, a reset cut short."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hosts import HostBuilder, find, healthy

from ttgpt.engine.doctor.cards import read_cards
from ttgpt.engine.home import device_lock_path
from ttgpt.engine.host.locks import Owner
from ttgpt.engine.presets import load
from ttgpt.engine.runs.rundir import RunFolder, create_run

PIDS = "/proc/driver/tenstorrent/0/pids"


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    built = healthy(tmp_path)
    built.process(4242, "/usr/bin/python3 train.py --config mine.yaml")
    return built


def test_a_card_that_is_held(host: HostBuilder) -> None:
    host.put(PIDS, "4242\n")
    found = find(host, "ownership.held")
    assert found.blocks
    assert found.what == "card 0 is held by pid 4242 (python3 of user)"
    assert found.command == "kill -TERM 4242"
    assert "30 s" in found.next_step
    assert "train.py --config mine.yaml" in found.evidence


def test_a_holder_is_found_by_its_open_files_where_the_driver_lists_none(
    host: HostBuilder,
) -> None:
    host.remove("/proc/driver")
    links = host.root / "proc/4242/fd"
    links.mkdir()
    (links / "3").symlink_to("/dev/tenstorrent/0")
    (links / "4").symlink_to("/dev/null")
    assert find(host, "ownership.held").command == "kill -TERM 4242"
    assert [holder.pid for holder in read_cards(host.host())[0].holders] == [4242]


def test_a_holder_of_another_user_that_cannot_be_seen(host: HostBuilder) -> None:
    host.put(PIDS, "77\n")
    found = find(host, "ownership.held")
    assert found.what == "card 0 is held by pid 77 (not visible)"


def test_the_only_card_of_many_that_is_held_is_named(tmp_path: Path) -> None:
    built = healthy(tmp_path, "galaxy")
    built.process(4242, "python3 x.py", uid=0)
    built.put("/proc/driver/tenstorrent/31/pids", "4242\n")
    assert find(built, "ownership.held").what == "card 31 is held by pid 4242 (python3 of root)"


class TestLockOfTheDriversLibrary:
    """tt-umd's locks in shared memory: none may be removed that somebody has."""

    def test_of_a_living_holder_is_well(self, host: HostBuilder) -> None:
        host.put(PIDS, "4242\n")
        host.umd_lock("CHIP_IN_USE_0_PCIe", 4242)
        assert find(host, "ownership.umd_lock").status == "pass"

    def test_of_one_that_has_it_mapped_is_well(self, host: HostBuilder) -> None:
        host.umd_lock("CHIP_IN_USE_0_PCIe", 4242)
        host.put("/proc/4242/maps", "7f00-7f01 rw-s /dev/shm/TT_UMD_LOCK.CHIP_IN_USE_0_PCIe\n")
        assert find(host, "ownership.umd_lock").status == "pass"

    def test_of_a_dead_process_is_stale(self, host: HostBuilder) -> None:
        host.umd_lock("CHIP_IN_USE_0_PCIe", 999)
        found = find(host, "ownership.umd_lock")
        assert (found.status, found.what) == ("warn", "a lock is left over from pid 999, gone")
        assert found.next_step.startswith("Look for a container")
        assert found.command.endswith("rm /dev/shm/TT_UMD_LOCK.CHIP_IN_USE_0_PCIe")

    def test_of_a_recycled_pid_is_stale(self, host: HostBuilder) -> None:
        host.process(4243, "/usr/bin/vim notes.txt")
        host.umd_lock("CHIP_IN_USE_0_PCIe", 4243)
        found = find(host, "ownership.umd_lock")
        assert found.status == "warn"
        assert found.what == "a lock is left over from pid 4243, now /usr/bin/vim"

    def test_that_nobody_has_is_well(self, host: HostBuilder) -> None:
        host.put("/dev/shm/TT_UMD_LOCK.ARC_MSG_0_PCIe", b"\0" * 64)
        assert find(host, "ownership.umd_lock").status == "pass"

    def test_with_a_name_that_a_shell_would_obey_is_quoted(self, host: HostBuilder) -> None:
        host.umd_lock("x; reboot", 999)
        command = find(host, "ownership.umd_lock").command
        assert command.endswith("rm '/dev/shm/TT_UMD_LOCK.x; reboot'")


def test_our_own_lock_of_a_recycled_pid_is_no_owner(host: HostBuilder) -> None:
    lock = device_lock_path("cuda:0")
    started = "11111111:100"
    lock.write_text(json.dumps({"pid": 4242, "started": started, "what": "run 'mine'"}))
    assert find(host, "ownership.device_lock").what == "one of your runs is on cuda-0"
    host.process(4242, "/usr/bin/vim", ticks=999)
    found = find(host, "ownership.device_lock")
    assert found.status == "pass"
    assert "an ended run" in found.what
    assert "given to the next run by itself" in found.why


def test_a_runtime_folder_of_somebody_else_is_told(
    host: HostBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.put("/not-a-folder")
    monkeypatch.setenv("TTGPT_RUNTIME_DIR", str(host.root / "not-a-folder"))
    found = find(host, "ownership.device_lock")
    assert found.blocks
    assert found.next_step == "Set TTGPT_RUNTIME_DIR to a folder you own."


@pytest.mark.parametrize("command", ["/usr/bin/tt-smi", "python3 /home/user/.local/bin/tt-smi -s"])
def test_tt_smi_beside_a_training(host: HostBuilder, command: str) -> None:
    host.process(5150, command)
    found = find(host, "ownership.tt_smi")
    assert found.status == "warn"
    assert found.next_step.startswith("Close it while you train")
    assert found.command == "kill -TERM 5150"


@pytest.mark.parametrize("command", ["man tt-smi", "vim x tt-smi", "python3 x.py tt-smi", ""])
def test_who_only_names_tt_smi_does_not_run_it(host: HostBuilder, command: str) -> None:
    host.process(5150, command)
    assert find(host, "ownership.tt_smi").status == "pass"


@pytest.mark.parametrize("command", ["python3 /usr/bin/tt-smi -r", "python3 -I /x/resetting.py a"])
def test_a_reset_is_to_be_waited_for(host: HostBuilder, command: str) -> None:
    host.process(5150, command)
    found = find(host, "ownership.tt_smi")
    assert found.what == "a reset of the cards is under way (pid 5150)"
    assert (found.command, found.next_step[:8]) == ("", "Wait for")


def test_a_run_that_never_closed_its_card(host: HostBuilder) -> None:
    preset = load("demo")
    run = create_run(
        host.home,
        preset="demo",
        preset_text=preset.text,
        config=preset.config,
        backend="ttml",
        data=host.home / "data" / "harbour",
        data_sha256="",
        name="mine",
    )
    run.update(state="failed")
    run.events.write_text('{"v":1,"seq":1,"type":"step"}\n')
    found = find(host, "ownership.closed")
    assert (found.status, found.command) == ("warn", "ttgpt-tui doctor --deep")
    with run.events.open("a") as file:
        file.write('{"v":1,"seq":2,"type":"closed"}\n')
    assert find(host, "ownership.closed").status == "pass"


def test_cards_that_are_held_by_runs_of_one_s_own(
    host: HostBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = load("demo")
    host.process(4243, "/usr/bin/python3 -m ttgpt.engine.worker")
    owners = {}
    for name, pid in (("first", 4242), ("second", 4243)):
        run = create_run(
            host.home,
            preset="demo",
            preset_text=preset.text,
            config=preset.config,
            backend="ttml",
            data=host.home / "data" / "harbour",
            data_sha256="",
            name=name,
        )
        owners[run.path] = Owner(pid, "", "")
    monkeypatch.setattr(RunFolder, "owner", lambda run: owners.get(run.path))
    host.put(PIDS, "4242\n4243\n")
    found = find(host, "ownership.held")
    assert found.status == "pass"
    assert "'first'" in found.what
    assert "'second'" in found.what
    host.process(77, "/usr/bin/python3 other.py")
    host.put(PIDS, "4242\n77\n4243\n")
    assert find(host, "ownership.held").command == "kill -TERM 77"


def test_a_reset_that_took_the_host_down(host: HostBuilder) -> None:
    note = host.home / "reset-started.json"
    note.write_text('{"boot": "22222222", "time": 1}')
    found = find(host, "ownership.reset")
    assert found.status == "warn"
    assert "Power it off and on" in found.next_step
    assert found.command.startswith("rm ")
    assert found.command.endswith("reset-started.json")
    note.write_text('{"boot": "11111111", "time": 1}')  # of this boot: one is under way
    assert find(host, "ownership.reset").status == "pass"


def test_the_deep_check_refuses_while_somebody_holds_the_card(host: HostBuilder) -> None:
    host.package("ttnn", "raise SystemExit('must not be imported')", folder=host.tree / "ttnn")
    host.put(PIDS, "4242\n")
    found = find(host, "software.opens")
    assert found.blocks
    assert found.what == "not opened: pid 4242 holds the card"
    assert "train.py" in found.evidence
    assert os.listdir(host.home) == []
