from __future__ import annotations

import math
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_run import WrittenRun, evaluated, opened, step

from ttgpt.engine import events
from ttgpt.tui.runs import glance as module
from ttgpt.tui.runs.glance import glance, size_on_disk
from ttgpt.tui.runs.spread import Spread, find_lines, last_lines, spread_lines


def listening(run: WrittenRun) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.bind(str(run.folder.socket_path()))
    line.listen()
    return line


def test_a_live_run_is_training_while_somebody_listens(home: Path) -> None:
    run = WrittenRun(home)
    run.write(opened(), step(10), evaluated(10), step(20))
    with listening(run):
        seen = glance(run.folder)
        assert (seen.state, seen.step, seen.max_steps) == ("running", 20, 3000)
        assert seen.val_loss == pytest.approx(evaluated(10).val_loss)
        assert seen.is_live
    run.folder.socket_path().unlink()
    assert glance(run.folder).state == "unreachable"
    run.close()
    assert glance(run.folder).state == "crashed"


def test_a_run_of_another_host_is_not_called_crashed(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.folder.update(state="running", host="elsewhere")
    seen = glance(run.folder)
    assert seen.state == "unreachable"
    assert seen.is_live
    run.close()


def test_a_restart_takes_back_what_came_after_its_checkpoint(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), step(10, 4.0), step(20, 3.0), step(30, 9.0))
    run.write(opened(steps_done=20, max_steps=50), step(30, 2.0))
    run.write(events.Setting("train.max_steps", 50, 80))
    seen = glance(run.folder)
    assert seen.curve == (4.0, 3.0, 2.0)
    assert seen.max_steps == 80
    run.close()


def test_the_length_is_what_the_worker_last_told(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(max_steps=1500))
    run.folder.update(max_steps=100_000)
    assert glance(run.folder).max_steps == 100_000
    run.close()


@pytest.mark.parametrize("is_long", [False, True])
def test_an_abandoned_branch_has_no_say(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), step(250), evaluated(250), step(500), evaluated(500))
    run.write(opened(steps_done=300), *(step(number) for number in range(310, 490, 5)))
    if is_long:
        monkeypatch.setattr(module, "GLANCE", Spread(head=1024, tail=512, probes=1, probe=256))
    assert glance(run.folder).val_loss == evaluated(250).val_loss
    run.close()


def test_of_a_long_run_little_is_read_and_the_last_evaluation_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), evaluated(1), step(10))
    run.write(evaluated(500))
    run.write(*(step(number) for number in range(510, 4000, 10)))
    small = Spread(head=1024, tail=1024, probes=5, probe=512)
    monkeypatch.setattr(module, "GLANCE", small)
    assert run.folder.events.stat().st_size > 5 * small.total
    seen = glance(run.folder)
    assert seen.step == 3990
    assert seen.val_loss == pytest.approx(evaluated(500).val_loss)
    assert 5 < len(seen.curve) < 100
    assert list(seen.curve) == sorted(seen.curve, reverse=True)
    run.close()


def test_damaged_lines_and_files_are_passed_over(home: Path) -> None:
    run = WrittenRun(home, live=False)
    run.write(opened(), step(10, math.nan))
    with run.folder.events.open("ab") as file:
        file.write(b'\xff\xfe{"type":"step"\n{"torn')
    assert glance(run.folder).step == 10
    (run.folder.path / "run.json").write_text("{")
    seen = glance(run.folder)
    assert (seen.state, seen.name) == ("damaged", "stage2")
    run.close()


def test_a_folder_weighs_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert 8 <= size_on_disk(tmp_path) < 300
    assert size_on_disk(tmp_path / "nowhere") == 0


LINES = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"-")), max_size=60)


@given(LINES, st.booleans(), st.integers(1, 60), st.integers(1, 60), st.integers(0, 5))
def test_a_spread_gives_whole_lines_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    torn: bool,
    head: int,
    tail: int,
    probes: int,
) -> None:
    path = tmp_path_factory.mktemp("spread") / "lines"
    numbered = [b"%d:%s" % (number, line) for number, line in enumerate(lines)]
    path.write_bytes(b"".join(line + b"\n" for line in numbered) + (b"torn" if torn else b""))
    given_lines = list(spread_lines(path, Spread(head, tail, probes, 16)))
    assert set(given_lines) <= set(numbered)
    if path.stat().st_size <= head + tail + probes * 16:
        assert given_lines == numbered


@given(LINES, st.integers(1, 50))
def test_marked_lines_are_all_found(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block: int
) -> None:
    path = tmp_path_factory.mktemp("find") / "lines"
    marks = (b"XX", b"", b"Y YX")
    lines = [line.replace(b"X", b"x") + marks[n % 3] for n, line in enumerate(lines)]
    path.write_bytes(b"".join(line + b"\n" for line in lines) + b"XX torn")
    wanted = [line + b"\n" for line in lines if b"XX" in line or b"YX" in line]
    assert list(find_lines(path, b"XX", b"YX", block=block)) == wanted
    assert list(last_lines(path, b"XX", b"YX", most=1 << 20)) == wanted
