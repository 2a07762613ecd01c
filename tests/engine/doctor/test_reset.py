"""The reset: refused for good reasons, and believed only when the cards are back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import HostBuilder, healthy, no_card
from support import wait_for

from ttgpt.engine.doctor.reset import (
    LOCK,
    LOG,
    NOTE,
    apart,
    plan_reset,
    refuse_while_resetting,
    reset,
    unfinished,
)
from ttgpt.engine.errors import TtgptError
from ttgpt.engine.host.locks import Lock
from ttgpt.engine.host.processes import start_time

NODE = "/sys/class/tenstorrent/tenstorrent!0"


@pytest.fixture
def host(tmp_path: Path) -> HostBuilder:
    return healthy(tmp_path)


def held(host: HostBuilder) -> None:
    host.process(4242, "python3 train.py")
    host.put("/proc/driver/tenstorrent/0/pids", "4242\n")


def frozen_before(host: HostBuilder) -> None:
    (host.home / NOTE).write_text('{"boot": "another", "time": 1}')


@pytest.mark.parametrize(
    ("spoil", "what", "step", "code"),
    [
        (held, "held by pid 4242 of user: python3 train.py", "kill -TERM 4242", 3),
        (frozen_before, "No reset is offered on this host.", "Power it off and on", 7),
        (
            lambda host: host.put(f"{NODE}/tt_card_type", "tt-galaxy-wh\n"),
            "A Galaxy is not reset from here.",
            "Ask whoever runs the machine.",
            7,
        ),
        (
            lambda host: host.changes.update(machine="aarch64"),
            "A reset does not work from here.",
            "Start the host itself again.",
            7,
        ),
        (
            lambda host: host.put("/proc/cpuinfo", "flags\t: fpu hypervisor\n"),
            "A reset does not work from here.",
            "Start the host itself again.",
            7,
        ),
        (
            lambda host: host.process(5150, "python3 /usr/bin/tt-smi -r"),
            "A reset is under way (pid 5150",
            "Wait for its end.",
            3,
        ),
        (
            lambda host: host.process(5150, f"python3 -I /x/resetting.py {'/home/long' * 40}"),
            "A reset is under way (pid 5150",
            "Wait for its end.",
            3,
        ),
        (
            lambda host: host.process(5150, "/usr/bin/tt-smi -s"),
            "tt-smi is running (pid 5150",
            "kill -TERM 5150",
            3,
        ),
        (lambda host: host.remove("/usr/bin/tt-smi"), "tt-smi is not found.", "Install it", 3),
        (lambda host: host.remove("/sys/class/tenstorrent"), "no card to reset", "card checks", 3),
    ],
)
def test_is_refused(
    host: HostBuilder,
    spoil: Callable[[HostBuilder], None],
    what: str,
    step: str,
    code: int,
) -> None:
    host.script("tt-smi", f"touch {host.root}/ran")
    spoil(host)
    plan = plan_reset(host.host())
    assert plan.refused is not None
    assert what in plan.refused.what
    assert step in plan.refused.next_step
    assert plan.refused.exit_code == code
    assert plan.command == []
    with pytest.raises(TtgptError):
        reset(plan)
    assert not (host.root / "ran").exists()


def test_a_card_that_is_taken_after_the_plan_is_not_reset(host: HostBuilder) -> None:
    host.script("tt-smi", f"touch {host.root}/ran")
    plan = plan_reset(host.host())
    held(host)
    with pytest.raises(TtgptError, match="held by pid 4242"):
        reset(plan)
    assert not (host.root / "ran").exists()


def test_says_what_it_will_run(host: HostBuilder) -> None:
    assert plan_reset(host.host()).command == [f"{host.root}/usr/bin/tt-smi", "-r"]


def test_believes_the_cards_and_not_a_failing_tool(host: HostBuilder) -> None:
    host.script("tt-smi", "echo no; exit 1")
    said: list[str] = []
    found = reset(plan_reset(host.host()), said.append)
    assert (found.status, found.what) == ("pass", "1 card is back")
    assert said[0].endswith("tt-smi -r, 0 s")
    assert "ended with status 1" in found.evidence
    assert not (host.home / NOTE).exists()


def test_believes_the_cards_and_not_a_content_tool(
    host: HostBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.engine.doctor.reset.RETURN_SECONDS", 0.3)
    host.script("tt-smi", f"/bin/rm -r '{host.root}{NODE}'; echo all is well")
    said: list[str] = []
    found = reset(plan_reset(host.host()), said.append)
    assert found.blocks
    assert found.what == "1 of 1 cards did not come back after the reset"
    assert found.command == "sudo reboot"
    assert "all is well" in found.evidence
    assert any(words.startswith("0 of 1 cards are back") for words in said)


def test_a_card_whose_heart_stands_still_is_not_back(
    host: HostBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.engine.doctor.reset.RETURN_SECONDS", 0.5)
    host.script("tt-smi", f"/bin/touch '{host.root}{NODE}/stuck'")
    found = reset(plan_reset(host.host()))
    assert found.what == "a card stays hung after the reset"


def test_a_wait_that_was_given_up_says_nothing_of_the_cards(host: HostBuilder) -> None:
    host.script("tt-smi", f"/bin/rm -r '{host.root}{NODE}'; echo all is well")
    said: list[str] = []
    found = reset(plan_reset(host.host()), said.append, lambda: True)
    assert (found.status, found.command) == ("warn", "")
    assert found.what == "the cards were not waited for after the reset"
    assert "all is well" in found.evidence
    assert not (host.home / NOTE).exists()


def test_the_cards_are_not_to_be_used_until_they_are_back(host: HostBuilder) -> None:
    host.script("tt-smi", f"/bin/rm -r '{host.root}{NODE}'")
    refused: list[str] = []

    def look() -> bool:
        """Is asked when the command has ended and the cards are waited for."""
        with pytest.raises(TtgptError) as caught:
            refuse_while_resetting(host.host())
        refused.append(caught.value.what)
        return True

    reset(plan_reset(host.host()), cancel=look)
    assert refused[0] == f"A reset of the cards is under way (pid {os.getpid()})."
    refuse_while_resetting(host.host())


def test_a_second_reset_is_refused_while_the_cards_are_waited_for(host: HostBuilder) -> None:
    host.script("tt-smi", f"touch {host.root}/ran")
    lock = Lock(host.home / LOCK)
    lock.acquire("resetting the cards")
    with pytest.raises(TtgptError, match="A reset of the cards is under way"):
        reset(plan_reset(host.host()))
    assert not (host.root / "ran").exists()
    lock.release()


def test_a_tool_that_hangs_is_ended(host: HostBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttgpt.engine.doctor.reset.RUN_SECONDS", 0.3)
    host.script("tt-smi", "exec /bin/sleep 1000")
    found = reset(plan_reset(host.host()))
    assert found.status == "pass"
    assert "no answer within" in found.evidence


def test_it_goes_on_when_nobody_reads_any_more(host: HostBuilder) -> None:
    go, note = host.root / "go", host.home / NOTE
    os.mkfifo(go)
    host.script("tt-smi", f"echo begun; read -r line < {go}; echo done; echo $line")
    note.write_text('{"boot": "11111111", "time": 1}')
    command = apart(host.host(), plan_reset(host.host()).command)
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None
        child.stdout.close()
        go.write_text("all is well\n")  # waits for the reader
        assert child.wait() == 0
    assert (host.home / LOG).read_text() == "begun\ndone\nall is well\n"
    assert not note.exists()


def test_how_long_it_takes_is_told_while_it_runs(host: HostBuilder) -> None:
    go = host.root / "go"
    host.script("tt-smi", f"until [ -e {go} ]; do /bin/sleep 0.02; done")
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        if len(said) == 2:
            go.touch()

    reset(plan_reset(host.host()), say)
    assert "tt-smi -r, " in said[1]
    assert said[1] != said[0]


def test_what_it_left_behind_ends_with_it(host: HostBuilder) -> None:
    left = host.root / "left"
    host.script("tt-smi", f"/bin/sleep 1000 & echo $! > {left}")
    command = apart(host.host(), plan_reset(host.host()).command)
    assert subprocess.run(command, check=False).returncode == 0
    pid = int(left.read_text())
    wait_for("the end of what it left", lambda: start_time(pid) is None)


def test_what_cannot_be_run_is_told(host: HostBuilder) -> None:
    command = apart(host.host(), [str(host.root / "no-such-tool")])
    assert subprocess.run(command, check=False).returncode == 127
    assert "No such file" in (host.home / LOG).read_text()


def test_while_it_runs_a_note_says_so(host: HostBuilder) -> None:
    host.script("tt-smi", f"/bin/cp {host.home / NOTE} {host.root}/copy")
    reset(plan_reset(host.host()))
    note = json.loads((host.root / "copy").read_text())
    assert note["boot"] == "11111111"
    (host.home / NOTE).write_text(json.dumps(note))
    assert unfinished(host.host()) is None
    host.put("/proc/sys/kernel/random/boot_id", "33333333-0000\n")
    assert unfinished(host.host()) is not None


def test_without_a_card_there_is_nothing_to_reset(tmp_path: Path) -> None:
    refused = plan_reset(no_card(tmp_path).host()).refused
    assert refused is not None
    assert refused.next_step == "Run the card checks first."
