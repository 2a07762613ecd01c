"""A start that cannot be: its error is the doctor's first finding."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts import HostBuilder, healthy, no_card
from support import tiny_preset

from ttgpt.engine.doctor import Host
from ttgpt.engine.doctor.readiness import explained, who_holds_it, why_no_card
from ttgpt.engine.errors import EnvironmentNotReady, TtgptError
from ttgpt.engine.runs.starting import start_run
from ttgpt.engine.runs.trying import Trying

At = Callable[[HostBuilder], HostBuilder]
SAID = EnvironmentNotReady("It did not work.")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    def put(built: HostBuilder) -> HostBuilder:
        def here(home: Path, worker: Any = None, backend: str = "auto") -> Host:
            return dataclasses.replace(built.host(), worker=worker, backend=backend)

        monkeypatch.setattr(Host, "here", here)
        return built

    return put


def test_without_a_card_nothing_else_is_asked(at: At, tmp_path: Path, home: Path) -> None:
    built = at(no_card(tmp_path))
    built.changes["python"] = "/must/not/be/started"
    error = explained(home, "ttml", SAID)
    assert error.exit_code == 3
    assert error.what == "No Tenstorrent card on the PCI bus."
    assert error.next_step.endswith("lspci -d 1e52:")


def test_a_missing_ttml_is_told_with_the_way_to_build_it(
    at: At, tmp_path: Path, home: Path
) -> None:
    built = at(healthy(tmp_path))
    built.remove(built.tree / "tt-train")
    error = explained(home, "ttml", SAID)
    assert error.what == "ttml is not installed for the worker's Python."
    assert error.next_step.endswith("./build_metal.sh --build-tt-train")


def test_of_several_obstacles_the_lowest_is_told(at: At, tmp_path: Path, home: Path) -> None:
    built = at(healthy(tmp_path))
    built.put("/dev/tenstorrent/0", mode=0o600)
    built.remove(built.tree / "tt-train")
    found = why_no_card(built.host())
    assert found is not None
    assert found.id == "card.permission"


def test_a_healthy_host_leaves_the_backends_own_words(at: At, tmp_path: Path, home: Path) -> None:
    at(healthy(tmp_path))
    assert explained(home, "ttml", SAID) is SAID
    assert explained(home, "torch", SAID) is SAID


def test_torch_needs_no_card(at: At, tmp_path: Path, home: Path) -> None:
    built = at(no_card(tmp_path))
    assert explained(home, "torch", SAID) is SAID
    built.changes["python"] = "/nonexistent/python"
    error = explained(home, "torch", SAID)
    assert error.what == "The worker's interpreter cannot be started."


def test_a_held_card_is_told_before_a_start(tmp_path: Path) -> None:
    built = healthy(tmp_path)
    built.process(4242, "python3 train.py")
    built.put("/proc/driver/tenstorrent/0/pids", "4242\n")
    assert why_no_card(built.host()) is None
    holder = who_holds_it(built.host())
    assert holder is not None
    assert holder.what == "card 0 is held by pid 4242 (python3 of user)"


def test_a_start_says_what_the_doctor_says(at: At, tmp_path: Path, home: Path) -> None:
    at(no_card(tmp_path))
    with pytest.raises(EnvironmentNotReady, match="No Tenstorrent card") as raised:
        start_run(home, tiny_preset(), backend="ttml")
    assert raised.value.exit_code == 3
    assert not (home / "runs").exists()


@pytest.mark.parametrize("start", ["a run", "a try"])
def test_an_interpreter_that_is_not_there(home: Path, start: str) -> None:
    (home / "settings.yaml").write_text("worker: {python: /nonexistent/python}\n")
    preset = tiny_preset()
    begin = Trying(home, preset.config).run if start == "a try" else lambda: start_run(home, preset)
    with pytest.raises(TtgptError) as raised:
        begin()
    assert raised.value.exit_code == 3
    assert raised.value.what == "The worker's interpreter cannot be started."
    assert raised.value.why == "/nonexistent/python: No such file or directory."


def test_an_interpreter_that_prints_something_else(home: Path, tmp_path: Path) -> None:
    built = no_card(tmp_path)
    script = built.script("python", "echo hello; echo '[1]'; echo '{\"say\": 1'")
    (home / "settings.yaml").write_text(f"worker: {{python: {script}}}\n")
    with pytest.raises(EnvironmentNotReady, match="ended with status 0"):
        start_run(home, tiny_preset())
