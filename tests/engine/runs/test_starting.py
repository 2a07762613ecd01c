"""What is settled before a worker starts: where paths count from, who may start, what blocks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disk_faults import file_size_limit
from hosts import HostBuilder
from support import tiny_preset

from ttgpt.engine import presets
from ttgpt.engine.data import asking
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.doctor import Finding
from ttgpt.engine.doctor.cards import Card
from ttgpt.engine.errors import DataError, EnvironmentNotReady, TtgptError, UsageError
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.runs import starting
from ttgpt.engine.runs.rundir import RunFolder, create_run, list_runs
from ttgpt.engine.runs.starting import StartedRun, resume_run, start_run

TEXT = "To be, or not to be, that is the question:\n" * 20

Start = Callable[..., StartedRun]


def prepare_data(home: Path, source: str) -> asking.PreparedAnswer:
    return asking.prepare(home, Recipe(sources=(source,)))


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    """Start no worker; the list has the runs that one was wanted for."""
    wanted: list[RunFolder] = []

    def start_training(run: RunFolder) -> Any:
        wanted.append(run)

    monkeypatch.setattr(starting, "start_training", start_training)
    return wanted


def make_run(home: Path, name: str, **changes: Any) -> RunFolder:
    preset = tiny_preset()
    run = create_run(
        home,
        preset="tiny-test",
        preset_text=preset.text,
        config=preset.config,
        backend="torch",
        data=home / "data" / "harbour",
        data_sha256="",
        name=name,
    )
    run.update(**{"started": 0.0, **changes})
    return run


def test_a_relative_path_counts_from_the_callers_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine späce.txt").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    made = prepare_data(home, "mine späce.txt").meta
    assert made.source == str(tmp_path / "mine späce.txt")
    assert made.characters == len(TEXT)


def test_a_relative_folder_of_a_prepared_set_is_recorded_whole(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_worker: list[RunFolder]
) -> None:
    made = prepare_data(home, "harbour").folder
    made.rename(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path)
    start_run(home, tiny_preset(), data="./elsewhere")
    (run,) = no_worker
    assert run.info().data == str(tmp_path / "elsewhere")


def test_a_file_in_the_callers_folder_is_not_imported(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "queue.py", "ttgpt.py"):
        (tmp_path / name).write_text("raise SystemExit('taken for a part of the program')")
    monkeypatch.chdir(tmp_path)
    assert prepare_data(home, "harbour").meta.name == "harbour"


def test_the_callers_folder_may_be_gone(home: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = (
        "import os, sys; from pathlib import Path; from ttgpt.engine.data import asking, recipe\n"
        "os.rmdir(os.getcwd()); print(asking.prepare(Path(sys.argv[1]), recipe.Recipe()).meta.name)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, home], cwd=gone, capture_output=True, text=True
    )
    assert ended.stdout == "harbour\n"


def test_a_damaged_run_does_not_block_others(home: Path, no_worker: list[RunFolder]) -> None:
    damaged = make_run(home, "damaged")
    (damaged.path / "run.json").write_text("{")
    start_run(home, tiny_preset())
    assert len(no_worker) == 1


@pytest.mark.parametrize(
    ("arch", "settings", "interval"),
    [
        ("blackhole", {}, 100),
        ("blackhole", {"train.checkpoint_interval": "400"}, 400),
        ("wormhole_b0", {}, 500),
    ],
)
def test_a_run_on_blackhole_is_saved_often(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_worker: list[RunFolder],
    arch: str,
    settings: dict[str, str],
    interval: int,
) -> None:
    """Training hangs there at times (tt-metal's issue 36318)."""
    folder = prepare_data(home, "harbour").folder
    ready = {"backend": "ttml", "folder": str(folder)}
    monkeypatch.setattr(starting, "_ask_ready", lambda *args: ready)
    card = Card(0, "board", "0000:01:00.0", arch, 1)
    monkeypatch.setattr(starting, "read_cards", lambda host: [card])
    preset, told = presets.load("demo"), list[str]()
    start_run(home, preset, settings=settings, say=told.append)
    (run,) = no_worker
    assert any("every 100 steps" in words for words in told) == (interval == 100)
    assert run.config().train.checkpoint_interval == interval
    assert preset.config.train.checkpoint_interval == 500


@pytest.mark.parametrize("how", ["auto", "ttml", "resume"])
def test_nothing_starts_on_a_card_that_is_being_reset(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_worker: list[RunFolder],
    how: str,
) -> None:
    ready = {"backend": "ttml", "folder": str(prepare_data(home, "harbour").folder)}
    monkeypatch.setattr(starting, "_ask_ready", lambda *args: ready)
    monkeypatch.setattr(starting, "why_no_card", lambda host: None)
    host = HostBuilder(tmp_path / "host")
    monkeypatch.setattr(starting.Host, "here", lambda *given: host.host())

    def start() -> None:
        if how == "resume":
            resume_run(home, stopped)
        else:
            start_run(home, tiny_preset(), backend=how)

    stopped = make_run(home, "one", state="stopped", backend="ttml")
    host.process(5150, "python3 /usr/bin/tt-smi -r")
    with pytest.raises(EnvironmentNotReady, match=r"reset of the cards is under way \(pid 5150\)"):
        start()
    assert not no_worker
    assert [run.path for run in list_runs(home)] == [stopped.path]
    host.process(5150, "python3 /usr/bin/tt-smi -s")  # which only looks at them
    start()
    assert len(no_worker) == 1


def test_of_starts_at_once_one_begins(home: Path) -> None:
    """True processes, each about to start; the one that looks second sees the first's run."""
    code = (
        "import os, sys; from pathlib import Path; from support import tiny_preset\n"
        "from ttgpt.engine.runs import starting; from ttgpt.engine.errors import TtgptError\n"
        "starting.start_training = lambda run: run.name_starter(os.getppid())\n"
        "sys.stdin.read()\n"
        "try: starting.start_run(Path(sys.argv[1]), tiny_preset(), name='same')\n"
        "except TtgptError as error: sys.exit(error.exit_code)"
    )
    prepare_data(home, "harbour")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(home)]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) for _ in range(3)]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    assert sorted(process.wait(60) for process in started) == [0, 3, 3]
    assert len(list_runs(home)) == 1


def test_a_run_that_was_just_started_is_not_started_again(
    home: Path, no_worker: list[RunFolder]
) -> None:
    prepare_data(home, "harbour")
    run = make_run(home, "one", state="stopped")
    resume_run(home, run)
    before = run.info()
    with pytest.raises(UsageError, match=r"The run 'one' is starting \(\d s\)\."):
        resume_run(home, run)
    assert no_worker == [run]
    assert run.info() == before


def test_a_worker_that_cannot_be_seen_keeps_its_run(home: Path, no_worker: list[RunFolder]) -> None:
    """On another host, or in a container: its lock holds, its process is not to be found."""
    prepare_data(home, "harbour")
    run = make_run(home, "far", state="running", numerics={"threads": 3})
    lock = Lock(run.lock)
    lock.acquire("training far away")
    run.lock.write_text(json.dumps({"pid": 2**22 + 1, "started": "far", "what": "training"}))
    before = run.info()
    with pytest.raises(UsageError, match="is live"):
        resume_run(home, run)
    lock.release()
    assert not no_worker
    assert run.info() == before


def test_a_complete_run_is_refused_only_after_its_last_word(
    home: Path, no_worker: list[RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_data(home, "harbour")
    run = make_run(home, "done", state="finished")
    made = type("Found", (), {"step": 40})
    monkeypatch.setattr(starting, "whole_checkpoints", lambda path: [made])
    with pytest.raises(UsageError, match="is complete at step 40"):
        resume_run(home, run)
    run.update(state="running")  # killed between its last checkpoint and its end
    resume_run(home, run)
    assert no_worker == [run]


def test_a_full_disk_leaves_a_resumed_run_as_it_was(home: Path, no_worker: list[RunFolder]) -> None:
    prepare_data(home, "harbour")
    run = make_run(home, "one", state="stopped")
    before = (run.path / "config.json").read_bytes()
    with file_size_limit(100), pytest.raises(DataError, match="full"):
        resume_run(home, run, settings={"train.max_steps": "50"})
    assert not no_worker
    assert (run.path / "config.json").read_bytes() == before
    assert run.info().state == "stopped"


def test_a_worker_that_cannot_be_started_leaves_a_resumed_run_as_it_was(home: Path) -> None:
    prepare_data(home, "harbour")
    run = make_run(home, "one", state="finished")
    (home / "settings.yaml").write_text("worker: {python: /nowhere/python}\n")
    with pytest.raises(EnvironmentNotReady):
        resume_run(home, run, settings={"train.max_steps": "50"})
    assert run.state() == "finished"


def test_a_prompt_that_the_text_cannot_write_is_named_before_a_run_is_made(
    home: Path, no_worker: list[RunFolder]
) -> None:
    with pytest.raises(UsageError, match=r"prompts has 'Zë'"):
        start_run(home, tiny_preset(), settings={"sample.prompts": "Zo\u00eb:"})
    assert list_runs(home) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("train.lr", r"train\.lr_scale can: it multiplies"),
        ("train.batch_size", "These can: sample.interval, "),
        ("train.max_step", r"Did you mean train\.max_steps\?"),
    ],
)
def test_what_cannot_change_when_a_run_goes_on_is_told_with_what_can(
    home: Path, no_worker: list[RunFolder], name: str, words: str
) -> None:
    prepare_data(home, "harbour")
    run = make_run(home, "one", state="stopped")
    with pytest.raises(UsageError, match=words) as caught:
        resume_run(home, run, settings={name: "1"})
    assert f"Did you mean {name}?" not in str(caught.value)


def test_a_child_that_dies_is_told_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EnvironmentNotReady, match="without an answer"):
        prepare_data(home, "harbour")


def test_errors_of_the_child_keep_their_class(home: Path) -> None:
    with pytest.raises(TtgptError) as raised:
        start_run(home, tiny_preset(), data="nothing-of-that-name")
    assert isinstance(raised.value, DataError)


def test_a_card_that_is_not_ready_is_told_in_the_doctors_words_before_anything_starts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding(
        "software.ttml",
        "software",
        "blocks",
        "?",
        "fail",
        "ttml is not installed for the worker's Python",
        "It is built from tt-metal.",
        "Build it.",
    )
    monkeypatch.setattr(starting, "why_no_card", lambda host: finding)
    monkeypatch.setattr(starting.children, "ask", None)
    with pytest.raises(EnvironmentNotReady) as caught:
        start_run(home, tiny_preset(), backend="ttml")
    assert caught.value.exit_code == 3
    assert caught.value.what == "ttml is not installed for the worker's Python."
    assert list_runs(home) == []


def test_a_run_that_the_backend_cannot_compute_is_refused_before_it_is_made(home: Path) -> None:
    with pytest.raises(UsageError, match=r"train\.devices is 2"):
        start_run(home, tiny_preset(), settings={"train.devices": "2"}, backend="torch")
    assert list_runs(home) == []
