"""A child that answers, whatever else it prints, and ends when its parent does."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import wait_for

from ttgpt.engine.host import children, processes

ANSWER = """print('{"result": {"n": 1}}')\n"""


def child(folder: Path, code: str) -> str:
    (folder / "a_child.py").write_text("import sys\n" + code)
    return "a_child"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("is_before", [True, False])
def test_much_noise_does_not_keep_the_answer_back(
    tmp_path: Path, stream: str, is_before: bool
) -> None:
    noise = f"print('noise' * 40_000, file=sys.{stream}, flush=True)\n"
    module = child(tmp_path, noise + ANSWER if is_before else ANSWER + noise)
    assert children.ask(module, {}, folder=tmp_path) == {"n": 1}


def test_the_last_complaint_says_why_there_is_no_answer(tmp_path: Path) -> None:
    module = child(tmp_path, "print('noise' * 40_000, file=sys.stderr)\nsys.exit('out of paper')\n")
    with pytest.raises(children.NoAnswer) as caught:
        children.ask(module, {}, folder=tmp_path)
    assert caught.value.why == "out of paper"


ASK = """
import sys, threading
from pathlib import Path
from ttgpt.engine.host import children
patience = float(sys.argv[2])
ask = lambda: children.ask("a_child", {}, folder=Path(sys.argv[1]), patience=patience)
thread = threading.Thread(target=ask)
thread.start()
thread.join()
"""
PROBE = """
import os, sys
from pathlib import Path
from ttgpt.engine.doctor import probe
folder = Path(sys.argv[1])
probe.run([sys.executable, str(folder / "a_child.py")], dict(os.environ), folder, limit=600)
"""
WORK = """
import os, signal, subprocess, ctypes, time
from pathlib import Path
from ttgpt.engine.host import children
def work(question):
    compiler = subprocess.Popen(["sleep", "600"])
    Path("begun").write_text(f"{os.getpid()} {compiler.pid}")
    Path("begun").rename("pids")
    try:
        HANG
    finally:
        Path("closed").touch()
"""
HANGS = {
    "waiting": "time.sleep(600)",
    "in C, with Python's lock": "ctypes.PyDLL(None).sleep(600)",
}
Working = tuple[subprocess.Popen[bytes], list[int]]
ENDS = [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]


def working(folder: Path, parent: str, work: str, patience: float = 0.0) -> Working:
    """Start a parent, and wait until its child works."""
    child(folder, work)
    command = [sys.executable, "-c", parent, folder, str(patience)]
    process = subprocess.Popen(command, cwd=folder)
    wait_for("the child", (folder / "pids").exists)
    return process, [int(pid) for pid in (folder / "pids").read_text().split()]


def check_end(started: Working, end: signal.Signals) -> None:
    """End the parent alone, and wait until all that came from it is gone."""
    parent, pids = started
    assert None not in map(processes.start_time, pids)
    parent.send_signal(end)
    assert parent.wait() == -end
    wait_for("the child's end", lambda: not any(map(processes.start_time, pids)))


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
@pytest.mark.parametrize("end", ENDS)
def test_no_child_outlives_its_parent(tmp_path: Path, end: signal.Signals, hang: str) -> None:
    work = WORK.replace("HANG", hang) + "children.answer(work)\n"
    check_end(working(tmp_path, ASK, work), end)


def test_no_probe_outlives_its_parent(tmp_path: Path) -> None:
    work = WORK.replace("HANG", HANGS["in C, with Python's lock"]) + "work({})\n"
    check_end(working(tmp_path, PROBE, work), signal.SIGKILL)


def test_a_child_with_a_device_closes_it_when_its_parent_is_gone(tmp_path: Path) -> None:
    work = WORK.replace("HANG", HANGS["waiting"])
    work = work.replace('closed").touch()', 'closed").touch(); compiler.kill()')
    check_end(working(tmp_path, ASK, work + "children.answer(work)\n", 600.0), signal.SIGKILL)
    assert (tmp_path / "closed").exists()


def test_one_that_does_not_close_it_is_killed(tmp_path: Path) -> None:
    work = WORK.replace("HANG", "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
    check_end(working(tmp_path, ASK, work + "children.answer(work)\n", 0.1), signal.SIGKILL)
    assert not (tmp_path / "closed").exists()
