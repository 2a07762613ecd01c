"""`ttgpt-tui doctor`: its exit codes, its JSON, its text, and what it does when it cannot ask."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosts import HostBuilder, healthy, no_card

from ttgpt.engine.doctor import CHECKS, FAMILIES, Host

Call = Callable[..., Any]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[HostBuilder], HostBuilder]:
    """Let the command look at a built host instead of this machine."""

    def put(built: HostBuilder) -> HostBuilder:
        def here(home: Path, worker: Any, backend: Any) -> Host:
            return dataclasses.replace(built.host(), home=home, worker=worker, backend=backend)

        monkeypatch.setattr(Host, "here", here)
        return built

    return put


def test_a_healthy_host_is_exit_0(call: Call, at: Callable[..., Any], tmp_path: Path) -> None:
    at(healthy(tmp_path, "n300"))
    result = call("doctor")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "This host can train on its card. CPU training is ready."
    assert [line.split()[0] for line in lines if line[:1].isalpha()][1:] == list(FAMILIES)
    assert "ok    1 Wormhole on the bus (0000:01:00.0)" in result.out


def test_no_card_is_exit_3_and_every_check_is_listed(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    at(no_card(tmp_path))
    result = call("doctor", "--json")
    assert (result.code, result.err) == (3, "")
    document = result.document
    assert document["ready"] == {"card": False, "cpu": True}
    assert document["exit_code"] == 3
    assert [c["id"] for c in document["checks"]] == [i for i in CHECKS if not CHECKS[i].deep]
    assert all(check["evidence"] for check in document["checks"])
    blocking = [c for c in document["checks"] if c["status"] == "fail"]
    assert [check["id"] for check in blocking] == ["card.bus"]


def test_no_card_is_exit_0_where_torch_is_chosen(
    call: Call, at: Callable[..., Any], tmp_path: Path, home: Path
) -> None:
    at(no_card(tmp_path))
    (home / "settings.yaml").write_text("backend: torch\n")
    result = call("doctor", "--json")
    assert result.code == 0
    assert result.document["backend"] == "torch"
    assert len(result.document["checks"]) == len([c for c in CHECKS.values() if not c.deep])


def test_cards_are_listed_with_what_they_show(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    built = at(healthy(tmp_path, "p150"))
    built.process(4242, "python3 train.py")
    built.put("/proc/driver/tenstorrent/0/pids", "4242\n")
    document = call("doctor", "--json").document
    (card,) = document["cards"]
    assert (card["board"], card["arch"], card["temperature_c"]) == ("p150a", "blackhole", 45.5)
    assert card["holders"] == [{"pid": 4242, "user": "user", "command": "python3 train.py"}]
    assert document["worker"]["environment"]["TT_METAL_ARCH_NAME"] == "blackhole"


def test_text_fits_80_columns(call: Call, at: Callable[..., Any], tmp_path: Path) -> None:
    built = at(healthy(tmp_path))
    built.put("/dev/tenstorrent/0", mode=0o600)
    built.environ["TT_METAL_HOME"] = "/nonexistent/" + "long/" * 40
    result = call("doctor")
    assert result.code == 3
    assert max(map(len, result.out.splitlines())) <= 80
    assert "\nBLOCK  no permission on /dev/tenstorrent/0\nwhy    ttnn would only" in result.out


def test_a_report_is_written_without_the_home_folder_and_secrets(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    built = at(healthy(tmp_path))
    built.environ["TT_API_TOKEN"] = "a1b2c3d4e5f6"
    built.environ["TT_METAL_RUNTIME_ROOT"] = "/opt/a1b2c3d4e5f6/x"
    file = tmp_path / "report.txt"
    result = call("doctor", "--report", str(file))
    assert "Read it before you send it." in result.err
    text = file.read_text()
    assert str(built.user_home) not in text
    assert "a1b2c3d4e5f6" not in text
    assert "TT_API_TOKEN=(hidden)" in text
    assert "~/tt-metal" in text
    assert all(check in text for check in CHECKS if not CHECKS[check].deep)


def test_a_report_that_cannot_be_written(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    at(no_card(tmp_path))
    result = call("doctor", "--report", "/proc/none/report.txt")
    assert result.code == 4
    assert result.err.startswith("what   Cannot write the report")


def test_the_deep_check_is_asked_for(call: Call, at: Callable[..., Any], tmp_path: Path) -> None:
    at(healthy(tmp_path))
    result = call("doctor", "--deep")
    assert result.code == 2
    assert "Give --yes as well." in result.err
    deep = call("doctor", "--deep", "--yes", "--json").document["checks"]
    assert {check["id"] for check in deep} == set(CHECKS)


def test_a_deep_check_that_opened_nothing_says_so(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    at(no_card(tmp_path))
    shown = call("doctor", "--deep", "--train", "--yes").out
    assert "skip  opening the device (needs a card and ttnn)\n" in shown
    assert "skip  training (first: no Tenstorrent card on the PCI bus)\n" in shown


def test_nobody_is_asked_whether_a_card_that_is_not_there_may_be_opened(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    at(no_card(tmp_path))
    assert "no Tenstorrent card on the PCI bus" in call("doctor", "--deep").out


def test_who_keeps_the_card_closed_gets_all_the_other_checks(
    call: Call, at: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(healthy(tmp_path))
    monkeypatch.setattr("ttgpt.tui.cli.doctor.has_screen", lambda: True)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    result = call("doctor", "--deep", "--train")
    assert result.code == 0
    assert "This host can train on its card." in result.out
    assert "training" not in result.out.partition("\n")[2].replace("training outlives", "")


def test_a_home_that_cannot_be_written_is_a_finding(
    call: Call, at: Callable[..., Any], tmp_path: Path
) -> None:
    at(no_card(tmp_path))
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = call("doctor", "--json", "--home", str(blocked / "home"))
    assert result.code == 3
    found = {check["id"]: check for check in result.document["checks"]}
    assert found["data.home"]["status"] == "fail"
    assert "TTGPT_HOME" in found["data.home"]["next_step"]


@pytest.mark.parametrize(
    ("text", "code"), [("worker: {pyton: x}\n", 2), ("backend: cuda\n", 2), ("a: [\n", 4)]
)
def test_settings_that_are_wrong_are_told(call: Call, home: Path, text: str, code: int) -> None:
    (home / "settings.yaml").write_text(text)
    result = call("doctor")
    assert result.code == code
    assert result.err.count("\n") >= 2
    assert "settings.yaml" in result.err


def test_on_this_very_machine(home: Path) -> None:
    """The true program: it answers, whatever this machine is."""
    command = [sys.executable, "-c", "from ttgpt.tui.cli import main; main()", "doctor", "--json"]
    done = subprocess.run(command, cwd=home, capture_output=True, check=False)
    document = json.loads(done.stdout)
    assert done.stderr == b""
    assert done.returncode == document["exit_code"]
    assert not [c for c in document["checks"] if "this check failed" in c["what"]]
    assert document["ready"]["cpu"] is True
    assert list(home.iterdir()) == []
