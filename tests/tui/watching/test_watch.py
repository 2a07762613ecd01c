import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_for
from written_run import WrittenRun, checkpoint, opened, step

from ttgpt.engine import events
from ttgpt.engine.errors import DataError
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.last_words import last_words
from ttgpt.tui.watching import watch as watching
from ttgpt.tui.watching.watch import RunWatch


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_CHECK_EVERY", 0.0)


def test_it_follows_what_is_written(home: Path) -> None:
    run = WrittenRun(home)
    watch = RunWatch(run.folder)
    assert not watch.poll()
    run.write(opened(), step(10))
    assert watch.poll()
    assert watch.state.step == 10
    assert not watch.poll()
    run.close()


def test_a_long_run_is_read_in_blocks_and_wholly(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_BLOCK", 2000)
    run = WrittenRun(home)
    run.train(1000)
    watch = RunWatch(run.folder)
    assert watch.poll()
    assert not watch.has_caught_up
    assert watch.read_all().step == 1000
    assert watch.has_caught_up
    run.close()


@pytest.mark.parametrize("is_first", [True, False])
def test_a_disk_that_refuses_for_a_while_is_told_and_nothing_is_lost(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10))
    watch = RunWatch(run.folder)
    if not is_first:
        assert watch.poll()
    run.write(step(20))
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _stale)
        with pytest.raises(OSError, match="Stale"):
            watch.poll()
        assert watch.take(watch.read())
        assert not watch.take(watch.read())  # it is told once
        assert [notice.level for notice in watch.state.notices] == ["error"]
        assert "Stale file handle" in watch.state.notices[0].text
    assert watch.take(watch.read())
    assert (watch.state.step, len(watch.state.raw)) == (20, 2)
    assert watch.state.notices[-1].text == "The run can be read again."
    run.close()


def _stale(*_: object, **__: object) -> None:
    raise OSError(errno.ESTALE, "Stale file handle")


def test_a_worker_gone_without_a_word_has_crashed(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10))
    run.folder.log.write_bytes(b"one\n\n" + b"x\n" * 50 + b"Bus error\x1b[2J\xff\n")
    watch = RunWatch(run.folder)
    watch.poll()
    run.vanish()
    assert watch.poll()
    assert watch.state.phase == "crashed"
    assert watch.state.crash.startswith("The worker is gone. Its last words:")
    assert watch.state.crash.endswith("Bus error␛[2J�")
    assert not watch.poll()
    run.close()


def test_a_worker_killed_from_outside_is_told_by_its_signal(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened())
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    watch = RunWatch(run.folder, process)
    watch.poll()
    run.vanish()
    assert not watch.poll()  # its lock is not there yet, but it lives
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert watch.poll()
    assert watch.state.crash == (
        "The worker ended by signal 9 without a word: killed, or out of memory."
    )
    run.close()


def test_what_was_written_just_before_the_end_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = WrittenRun(home)
    run.write(opened())
    watch = RunWatch(run.folder)
    watch.poll()

    def finish_and_go() -> str:
        run.write(events.Finished(10, "max_steps"))
        return "gone"

    monkeypatch.setattr(watch, "_why_gone", finish_and_go)
    assert watch.poll()
    assert watch.state.phase == "finished"
    run.close()


def test_a_crashed_run_that_goes_on_is_live_again(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10), checkpoint(10), step(20))
    watch = RunWatch(run.folder)
    watch.poll()
    run.vanish()
    watch.poll()
    assert watch.state.phase == "crashed"
    run.write(events.Compiling("opening the device"))
    watch.poll()
    assert watch.state.phase == "starting"
    run.close()


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        RunWatch(RunFolder(tmp_path))


def test_no_log_has_no_last_words(tmp_path: Path) -> None:
    assert last_words(tmp_path / "worker.log") == ""


def test_a_process_that_ends_says_how(home: Path) -> None:
    run = WrittenRun(home, live=False)
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    watch = RunWatch(run.folder, process)
    wait_for("the end", watch.poll)
    assert watch.state.crash == "The worker ended with exit code 3 without a word."
    run.close()
