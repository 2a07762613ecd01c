import dataclasses
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from disk_faults import failing_sync, file_size_limit

from ttgpt.engine import presets
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.runs.rundir import (
    RunFolder,
    check_name,
    create_run,
    find_run,
    list_runs,
    live_run,
)

DEMO = presets.load("demo")


def make(home: Path, name: str | None = None, **changes: Any) -> RunFolder:
    fields: dict[str, Any] = {
        "preset": "demo",
        "preset_text": DEMO.text,
        "config": DEMO.config,
        "backend": "torch",
        "data": home / "data" / "harbour-char",
        "data_sha256": "ab" * 32,
        **changes,
    }
    return create_run(home, name=name, **fields)


def killed_owner(run: RunFolder) -> None:
    """Leave the lock as a worker leaves it that was killed."""
    code = (
        "import os, sys; from pathlib import Path; from ttgpt.engine.host.locks import Lock\n"
        "Lock(Path(sys.argv[1])).acquire('run'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, run.lock], check=False)


def ended_process() -> int:
    """Give the pid of a process that has come and gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_new_run_is_described_whole(home: Path) -> None:
    before = time.time()
    run = make(home)
    info = run.info()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}-demo", info.id)
    assert run.path == home / "runs" / info.id
    assert (info.name, info.preset, info.backend) == ("demo", "demo", "torch")
    assert (info.state, info.pid, info.data_sha256) == ("starting", 0, "ab" * 32)
    assert before <= info.created == info.started <= time.time()
    assert run.config() == DEMO.config
    assert run.preset.read_bytes() == DEMO.text.encode()
    assert run.checkpoints.is_dir()
    assert run.path.stat().st_mode & 0o777 == 0o700
    assert list((home / "runs").iterdir()) == [run.path]


def test_the_preset_is_kept_byte_for_byte(home: Path) -> None:
    run = make(home, preset_text="title: Zoë\r\n")
    assert run.preset.read_bytes() == "title: Zoë\r\n".encode()


def test_data_is_named_within_the_home_so_that_it_can_be_moved(home: Path) -> None:
    assert make(home).info().data == "data/harbour-char"
    assert make(home, data=Path("/srv/text")).info().data == "/srv/text"


@pytest.mark.parametrize(
    "name", ["two words", "Zoë's Lauf", "運行 1", "🙂", "a'b\"c", "a-", "x" * 120]
)
def test_a_run_may_have_any_printable_name(home: Path, name: str) -> None:
    run = make(home, name)
    assert run.info().name == name
    assert run.path.name.endswith(f"-{name}")
    assert find_run(home, name).path == run.path
    assert check_name(home, name + "2" if len(name) < 100 else "y") != name


@pytest.mark.parametrize(
    "name",
    [
        *("a/b", "..", ".hidden", " ", "\t", "a\nb", "a\0b", "\x7f", "é" * 61, "\udcff", "/etc"),
        *("-", "-x", "--help", "\ud800", "a\x9b2J", "a\u202eb"),
    ],
)
def test_a_name_that_no_folder_can_have_is_refused(home: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a run's name"):
        make(home, name)
    assert list_runs(home) == []
    assert not (home / "runs").exists()
    assert make(home, preset=name).info().name == "run"


def test_a_name_is_given_once(home: Path) -> None:
    make(home, "mine")
    with pytest.raises(UsageError, match="A run named 'mine' exists") as caught:
        make(home, "mine")
    assert "--resume 'mine'" in caught.value.next_step
    assert len(list_runs(home)) == 1


def test_without_a_name_the_preset_gives_one_and_counts(home: Path) -> None:
    assert [make(home).info().name for _ in range(3)] == ["demo", "demo-2", "demo-3"]


def test_of_two_that_make_the_same_run_at_once_one_gets_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "strftime", lambda form: "2026-11-21-071233")
    monkeypatch.setattr(
        "ttgpt.engine.runs.rundir._names", lambda home: set()
    )  # as neither had looked
    first = make(home, "mine", backend="first")
    with pytest.raises(DataError, match="Cannot make the run folder"):
        make(home, "mine", backend="second")
    assert first.info().backend == "first"
    assert list((home / "runs").iterdir()) == [first.path]


def test_runs_are_listed_newest_first_and_junk_is_passed_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(["2026-11-21-071233", "2025-01-01-000000", "2026-11-21-071234"])
    monkeypatch.setattr(time, "strftime", lambda form: next(moments))
    for name in ("second", "zero", "third"):
        make(home, name)
    runs = home / "runs"
    (runs / "note.txt").write_text("x")
    (runs / "2026-11-21-080000-empty").mkdir()
    unfinished = runs / ".2026-11-21-080000-unfinished.partial"
    unfinished.mkdir()
    (unfinished / "run.json").write_text("{}")
    assert [run.name for run in list_runs(home)] == ["third", "second", "zero"]
    with pytest.raises(DataError):
        find_run(home, "unfinished")


def test_a_home_without_runs_has_none(home: Path) -> None:
    assert list_runs(home) == []
    assert live_run(home) is None
    with pytest.raises(DataError, match="No run was started yet"):
        find_run(home, "demo")


def test_a_run_is_found_by_name_id_and_path(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make(home, "my run")
    make(home, "other")
    assert find_run(home, "my run").path == run.path
    assert find_run(home, run.info().id).path == run.path
    assert find_run(tmp_path, str(run.path)).path == run.path
    monkeypatch.chdir(run.path.parent)
    assert find_run(tmp_path, run.path.name).path == run.path
    with pytest.raises(DataError, match=r"There is no run 'my ruin'\.\nDid you mean my run\?"):
        find_run(home, "my ruin")


def test_a_run_may_be_renamed_by_hand(home: Path) -> None:
    run = make(home, "old")
    moved = run.path.rename(run.path.with_name(run.path.name.replace("old", "new")))
    assert find_run(home, "new").path == moved


@pytest.mark.parametrize("state", ["starting", "running", "paused"])
def test_a_live_state_without_a_worker_is_a_crash(home: Path, state: str) -> None:
    run = make(home)
    run.update(state=state)
    run.name_starter(ended_process())
    assert run.state() == "crashed"
    assert not run.is_live()
    assert live_run(home) is None


@pytest.mark.parametrize("state", ["starting", "running", "paused"])
def test_a_live_state_with_a_worker_is_believed(home: Path, state: str) -> None:
    run = make(home)
    run.update(state=state)
    run.name_starter(ended_process())
    lock = Lock(run.lock)
    lock.acquire("demo")
    assert run.state() == state
    owner = run.owner()
    assert owner is not None
    assert owner.pid == os.getpid()
    found = live_run(home)
    assert found is not None
    assert found.path == run.path
    lock.release()
    assert run.state() == "crashed"


def test_a_killed_worker_is_a_crash(home: Path) -> None:
    run = make(home)
    run.update(state="running")
    killed_owner(run)
    assert run.lock.stat().st_size > 0
    assert run.owner() is None
    assert run.state() == "crashed"


@pytest.mark.parametrize("since", [4.2, 3600.0, -3600.0])
def test_a_run_is_starting_while_its_starter_lives_whatever_the_clock_says(
    home: Path, since: float
) -> None:
    run = make(home)
    assert run.state() == "starting"
    run.update(state="running")
    assert run.state() == "crashed"
    run.mark_starting()
    run.update(started=time.time() - since)
    assert run.state() == "starting"
    assert run.is_live()
    assert run.live_words == f"starting ({max(0, since):.0f} s)"
    run.name_starter(ended_process())
    assert run.state() == "crashed"
    run.starter.unlink()  # as in a run that an earlier version made
    assert run.state() == "crashed"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_an_ended_run_is_what_its_worker_said(home: Path, state: str) -> None:
    run = make(home)
    run.update(state=state)
    assert run.state() == state
    killed_owner(run)
    assert run.state() == state


def test_a_worker_that_ends_between_two_looks_did_not_crash(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make(home)
    run.update(state="running")

    def ends_now(run: RunFolder) -> None:
        run.update(state="finished")

    monkeypatch.setattr(RunFolder, "owner", ends_now)
    assert run.state() == "finished"


def test_an_update_changes_only_what_it_names(home: Path) -> None:
    run = make(home)
    before = run.info()
    after = run.update(state="running", pid=7, numerics={"threads": 2})
    assert after == dataclasses.replace(before, state="running", pid=7, numerics={"threads": 2})
    assert run.info() == after


def test_what_a_newer_version_wrote_is_passed_over(home: Path) -> None:
    run = make(home)
    raw = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**raw, "aurora": 1}))
    assert run.info().name == "demo"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b'{"id": 1}'])
def test_a_damaged_run_is_a_data_error(home: Path, content: bytes) -> None:
    run = make(home)
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(DataError, match=r"run\.json cannot be read"):
        run.info()


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"model": {"n_layers": 1}}'])
def test_a_damaged_config_is_a_data_error(home: Path, content: bytes) -> None:
    run = make(home)
    (run.path / "config.json").write_bytes(content)
    with pytest.raises(DataError, match=r"config\.json cannot be read"):
        run.config()


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_config_with_endless_digits_is_damaged(home: Path, digits: int) -> None:
    run = make(home)
    text = json.dumps(DEMO.config.to_dict()).replace('"seed": ', f'"seed": {"9" * digits}', 1)
    (run.path / "config.json").write_text(text)
    with pytest.raises(DataError, match=r"config\.json cannot be read"):
        run.config()


def test_a_folder_that_is_no_run_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a run"):
        RunFolder(tmp_path).info()


def test_a_config_can_be_replaced(home: Path) -> None:
    run = make(home)
    longer = DEMO.config.with_settings({"train.max_steps": 4000})
    run.write_config(longer)
    assert run.config() == longer


def test_a_failing_disk_leaves_no_run(home: Path) -> None:
    with failing_sync(0) as calls:
        make(home, "whole")
    for nth in range(1, len(calls)):  # the last one comes after the renaming
        with failing_sync(nth), pytest.raises(DataError, match="The disk is full"):
            make(home, "cut short")
        assert [run.name for run in list_runs(home)] == ["whole"]
        assert len(list((home / "runs").iterdir())) == 1
    make(home, "cut short")


def test_a_full_disk_leaves_no_run(home: Path) -> None:
    with file_size_limit(200), pytest.raises(DataError, match="Cannot make the run folder"):
        make(home)
    assert list((home / "runs").iterdir()) == []


def test_a_socket_is_near_or_short(home: Path) -> None:
    assert make(home, "x").socket_path() == find_run(home, "x").path / "worker.sock"
    assert len(os.fsencode(make(home, "y" * 100).socket_path())) <= 103
