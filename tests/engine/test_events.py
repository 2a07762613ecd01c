import contextlib
import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import any_text, fields_of, instances, json_values, objects

from ttgpt.engine import events, wire
from ttgpt.engine.events import EVENT_TYPES, Envelope, Evaluated, Paused, Step, Unknown

HEAD = b'"v":1,"seq":7,"t":1.5,"mono":2.5'


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
@given(st.data())
@settings(max_examples=20)
def test_any_event_is_read_back(name: str, data: st.DataObject) -> None:
    event = data.draw(instances(EVENT_TYPES[name]))
    seq = data.draw(st.integers(0, 2**53 - 1))
    t = data.draw(st.floats(0, events.LATEST, exclude_max=True))
    line = events.encode(Envelope(seq, t, -t, event))
    assert line.count(b"\n") == 1
    found = events.decode(line)
    assert (found.seq, found.t, found.mono) == (seq, t, -t)
    assert type(found.event) is type(event)
    assert fields_of(found.event) == fields_of(event)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_comes_back_as_nan(loss: float) -> None:
    line = events.encode(Envelope(1, 0.0, 0.0, Evaluated(5, loss, 1.0, 64, False)))
    assert b'"train_loss":null' in line
    found = events.decode(line).event
    assert isinstance(found, Evaluated)
    assert math.isnan(found.train_loss)
    assert found.val_loss == 1.0


@given(objects)
def test_fields_of_a_newer_version_are_ignored(extra: dict[str, Any]) -> None:
    step = Step(10, 640, 2.5, 1e-3, 0.5, 12.0, 5333.0)
    newer = {
        **json.loads(events.encode(Envelope(7, 1.5, 2.5, step))),
        **{f"new_{name}": value for name, value in extra.items()},
    }
    assert events.decode(wire.to_line(newer)) == Envelope(7, 1.5, 2.5, step)


def test_a_field_with_a_default_may_be_missing() -> None:
    line = b'{%b,"type":"paused","step":3}' % HEAD
    assert events.decode(line).event == Paused(3, reason="")


@given(any_text.filter(lambda name: name not in EVENT_TYPES), objects)
def test_an_unknown_event_is_kept_whole(name: str, fields: dict[str, Any]) -> None:
    fields = {f"x{key}": value for key, value in fields.items()}
    line = wire.to_line({"v": 2, "seq": 1, "t": 0.0, "mono": 0.0, "type": name, **fields})
    found = events.decode(line)
    assert found.event == Unknown(name, fields)
    assert events.decode(events.encode(found)) == found


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"type":"step"}', "no envelope"),
        (b'{"v":1,"seq":null,"t":0,"mono":0,"type":"paused","step":1}', "no envelope"),
        (b'{"v":1,"seq":1e999,"t":0,"mono":0,"type":"paused","step":1}', "no envelope"),
        pytest.param(
            b'{"v":1,"seq":1,"t":1%b,"mono":0,"type":"paused","step":1}' % (b"0" * 400),
            "no envelope",
            id="huge",
        ),
        (b'{%b,"type":"paused"}' % HEAD, "paused: .*step"),
        (b'{%b,"type":"paused","step":"3"}' % HEAD, "paused.step is not a number"),
        (b'{%b,"type":"paused","step":null}' % HEAD, "paused.step is not a number"),
        (b'{%b,"type":"paused","step":3,"reason":[1]}' % HEAD, "paused.reason is not a text"),
        (b'{%b,"type":"paused","step":1000000000000000000}' % HEAD, "paused.step is not a number"),
        (b'{%b,"type":"paused","step":true}' % HEAD, "paused.step is not a number"),
        (b'{"v":1,"seq":1,"t":1e12,"mono":0,"type":"paused","step":1}', "no envelope"),
        (
            b'{%b,"type":"evaluated","step":1,"train_loss":1e308,"val_loss":1}' % HEAD,
            "evaluated.train_loss is not a number",
        ),
        (b'{%b,"type":"telemetry","chips":[1]}' % HEAD, "telemetry.chips is not a list of tables"),
    ],
)
def test_a_damaged_event_is_a_decode_error(line: bytes, reason: str) -> None:
    with pytest.raises(wire.DecodeError, match=reason):
        events.decode(line)


numbers_too = st.floats() | st.just(10**400) | json_values


@given(
    st.fixed_dictionaries(
        {}, optional={key: numbers_too for key in ("seq", "t", "mono", "step", "loss", "reason")}
    ),
    st.sampled_from(sorted(EVENT_TYPES)),
)
def test_any_object_gives_an_event_or_a_decode_error(fields: dict[str, Any], name: str) -> None:
    line = json.dumps({**fields, "type": name}).encode()
    with contextlib.suppress(wire.DecodeError):
        assert isinstance(events.decode(line), Envelope)


def test_no_field_hides_the_envelope() -> None:
    for kind in EVENT_TYPES.values():
        assert dataclasses.is_dataclass(kind)
        assert not {f.name for f in dataclasses.fields(kind)} & {"v", "seq", "t", "mono", "type"}


def test_the_names_on_the_wire() -> None:
    """Old event files must stay readable: a name may be added, never changed."""
    assert set(EVENT_TYPES) >= {
        "opened", "compiling", "step", "evaluating", "evaluated", "sampling", "sample", "saving",
        "checkpoint", "setting", "health", "paused", "resumed", "finished", "failed", "closed",
        "telemetry",
    }  # fmt: skip
