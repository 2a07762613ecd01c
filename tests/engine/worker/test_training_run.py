"""A true worker process on a true text: the life of a run, its interruptions and its ends."""

from __future__ import annotations

import asyncio
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import (
    events_of,
    finish,
    start_tiny,
    tiny_preset,
    wait_for,
    wait_for_event,
    weights_hash,
)

from ttgpt.engine import commands, events
from ttgpt.engine.checkpoints.info import list_checkpoints
from ttgpt.engine.commands import Command
from ttgpt.engine.errors import DataError, EnvironmentNotReady, TtgptError, UsageError
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import resume_run, start_run
from ttgpt.engine.worker.launch import start_training
from ttgpt.tui.link import WorkerLink


def ask(run: RunFolder, *asked: Command) -> list[dict[str, object]]:
    """Send commands over the true socket, one after the other."""

    async def talk() -> list[dict[str, object]]:
        link = await WorkerLink.connect(run.socket_path())
        try:
            return [await link.request(command) for command in asked]
        finally:
            await link.close()

    return asyncio.run(talk())


def test_a_run_goes_from_start_to_finish(home: Path) -> None:
    started = start_tiny(home)
    assert finish(started) == 0
    run = started.run
    assert run.state() == "finished"
    opened, *_ = events_of(run, events.Opened)
    assert (opened.steps_done, opened.max_steps, opened.vocab_size) == (0, 40, 63)
    first, *_, last = events_of(run, events.Evaluated)
    assert first.step == 0
    assert first.val_loss == pytest.approx(math.log(63), rel=0.03)
    assert last.step == 40
    assert last.val_loss < first.val_loss - 0.3
    steps = [s.step for s in events_of(run, events.Step)]
    assert steps == [1, *range(5, 41, 5)]
    assert [s.step for s in events_of(run, events.Sample)] == [0, 20, 40]
    assert all(s.text for s in events_of(run, events.Sample))
    assert events_of(run, events.Finished)[-1].reason == "max_steps"
    assert isinstance(events_of(run, events.Closed)[-1], events.Closed)
    kept = {c.step: c.kind for c in list_checkpoints(run.path)}
    assert kept == {30: "interval", 40: "final"}
    assert run.preset.read_text() == tiny_preset().text
    assert (run.path / "tokenizer.json").is_file()
    assert json.loads((run.path / "run.json").read_text())["numerics"]["precision"] == "float32"


def test_a_compiled_step_is_told_and_part_of_how_the_run_rounds(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_COMPILE_DISABLE", "1")  # what it would take a minute to make
    started = start_tiny(home, train__compile="first", train__max_steps=3)
    assert finish(started) == 0
    assert started.run.info().numerics["compiled_from"] == 0
    again = resume_run(home, started.run, settings={"train.max_steps": "5"})
    assert finish(again) == 0
    assert [e.note for e in events_of(again.run, events.Opened)] == ["The step is compiled."] * 2
    assert not [e for e in events_of(again.run, events.Health) if e.kind == "rounding"]


def test_equal_commands_give_equal_runs_on_a_quiet_and_a_busy_host(home: Path) -> None:
    """Large enough for two threads, where there are two cores."""
    settings = {
        "train__precision": "auto", "train__threads": "none", "train__max_steps": 3,
        "train__log_interval": 1, "model__n_embd": 256, "model__block_size": 64,
        "train__batch_size": 10, "train__eval_interval": 100, "sample__interval": 0,
    }  # fmt: skip
    quiet = start_tiny(home, **settings)
    assert finish(quiet) == 0
    loop = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(loop) for _ in range(os.cpu_count() or 1)]
    try:
        beside = start_tiny(home, **settings)
        assert finish(beside) == 0
    finally:
        for process in busy:
            process.kill()
            process.wait()
    one, other = (
        [(s.loss, s.grad_norm) for s in events_of(started.run, events.Step)]
        for started in (quiet, beside)
    )
    assert len(one) == 3
    assert one == other
    assert quiet.run.info().numerics == beside.run.info().numerics
    assert weights_hash(quiet.run, 3) == weights_hash(beside.run, 3)


def test_stopped_and_resumed_ends_with_identical_weights(home: Path) -> None:
    whole = start_tiny(home)
    assert finish(whole) == 0
    broken = start_tiny(home, train__checkpoint_interval=1000, sample__interval=7)
    wait_for_event(broken.run, events.Step, 3)
    ask(broken.run, commands.Stop())
    assert finish(broken) == 0
    assert broken.run.state() == "stopped"
    stopped_at = events_of(broken.run, events.Finished)[-1].step
    assert 0 < stopped_at < 40
    assert finish(resume_run(home, broken.run)) == 0
    assert events_of(broken.run, events.Opened)[-1].steps_done == stopped_at
    assert weights_hash(broken.run, 40) == weights_hash(whole.run, 40)


def test_killed_and_resumed_ends_with_identical_weights(home: Path) -> None:
    whole = start_tiny(home)
    assert finish(whole) == 0
    killed = start_tiny(home, train__keep_last=9)
    wait_for_event(killed.run, events.Checkpoint, 2)
    killed.process.kill()
    killed.process.wait()
    assert killed.run.state() == "crashed"
    again = resume_run(home, killed.run)
    assert finish(again) == 0
    assert killed.run.state() == "finished"
    assert weights_hash(killed.run, 40) == weights_hash(whole.run, 40)


def test_sigterm_saves_and_ends_well(home: Path) -> None:
    started = start_tiny(home, train__max_steps=100000, train__checkpoint_interval=100000)
    wait_for_event(started.run, events.Step, 2)
    started.process.send_signal(signal.SIGTERM)
    assert finish(started) == 0
    end = events_of(started.run, events.Finished)[-1]
    assert end.reason == "signal"
    assert started.run.state() == "stopped"
    assert [c.step for c in list_checkpoints(started.run.path)] == [end.step]


def test_hangup_is_ignored(home: Path) -> None:
    started = start_tiny(home, train__max_steps=60)
    wait_for_event(started.run, events.Step)
    started.process.send_signal(signal.SIGHUP)
    assert finish(started) == 0
    assert started.run.state() == "finished"


def test_the_worker_leads_its_own_session(home: Path) -> None:
    started = start_tiny(home, train__max_steps=100000, train__checkpoint_interval=100000)
    wait_for_event(started.run, events.Step)
    pid = started.process.pid
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{pid}/fd/1") == str(started.run.log)
    ask(started.run, commands.Abort())
    assert finish(started) == 0
    assert not list_checkpoints(started.run.path)


def test_a_worker_that_dies_in_its_first_moment_blocks_no_start(home: Path) -> None:
    started = start_tiny(home, train__max_steps=5)
    started.process.kill()
    started.process.wait()
    started.run.update(started=time.time() + 3600)
    assert started.run.state() == "crashed"
    assert finish(resume_run(home, started.run)) == 0


def test_pause_holds_and_resume_goes_on(home: Path) -> None:
    started = start_tiny(home, train__max_steps=100000)
    wait_for_event(started.run, events.Step)
    ask(started.run, commands.Pause())
    held_at = wait_for_event(started.run, events.Paused).step
    assert wait_for("the paused state", lambda: started.run.state() == "paused")
    (status,) = ask(started.run, commands.Status())
    assert status["step"] == held_at
    ask(started.run, commands.Resume())
    wait_for("a later step", lambda: events_of(started.run, events.Step)[-1].step > held_at + 20)
    ask(started.run, commands.Pause(), commands.Stop())
    assert finish(started) == 0


def test_live_changes_are_events_and_wrong_ones_are_refused(home: Path) -> None:
    started = start_tiny(home, train__max_steps=100000)
    wait_for_event(started.run, events.Step)
    ask(started.run, commands.Set("train.lr_scale", 0.5), commands.Set("sample.temperature", "1.5"))
    changed = events_of(started.run, events.Setting)
    assert [(c.name, c.old, c.new) for c in changed] == [
        ("train.lr_scale", 1.0, 0.5),
        ("sample.temperature", 0.8, 1.5),
    ]
    with pytest.raises(UsageError, match="cannot be changed"):
        ask(started.run, commands.Set("model.n_layer", 3))
    for name, value in (
        ("train.max_steps", 0),
        ("train.max_steps", "9" * 400),
        ("train.max_steps", 10**400),
        ("train.lr_scale", 1e-320),
        ("sample.top_k", "9" * 400),
        ("sample.prompts", "Zo\u00eb:"),
        ("sample.prompts", json.loads("[" * 50 + "]" * 50)),
    ):
        with pytest.raises(UsageError, match=name):
            ask(started.run, commands.Set(name, value))
    assert started.run.info().max_steps == 100_000
    (longer,) = ask(started.run, commands.Set("train.max_steps", "200,000"))
    assert "The learning rate rises from" in longer["note"]
    assert started.run.info().max_steps == 200_000
    ask(started.run, commands.SaveCheckpoint(), commands.DrawSample())
    assert wait_for_event(started.run, events.Sample, 2).temperature == 1.5
    wait_for(
        "the asked checkpoint",
        lambda: any(c.kind == "asked" for c in events_of(started.run, events.Checkpoint)),
    )
    ask(started.run, commands.Stop())
    assert finish(started) == 0
    assert started.run.config().sample.temperature == 1.5


def test_a_second_trainer_is_refused(home: Path) -> None:
    first = start_tiny(home, train__max_steps=100000)
    wait_for_event(first.run, events.Step)
    with pytest.raises(EnvironmentNotReady, match="is training on this device"):
        start_tiny(home)
    same = start_training(first.run)  # past the first check: the run's own lock
    assert same.wait(timeout=60) == 3
    assert first.process.poll() is None
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir()
    other = start_run(elsewhere, tiny_preset())  # past it: the device's lock
    assert finish(other) == 3
    message = events_of(other.run, events.Failed)[-1].message
    assert "is in use" in message
    assert str(first.run.path) in message
    ask(first.run, commands.Stop())
    assert finish(first) == 0
    assert len(events_of(first.run, events.Opened)) == 1


def test_a_damaged_checkpoint_is_passed_over(home: Path) -> None:
    started = start_tiny(home, train__keep_last=9)
    assert finish(started) == 0
    newest = started.run.checkpoints / "000040" / "weights.safetensors"
    content = bytearray(newest.read_bytes())
    content[-5] ^= 1
    newest.write_bytes(content)
    again = resume_run(home, started.run, settings={"train.max_steps": "50"})
    assert finish(again) == 0
    assert events_of(started.run, events.Opened)[-1].steps_done == 30
    assert any("000040" in told.text for told in events_of(started.run, events.Health))


def test_a_run_whose_data_changed_does_not_go_on_and_is_what_it_was(home: Path) -> None:
    started = start_tiny(home)
    assert finish(started) == 0
    started.run.update(data_sha256="0" * 64)
    again = resume_run(home, started.run, settings={"train.max_steps": "50"})
    assert finish(again) == DataError.exit_code
    refusal = events_of(started.run, events.Failed)[-1]
    assert "not the one this run began with" in refusal.message
    assert refusal.is_refusal
    assert started.run.state() == "finished"
    assert started.run.info().max_steps == 40


def test_a_finished_run_has_nothing_to_resume(home: Path) -> None:
    started = start_tiny(home)
    assert finish(started) == 0
    with pytest.raises(UsageError, match="is complete at step 40"):
        resume_run(home, started.run)
    with pytest.raises(UsageError, match="cannot be changed when a run goes on"):
        resume_run(home, started.run, settings={"train.batch_size": "2"})


def test_early_stopping(home: Path) -> None:
    started = start_tiny(
        home,
        train__max_steps=100000,
        train__patience=1,
        train__lr=0,
        train__min_lr=0,
        train__eval_interval=2,
    )
    assert finish(started) == 0
    assert events_of(started.run, events.Finished)[-1].reason == "early_stop"
    assert started.run.state() == "finished"


def test_start_checks_leave_nothing_behind(home: Path) -> None:
    with pytest.raises(DataError, match="block_size"):
        start_tiny(home, model__block_size=50000)
    with pytest.raises(TtgptError):
        start_run(home, tiny_preset(), data=str(home / "missing.txt"))
    with pytest.raises(UsageError):
        start_run(home, tiny_preset(), backend="abacus")
    with pytest.raises(UsageError):
        start_run(home, tiny_preset(), name="a/b")
    assert not (home / "runs").exists()


def test_a_checkpoint_names_only_losses_that_were_measured_on_it(home: Path) -> None:
    started = start_tiny(home, train__keep_last=9)
    assert finish(started) == 0
    found = {c.step: c.val_loss for c in list_checkpoints(started.run.path)}
    measured = {e.step: e.val_loss for e in events_of(started.run, events.Evaluated)}
    assert found[20] == measured[20]
    assert found[40] == measured[40]
    assert math.isnan(found[10])
    assert math.isnan(found[30])


def test_one_that_died_before_its_last_word_can_still_say_it(home: Path) -> None:
    started = start_tiny(home)
    assert finish(started) == 0
    before = weights_hash(started.run, 40)
    started.run.update(state="running")
    assert started.run.state() == "crashed"
    assert finish(resume_run(home, started.run)) == 0
    assert started.run.state() == "finished"
    assert weights_hash(started.run, 40) == before


def test_another_rounding_than_before_is_told(home: Path) -> None:
    started = start_tiny(home)
    assert finish(started) == 0
    numerics = started.run.info().numerics
    started.run.update(numerics={**numerics, "torch": "2.4.0"})
    assert finish(resume_run(home, started.run, settings={"train.max_steps": "45"})) == 0
    (told,) = [h for h in events_of(started.run, events.Health) if h.kind == "rounding"]
    assert "torch" in told.text
    assert "2.4.0" in told.evidence


def test_a_run_of_before_goes_on_and_says_only_what_is_other(home: Path) -> None:
    """It may have been compiled in mid-run, and multiplied by an operator that is no more."""
    started = start_tiny(home)
    assert finish(started) == 0
    config = json.loads((started.run.path / "config.json").read_text())
    config["train"] |= {"compile": "auto", "deterministic": False}
    (started.run.path / "config.json").write_text(json.dumps(config))
    numerics = started.run.info().numerics
    for steps, before in (("45", {"onednn": False}), ("50", {"onednn": True, "compiled_from": 7})):
        started.run.update(numerics={**numerics, **before})
        assert finish(resume_run(home, started.run, settings={"train.max_steps": steps})) == 0
    (told,) = [h for h in events_of(started.run, events.Health) if h.kind == "rounding"]
    assert (told.step, "compiled_from and onednn" in told.text) == (45, True)


@pytest.mark.parametrize("moved", [False, True])
def test_a_worker_without_its_folder_ends_and_makes_no_other(home: Path, moved: bool) -> None:
    started = start_tiny(home, train__max_steps=1_000_000)
    wait_for_event(started.run, events.Checkpoint)
    if moved:
        started.run.path.rename(home / "moved")
    else:
        shutil.rmtree(started.run.path)
    assert finish(started) == DataError.exit_code
    assert not started.run.path.exists()
    if moved:
        failed = events_of(RunFolder(home / "moved"), events.Failed)[-1]
        assert "is gone" in failed.message


@pytest.mark.skipif(sys.platform != "linux", reason="sets another process's limits")
def test_a_full_disk_holds_training_until_there_is_space(home: Path) -> None:
    """No event fits any more; the worker neither ends nor trains on unseen."""
    started = start_tiny(home, train__max_steps=1_000_000, train__checkpoint_interval=1_000_000)
    wait_for_event(started.run, events.Step, 3)
    pid = started.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (10, limits[1]))
    wait_for("the wait", lambda: ask(started.run, commands.Status())[0]["waiting_for_disk"])
    (first,) = ask(started.run, commands.Status())
    (second,) = ask(started.run, commands.Status())
    assert first["step"] == second["step"]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    wait_for("the news", lambda: "disk_full" in _health_kinds(started.run))
    ask(started.run, commands.Stop())
    assert finish(started) == 0
    steps = [s.step for s in events_of(started.run, events.Step)]
    assert steps == [1, *range(5, steps[-1] + 1, 5)]


@pytest.mark.skipif(sys.platform != "linux", reason="sets another process's limits")
def test_a_signal_does_not_wait_for_a_full_disk(home: Path) -> None:
    started = start_tiny(home, train__max_steps=1_000_000)
    wait_for_event(started.run, events.Checkpoint, 2)
    _, hard = resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (10, hard))
    wait_for("the wait", lambda: ask(started.run, commands.Status())[0]["waiting_for_disk"])
    started.process.terminate()
    assert finish(started) == DataError.exit_code
    assert list_checkpoints(started.run.path)[-1].state == "whole"
    assert finish(resume_run(home, started.run, settings={"train.max_steps": "1"})) == 0


def test_a_signal_in_the_first_moment_ends_a_run_in_good_order(home: Path) -> None:
    started = start_tiny(home)
    wait_for("the lock", started.run.owner)
    started.process.terminate()
    assert finish(started) == 0
    assert events_of(started.run, events.Finished)[-1].reason == "signal"
    assert started.run.state() == "stopped"
    assert finish(resume_run(home, started.run)) == 0
    assert started.run.state() == "finished"


def test_a_home_whose_name_is_no_text(home: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("macOS has no such names")
    odd = Path(os.fsdecode(os.fsencode(home) + b"/\xff\xfe"))
    odd.mkdir()
    started = start_tiny(odd)
    assert finish(started) == 0
    assert started.run.info().socket == str(started.run.socket_path())


def _health_kinds(run: RunFolder) -> list[str]:
    return [event.kind for event in events_of(run, events.Health)]
