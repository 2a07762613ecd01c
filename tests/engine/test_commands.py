import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wire_values import any_text, instances, json_values, objects

from ttgpt.engine import wire
from ttgpt.engine.commands import (
    COMMAND_TYPES,
    Chunk,
    Command,
    Drawn,
    Generate,
    Pause,
    Reply,
    Request,
    Set,
    decode_answer,
    decode_request,
)
from ttgpt.engine.config import range_of
from ttgpt.engine.errors import DataError, NotSupported, UsageError

finite = st.floats(allow_nan=False, allow_infinity=False)


def in_range(kind: type[Command]) -> dict[str, st.SearchStrategy[Any]]:
    """Give a strategy for each number of a command, from its declared range."""
    found: dict[str, st.SearchStrategy[Any]] = {}
    assert dataclasses.is_dataclass(kind)
    for f in dataclasses.fields(kind):
        low, high = range_of(kind, f.name)
        if low is None or high is None:
            continue
        if "int" in str(f.type):
            number: st.SearchStrategy[Any] = st.integers(int(low), int(high))
        else:
            number = st.floats(low, high, allow_subnormal=False)
        if "tuple" in str(f.type):
            number = st.lists(number, max_size=3).map(tuple)
        found[f.name] = st.none() | number if "None" in str(f.type) else number
    return found


@pytest.mark.parametrize("name", sorted(COMMAND_TYPES))
@given(st.data())
@settings(max_examples=25)
def test_any_request_is_read_back(name: str, data: st.DataObject) -> None:
    kind = COMMAND_TYPES[name]
    command = data.draw(instances(kind, **in_range(kind)))
    request = Request(data.draw(st.integers()), command)
    line = request.encode()
    assert line.count(b"\n") == 1
    assert decode_request(line) == request


@given(st.integers(), objects)
def test_any_reply_is_read_back(request_id: int, result: dict[str, Any]) -> None:
    assert decode_answer(Reply(request_id, result).encode()) == Reply(request_id, result)


@given(
    st.integers(),
    st.integers(),
    any_text,
    st.lists(st.builds(Drawn, st.integers(), st.integers(), finite), max_size=3).map(tuple),
    st.none() | finite,
)
def test_any_chunk_is_read_back(
    request_id: int, sample: int, text: str, drawn: tuple[Drawn, ...], slowdown: float | None
) -> None:
    chunk = Chunk(request_id, sample, text, len(drawn), drawn, slowdown)
    assert decode_answer(chunk.encode()) == chunk


@pytest.mark.parametrize("kind", [DataError, NotSupported, UsageError])
def test_an_error_keeps_its_class_over_the_socket(kind: type[DataError]) -> None:
    answer = decode_answer(Reply(3, error=kind("What.", "Why.", "Next.")).encode())
    assert isinstance(answer, Reply)
    assert answer.id == 3
    assert type(answer.error) is kind
    assert str(answer.error) == "What.\nWhy.\nNext."


def test_values_are_converted_by_the_declared_type() -> None:
    line = b'{"id":1,"type":"generate","temperature":1,"top_k":"20","top_p":"0.9","prompt":7}'
    assert decode_request(line).command == Generate(
        prompt="7", temperature=1.0, top_k=20, top_p=0.9
    )


def test_a_value_to_set_is_left_as_it_is() -> None:
    line = b'{"id":1,"type":"set","name":"sample.prompts","value":["a","b"]}'
    assert decode_request(line).command == Set("sample.prompts", ["a", "b"])


def test_a_request_leaves_out_what_an_older_worker_may_not_know() -> None:
    assert json.loads(Request(1, Generate("A")).encode()) == {
        "id": 1,
        "type": "generate",
        "prompt": "A",
    }


def test_an_unknown_command_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError) as caught:
        decode_request(b'{"id":1,"type":"pasue"}')
    assert caught.value.what == "Unknown command 'pasue'."
    assert "generate, inspect, pause" in caught.value.why
    assert caught.value.next_step == "Did you mean pause?"


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ('"type":"pause","now":true', "Unknown key pause.now."),
        ('"type":"cancel"', "cancel.target is missing."),
        ('"type":"generate","top_k":"many"', "generate.top_k is 'many'."),
        ('"type":"generate","temperature":null', "generate.temperature is None."),
        ('"type":"generate","temperature":1e999', "generate.temperature is inf."),
        pytest.param(
            f'"type":"generate","temperature":1{"0" * 400}',
            f"generate.temperature is 1{'0' * 79}….",
            id="huge",
        ),
    ],
)
def test_wrong_fields_are_a_usage_error(fields: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode_request(f'{{"id":1,{fields}}}'.encode())
    assert caught.value.what == what


@pytest.mark.parametrize(
    "line", [b"{}", b'{"id":1}', b'{"id":"1","type":"pause"}', b'{"id":1,"type":5}', b"[]", b"\xff"]
)
def test_what_is_no_request_is_a_decode_error(line: bytes) -> None:
    with pytest.raises(wire.DecodeError):
        decode_request(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":1}',
        b'{"ok":true}',
        b'{"id":1,"ok":true}',
        b'{"id":1,"ok":false}',
        b'{"id":1,"ok":false,"error":"no"}',
        b'{"id":1,"ok":false,"error":{"exit_code":"many"}}',
        b'{"id":1,"sample":0,"text":"a"}',
        b"3",
    ],
)
def test_what_is_no_answer_is_a_decode_error(line: bytes) -> None:
    with pytest.raises(wire.DecodeError):
        decode_answer(line)


keys = st.sampled_from(
    ["id", "type", "ok", "result", "error", "sample", "text", "tokens", "target"]
)
words = st.sampled_from(sorted(COMMAND_TYPES)) | json_values


@given(st.dictionaries(keys, words))
def test_any_object_is_decoded_or_refused(fields: dict[str, Any]) -> None:
    line = json.dumps(fields).encode()
    with contextlib.suppress(wire.DecodeError, UsageError):
        decode_request(line)
    with contextlib.suppress(wire.DecodeError):
        decode_answer(line)


def test_the_names_on_the_wire() -> None:
    """An app may talk to an older worker: a name may be added, never changed."""
    assert set(COMMAND_TYPES) >= {
        "pause", "resume", "stop", "abort", "checkpoint", "sample", "set", "generate", "adjust",
        "cancel", "inspect", "status", "shutdown",
    }  # fmt: skip
    assert Request(5, Pause()).encode() == b'{"id":5,"type":"pause"}\n'


def test_no_field_hides_the_id() -> None:
    for kind in COMMAND_TYPES.values():
        assert dataclasses.is_dataclass(kind)
        assert not {f.name for f in dataclasses.fields(kind)} & {"id", "type"}
