"""Whatever stands in the files of a home, the command line steers no terminal with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import pytest
from hostile import WORD
from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine import wire
from ttgpt.tui.cli.output import fields, table

Call = Callable[..., Any]
RUN, PRESET, SET = f"evil{WORD}", f"{WORD}", WORD
COMMANDS = [
    (),
    ("runs",),
    ("runs", "show", RUN),
    ("runs", "compare", RUN, RUN),
    ("runs", "note", RUN),
    ("runs", "note", RUN, WORD),
    ("runs", "rename", RUN, WORD),
    ("runs", "rename", RUN, "plain"),
    ("runs", "export", RUN),
    ("runs", "delete", RUN),
    ("runs", "delete", RUN, "--yes"),
    ("runs", "stop", RUN),
    ("runs", "set", RUN, f"{WORD}={WORD}"),
    ("runs", "back", RUN),
    ("runs", "trash"),
    ("runs", "show", WORD),
    ("attach", RUN),
    ("presets",),
    ("presets", "show", PRESET),
    ("presets", "show", f"{WORD}.yaml"),
    ("data", "list"),
    ("data", "show", SET),
    ("data", "show", f"broken{WORD}"),
    ("data", "delete", SET),
    ("data", "inspect", WORD),
    ("data", "prepare", "harbour", "--name", WORD),
    ("train", WORD),
    ("train", PRESET),
    ("train", "demo", "--set", WORD),
    ("train", "demo", "--set", f"{WORD}={WORD}"),
    ("train", "demo", "--name", WORD),
    ("train", "--resume", RUN),
    ("generate", RUN, "--prompt", WORD),
    ("generate", f"{RUN}@{WORD}"),
    ("generate", WORD),
    (WORD,),
    ("--home", f"/dev/null/{WORD}", "runs"),
]


def steers(text: str) -> list[str]:
    return [c for c in text if c != "\n" and not c.isprintable()]


@pytest.mark.parametrize("arguments", COMMANDS, ids=[ascii(" ".join(c))[:30] for c in COMMANDS])
def test_nothing_that_is_printed_steers_the_terminal(
    home: Path, call: Call, arguments: tuple[str, ...]
) -> None:
    hostile.fill(home)
    said = call(*arguments)
    assert steers(said.out + said.err) == []
    assert "Internal error" not in said.err


@pytest.mark.parametrize("arguments", COMMANDS, ids=[ascii(" ".join(c))[:30] for c in COMMANDS])
def test_json_is_utf8_and_steers_nothing_either(
    home: Path, call: Call, arguments: tuple[str, ...]
) -> None:
    hostile.fill(home)
    said = call(*arguments, "--json")
    for line in said.out.splitlines():
        json.loads(line)
    said.out.encode("utf-8")
    assert steers(said.out + said.err) == []


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_a_row_is_a_line(rows: list[tuple[str, str]]) -> None:
    lines = [*table(("one", "two"), rows), *fields([("name", value) for _, value in rows])]
    assert len(lines) <= 1 + 2 * len(rows)
    assert not any("\n" in line for line in lines)


@given(st.dictionaries(st.text(), st.text()))
def test_any_document_is_utf8(document: dict[str, str]) -> None:
    assert json.loads(wire.to_line(document).decode("utf-8")) == document
