import math
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import events, wire
from ttgpt.engine.runs.step_lines import StepLines, one, read_lines

numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, -0.0, 1e-300, 4.1e-4])
)
steps = st.builds(
    events.Step,
    step=st.integers(0, 10**19),
    tokens=st.integers(0, 10**15),
    loss=numbers,
    lr=numbers,
    grad_norm=numbers,
    ms=numbers,
    tokens_per_s=numbers,
)
others = st.one_of(
    st.just(events.Evaluating(10)),
    st.builds(events.Sample, *map(st.just, (10, "a", "b\r\n", 0.8, 40, 1.0, 1, 2.0))),
)


def encoded(seq: int, event: events.Event) -> bytes:
    return events.encode(events.Envelope(seq, 1000.5, seq / 3, event))


def rows_of(item: StepLines) -> Iterator[tuple[float, ...]]:
    columns = (item.steps, item.mono, item.loss, item.lr, item.grad_norm, item.ms)
    yield from zip(*columns, item.tokens_per_s, strict=True)


def row(envelope: events.Envelope) -> tuple[float, ...]:
    [found] = rows_of(one(envelope))
    return found


def decoded(line: bytes) -> events.Envelope | None:
    try:
        return events.decode(line)
    except wire.DecodeError:
        return None


damage = st.sampled_from([b"\n", b"{}\n", b"\xff\n", b"a\rb\n", b'{"v":1,"seq":3,"t":1e5e5\n'])


@given(st.lists(st.one_of(steps, others, damage), max_size=12))
def test_all_lines_come_as_if_read_one_by_one(items: list[events.Event | bytes]) -> None:
    lines = [
        item if isinstance(item, bytes) else encoded(seq, item)
        for seq, item in enumerate(items, start=1)
    ]
    wanted = [_singly(line) for line in lines]
    found: list[object] = []
    for item in read_lines(b"".join(lines)):
        # A block with a step that does not fit is given line by line.
        found += rows_of(item) if isinstance(item, StepLines) else [_singly(item)]
        if isinstance(item, StepLines):
            assert repr(row(item.last)) == repr(found[-1])
    assert repr(found) == repr(wanted)


def _singly(line: bytes) -> object:
    """Read a line as a step's row, if it is one that fits."""
    envelope = decoded(line)
    if envelope is None or not isinstance(envelope.event, events.Step):
        return line
    return row(envelope) if envelope.event.step < 10**18 else line


def test_steps_that_follow_one_another_come_together() -> None:
    lines = [encoded(seq, events.Step(seq, 1, 2.0, 0.1, 1.0, 5.0, 6.0)) for seq in (1, 2, 3)]
    lines.insert(2, encoded(9, events.Evaluating(2)))
    first, other, second = read_lines(b"".join(lines))
    assert isinstance(first, StepLines)
    assert isinstance(second, StepLines)
    assert (list(first.steps), other, list(second.steps)) == ([1, 2], lines[2], [3])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_parts_rise_and_lose_nothing(numbers: list[int]) -> None:
    made = [
        events.Step(number, 1, float(place), 0, 0, 0, 0) for place, number in enumerate(numbers)
    ]
    [lines] = read_lines(b"".join(encoded(seq, event) for seq, event in enumerate(made)))
    assert isinstance(lines, StepLines)
    parts = list(lines.rising())
    assert [step for part in parts for step in part.steps] == numbers
    assert [loss for part in parts for loss in part.loss] == list(map(float, range(len(numbers))))
    for part in parts:
        assert list(part.steps) == sorted(set(part.steps))
    assert not any(math.isnan(value) for part in parts for value in part.mono)
