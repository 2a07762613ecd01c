from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prepared import write_set
from support import wait_for
from written_run import WrittenRun

from ttgpt.engine.data.recipe import ENCODINGS, TOKENIZERS, Cleaning, Recipe
from ttgpt.engine.host import processes
from ttgpt.tui.cli.data_recipe import _recipe, prepare

RECIPE = {"source"}.union(
    field.name for kind in (Recipe, Cleaning) for field in dataclasses.fields(kind)
) - {"sources", "cleaning"}


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "sea.txt"
    path.write_text("The sea is wide, the boat is small.\n" * 40)
    return path


def test_an_empty_home_invites(call: Callable[..., Any]) -> None:
    result = call("data", "list")
    assert result.code == 0
    assert "data prepare harbour" in result.out
    assert call("data", "list", "--json").document == {"sets": []}


def test_a_prepared_text_is_listed(call: Callable[..., Any], text: Path, home: Path) -> None:
    made = call("data", "prepare", str(text), "--tokenizer", "byte", "--json")
    assert made.code == 0
    assert made.document["tokenizer"] == "byte"
    assert made.document["folder"] == str(home / "data" / made.document["name"])
    (listed,) = call("data", "list", "--json").document["sets"]
    assert made.document == {**listed, "is_new": True, "left_out": []}
    shown = call("data", "list").out.splitlines()
    assert shown[0].split() == ["set", "tokens", "vocab", "tokenizer", "size", "runs", "source"]
    assert shown[1].startswith(made.document["name"])


def test_a_closed_standard_input_is_refused_where_it_is_the_text(text: Path, home: Path) -> None:
    program = "from ttgpt.tui.cli import main; main()"
    closed = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-c", program, "data", "prepare"]
    for source, code, said in (("-", 4, "Standard input cannot be read."), (str(text), 0, "")):
        done = subprocess.run([*closed, source], capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("verb", ["inspect", "prepare"])
def test_no_child_outlives_the_command(verb: str, end: signal.Signals, home: Path) -> None:
    program = "from ttgpt.tui.cli import main; main()"
    command = [sys.executable, "-c", program, "data", verb, "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        # More than a pipe holds: the child has begun to read, and would wait for the end.
        process.stdin.write(b"My heart aches. " * 20_000)
        child = wait_for("the child", lambda: child_of(process.pid, "ttgpt.engine.data.child"))
        process.send_signal(end)
        assert process.wait() == -end
        wait_for("the child's end", lambda: processes.start_time(child) is None)


def child_of(parent: int, module: str) -> int | None:
    """Find the process that runs a module for another one."""
    shown = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    return next((int(r[0]) for r in rows if r[1] == str(parent) and f"-m {module}" in r[2]), None)


def test_prepare_takes_a_name_and_says_what_is_next(call: Callable[..., Any], text: Path) -> None:
    result = call("data", "prepare", str(text), "--name", "my sea", "--val-fraction", "0.2")
    assert result.code == 0
    assert "--data 'my sea'" in result.out
    assert " lines\n" in result.out
    assert "tokens" in result.out


def test_a_missing_text_is_a_data_error(call: Callable[..., Any], tmp_path: Path) -> None:
    result = call("data", "prepare", str(tmp_path / "nothing.txt"))
    assert (result.code, result.out) == (4, "")
    assert [line.split()[0] for line in result.err.splitlines()] == ["what", "why", "next"]


def test_a_wrong_share_is_a_usage_error(call: Callable[..., Any], text: Path) -> None:
    assert call("data", "prepare", str(text), "--val-fraction", "3").code == 2


def test_a_damaged_set_is_listed_as_such(call: Callable[..., Any], text: Path, home: Path) -> None:
    name = call("data", "prepare", str(text), "--json").document["name"]
    (home / "data" / name / "train.bin").write_bytes(b"")
    result = call("data", "list")
    assert result.code == 0
    assert "damaged" in result.out
    assert name in result.err
    (listed,) = call("data", "list", "--json").document["sets"]
    assert set(listed) == {"name", "folder", "problem"}


def test_data_alone_explains_itself(call: Callable[..., Any]) -> None:
    assert "prepare" in call("data").out


def test_the_options_are_the_recipes_fields() -> None:
    context = prepare.make_context("prepare", ["a.txt"])
    given = {key: value for key, value in context.params.items() if key in RECIPE}
    assert set(given) == RECIPE
    assert _recipe(given) == Recipe(sources=("a.txt",))
    options = {option.name: option for option in prepare.params}
    for name, choices in (("tokenizer", TOKENIZERS), ("encoding", ENCODINGS)):
        assert tuple(options[name].type.choices) == choices


def test_a_text_is_looked_at_without_being_prepared(
    call: Callable[..., Any], text: Path, home: Path
) -> None:
    shown = call("data", "inspect", str(text), "--line-ends").out
    for part in ("tokenizers", "paragraphs, by their length", "presets on this text", "advice"):
        assert f"\n{part}" in shown
    assert max(map(len, shown.splitlines())) <= 120
    found = call("data", "inspect", str(text), "--json").document
    assert found["characters"] == len(text.read_text())
    assert not (home / "data").exists()


def test_files_that_are_no_texts_are_named(call: Callable[..., Any], text: Path) -> None:
    (text.parent / "sea.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    made = call("data", "prepare", str(text.parent / "sea*"))
    assert (made.code, made.err) == (0, f"left out  {text.parent / 'sea.png'}: a PNG image\n")


def test_a_set_is_shown_with_places_of_it(call: Callable[..., Any], text: Path) -> None:
    call("data", "prepare", str(text), "--name", "sea", "--repeats")
    shown = call("data", "show", "sea").out
    assert "the boat is small" in shown
    assert "0 paragraphs (repeats)" in shown
    assert "tokenizers" not in shown, "no library was used for characters"
    assert call("data", "show", "sea", "--json").document["recipe"]["cleaning"]["repeats"]
    assert call("data", "show", "see").code == 4


def test_losses_that_were_counted_on_a_part_say_so(call: Callable[..., Any], home: Path) -> None:
    write_set(home, "whole", 400)
    write_set(home, "long", 400, counted=100)
    assert "3.31 of tokens, 2.47 of pairs\n" in call("data", "show", "whole").out
    assert "2.47 of pairs (from 100 training tokens)" in call("data", "show", "long").out


def test_a_set_is_deleted_only_where_no_run_needs_it(
    call: Callable[..., Any], text: Path, home: Path
) -> None:
    call("data", "prepare", str(text), "--name", "nowhere")
    assert call("data", "delete", "nowhere").code == 2  # there is no terminal to ask on
    run = WrittenRun(home, "stage2")
    refused = call("data", "delete", "nowhere", "--yes")
    assert refused.code == 2
    assert "'stage2'" in refused.err
    run.close()
    call("data", "prepare", str(text), "--name", "sea")
    gone = call("data", "delete", "sea", "--yes", "--json").document
    assert Path(gone["moved_to"]).parent == home / "trash"
    assert [one["name"] for one in call("data", "list", "--json").document["sets"]] == ["nowhere"]
    run.folder.update(state="finished")
    told = call("data", "delete", "nowhere", "--yes").out
    assert "The finished run stage2 could not be extended without it." in " ".join(told.split())
