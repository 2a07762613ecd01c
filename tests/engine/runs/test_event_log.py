import subprocess
import sys
from pathlib import Path

import pytest
from disk_faults import file_size_limit
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import events
from ttgpt.engine.events import Envelope, Finished, Paused, Sample, Unknown
from ttgpt.engine.runs.event_log import Damaged, EventReader, EventWriter


def write(path: Path, *steps: int) -> None:
    writer = EventWriter(path)
    for step in steps:
        writer.write(Paused(step))
    writer.close()


def read(path: Path) -> list[Envelope | Damaged]:
    return list(EventReader(path).poll())


def steps(found: list[Envelope | Damaged]) -> list[int | str]:
    """Give each event's step, and `damaged` for a line that was reported."""
    return [
        "damaged" if isinstance(entry, Damaged) else getattr(entry.event, "step", -1)
        for entry in found
    ]


def numbers(found: list[Envelope | Damaged]) -> list[int]:
    return [entry.seq for entry in found if isinstance(entry, Envelope)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_events_are_read_in_order_and_once(path: Path) -> None:
    writer, reader = EventWriter(path), EventReader(path)
    writer.write(Paused(1))
    writer.write(Paused(2))
    assert steps(list(reader.poll())) == [1, 2]
    assert list(reader.poll()) == []
    third = writer.write(Paused(3))
    assert list(reader.poll()) == [third]
    writer.close()
    assert reader.offset == path.stat().st_size


def test_a_file_that_is_not_there_yet_has_no_events(path: Path) -> None:
    reader = EventReader(path)
    assert list(reader.poll()) == []
    write(path, 1)
    assert steps(list(reader.poll())) == [1]


def test_only_the_user_may_read_the_events(path: Path) -> None:
    write(path, 1)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_reader_goes_on_from_an_offset(path: Path) -> None:
    write(path, 1, 2)
    first = EventReader(path)
    next(iter(first.poll()))
    assert steps(list(EventReader(path, first.offset).poll())) == [2]


def test_a_reader_left_in_the_middle_loses_nothing(path: Path) -> None:
    write(path, 1, 2, 3)
    reader = EventReader(path)
    for _ in reader.poll():
        break
    assert steps(list(reader.poll())) == [2, 3]


@given(cut=st.integers(0, 400), block=st.integers(1, 3))
def test_a_torn_last_line_is_waited_for(
    tmp_path_factory: pytest.TempPathFactory, cut: int, block: int
) -> None:
    path = tmp_path_factory.mktemp("torn") / "events.jsonl"
    write(path, 1, 2, 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    reader = EventReader(path)
    early = list(reader.poll())
    path.write_bytes(whole)
    assert steps(early + list(reader.poll())) == [1, 2, 3]


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b"\0" * 64,
        b"\xff\xfe",
        b"left\rright",
        b'{"type":"paused"}',
        b"{}\x0b\x0c",
        b"[]",
    ],
)
def test_a_damaged_line_is_reported_and_passed_over(path: Path, damage: bytes) -> None:
    write(path, 1)
    start = path.stat().st_size
    with path.open("ab") as file:
        file.write(damage + b"\n")
    write(path, 2)
    found = read(path)
    assert steps(found) == [1, "damaged", 2]
    assert isinstance(found[1], Damaged)
    assert found[1].offset == start
    assert found[1].reason


@given(junk=st.binary(max_size=200))
def test_no_junk_stops_a_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("junk") / "events.jsonl"
    write(path, 1)
    with path.open("ab") as file:
        file.write(junk)
    write(path, 2)
    found = read(path)
    assert steps(found)[0] == 1
    assert steps(found)[-1] == 2
    assert numbers(found)[-1] > numbers(found)[0]


def test_a_line_longer_than_the_block_does_not_stop_a_reader(path: Path) -> None:
    write(path, 1)
    with path.open("ab") as file:
        file.write(b"\0" * 5000 + b"\n")
    write(path, 2)
    reader = EventReader(path)
    found = [entry for _ in range(40) for entry in reader.poll(max_bytes=500)]
    assert [step for step in steps(found) if step != "damaged"] == [1, 2]
    assert "damaged" in steps(found)


def test_reading_in_small_blocks_gives_the_same_events(path: Path) -> None:
    write(path, *range(20))
    reader = EventReader(path)
    found = [entry for _ in range(40) for entry in reader.poll(max_bytes=150)]
    assert found == read(path)
    assert steps(found) == list(range(20))


def test_a_file_that_became_shorter_is_read_anew(path: Path) -> None:
    write(path, 1, 2, 3)
    reader = EventReader(path)
    assert len(list(reader.poll())) == 3
    path.unlink()
    write(path, 9)
    assert steps(list(reader.poll())) == [9]


def test_the_numbers_go_on_after_a_reopening(path: Path) -> None:
    write(path, 1, 2)
    write(path, 3)
    assert numbers(read(path)) == [1, 2, 3]


def test_the_numbers_go_on_after_damage_at_the_end(path: Path) -> None:
    write(path, 1, 2)
    with path.open("ab") as file:
        file.write(b"\xff\0 not an event\n\n")
    write(path, 3)
    assert numbers(read(path)) == [1, 2, 3]


def test_the_numbers_go_on_after_a_very_long_event(path: Path) -> None:
    write(path, 1, 2)
    writer = EventWriter(path)
    writer.write(Sample(2, "", "x" * (3 << 20), 0.8, 40, 1.0, 1, 0.0))
    writer.close()
    write(path, 3)
    assert numbers(read(path)) == [1, 2, 3, 4]


def test_an_event_after_a_killed_writer_has_its_own_line(path: Path) -> None:
    write(path, 1, 2)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    write(path, 3)
    found = read(path)
    assert steps(found) == [1, "damaged", 3]
    assert numbers(found) == [1, 2]


def test_a_writer_killed_by_the_kernel_loses_no_written_event(path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from ttgpt.engine.events import Paused\n"
        "from ttgpt.engine.runs.event_log import EventWriter\n"
        "writer = EventWriter(Path(sys.argv[1]))\n"
        "for step in range(50): writer.write(Paused(step))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, path], check=False)
    write(path, 50)
    assert steps(read(path)) == list(range(51))


def test_a_full_disk_is_an_error_and_leaves_nothing_of_the_event(path: Path) -> None:
    writer = EventWriter(path)
    writer.write(Paused(1))
    with file_size_limit(path.stat().st_size + 30), pytest.raises(OSError, match="large"):
        writer.write(Paused(2))
    writer.write(Finished(3, "stopped"))
    writer.close()
    found = read(path)
    assert steps(found) == [1, 3]
    assert numbers(found) == [1, 2]


def test_endings_and_checkpoints_are_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    writer = EventWriter(path)
    writer.write(Paused(1))
    assert not synced
    writer.write(Finished(1, "stopped"))
    writer.write(events.Checkpoint(1, "checkpoints/000001", 9, 1.0, 1.0, "final"))
    writer.close()
    assert len(synced) == 2


def test_an_event_of_a_newer_worker_is_a_notice(path: Path) -> None:
    writer = EventWriter(path)
    writer.write(Unknown("aurora", {"colour": "green"}))
    writer.close()
    (found,) = read(path)
    assert isinstance(found, Envelope)
    assert found.event == Unknown("aurora", {"colour": "green"})
