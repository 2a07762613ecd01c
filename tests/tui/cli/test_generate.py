from __future__ import annotations

import io
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ttgpt.engine.checkpoints.folder import take_in
from ttgpt.engine.errors import DataError, UsageError
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.cli import which
from ttgpt.tui.cli.which import find_checkpoint

TEXT = "ROMEO:\nWhat \x1b[31msay"

Call = Callable[..., Any]
Make = Callable[..., Path]


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("exit 1",)


def test_a_file_of_the_stock_trainers_is_taken_in(
    call: Call,
    run: RunFolder,
    live: Any,
    make_checkpoint: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "nano_step_500.pkl"
    file.write_bytes(pickle.dumps(Harmful()))
    refused = call("generate", str(file))
    assert refused.code == 4
    assert "wants to load posix.system" in refused.err
    folder = make_checkpoint(run, 500)
    monkeypatch.setattr(which, "take_in", lambda home, path: folder if path == file else None)
    assert call("generate", str(file)).out == TEXT + "\n"


def test_text_goes_to_stdout_and_figures_do_not(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    result = call("generate", "stage2")
    assert result.code == 0
    assert result.out == TEXT + "\n"
    assert "seed 4711" in result.err
    assert "step 500" in result.err


def test_on_a_terminal_control_characters_are_visible(
    call: Call,
    run: RunFolder,
    live: Any,
    make_checkpoint: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_checkpoint(run, 500)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    result = call("generate", "stage2")
    assert "␛[31m" in result.out
    assert "\x1b" not in result.out


def test_the_prompt_is_printed_before_the_text(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    assert call("generate", "stage2", "--prompt", "To be").out == f"To be{TEXT}\n"


def test_the_prompt_may_come_from_stdin(
    call: Call,
    run: RunFolder,
    live: Any,
    make_checkpoint: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_checkpoint(run, 500)
    monkeypatch.setattr("sys.stdin", io.StringIO("or not\n"))
    (document,) = call("generate", "stage2", "--prompt", "-", "--json").documents
    assert document["prompt"] == "or not\n"


def test_json_is_one_object_a_sample(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    folder = make_checkpoint(run, 500)
    result = call("generate", "stage2", "--json", "--num-samples", "2", "--seed", "7")
    assert result.err == ""
    assert result.documents == [
        {
            "prompt": "",
            "text": TEXT,
            "checkpoint": str(folder),
            "step": 500,
            "seed": seed,
            "temperature": 0.8,
            "top_k": 40,
            "top_p": 1.0,
            "repetition_penalty": 1.0,
            "stop": "",
            "tokens": len(TEXT),
            "tokens_per_s": 212.0,
            "finish_reason": "length",
            "passed_over": [],
        }
        for seed in (7, 8)
    ]


def test_several_samples_stand_one_after_the_other(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    result = call("generate", "stage2", "--num-samples", "3")
    assert result.out.count(TEXT) == 3
    assert result.out.index("--- 2 of 3, seed 4712 ---") < result.out.index("--- 3 of 3, seed 4713")


def test_a_sweep_writes_each_checkpoint_at_each_value_with_one_seed(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    make_checkpoint(run, 1000)
    arguments = ("stage2", "stage2@500", "stage2@untrained", "--temperature", "0,0.8,1.2")
    found = call("generate", *arguments, "--json").documents
    assert [(one["step"], one["temperature"]) for one in found] == [
        (step, temperature) for step in (1000, 500, 1000) for temperature in (0, 0.8, 1.2)
    ]
    assert len({one["seed"] for one in found}) == 1
    text = call("generate", *arguments, "--top-k", "1,0").out
    assert text.count(TEXT) == 18
    assert "--- stage2@untrained, temperature 1.20, top-k off, top-p 1.00 ---\n" in text


def test_live_weights_can_write(call: Call, run: RunFolder, live: Any) -> None:
    (document,) = call("generate", "stage2@live", "--json", "--stop", "\\n\\n").documents
    assert (document["checkpoint"], document["stop"]) == ("", "\n\n")


def test_a_sweep_of_live_weights_is_written_by_one_set_and_names_its_step(
    call: Call, run: RunFolder, live: Any, tmp_path: Path
) -> None:
    out = tmp_path / "texts.txt"
    result = call("generate", "stage2@live", "--temperature", "0,1", "--out", str(out))
    for text in (result.out, out.read_text("utf-8")):
        assert text.count("--- stage2@live step 2, temperature") == 2
    steps = [document["step"] for document in call("generate", "stage2@live", "--json").documents]
    assert steps == [2]


def test_a_run_that_has_ended_has_no_live_weights(
    call: Call, make_run: Callable[..., RunFolder]
) -> None:
    make_run("old", state="finished")
    result = call("generate", "old@live")
    assert result.code == 2
    assert "is not live" in result.err


@pytest.mark.parametrize("value", ["0.3,nan", "x", "0.3,,1", ""])
def test_what_is_no_list_of_numbers_is_wrong_usage(call: Call, run: RunFolder, value: str) -> None:
    result = call("generate", "stage2", "--temperature", value)
    assert result.code == 2
    assert result.err.startswith("what   Invalid value for '--temperature'")


def test_out_keeps_the_texts_with_all_their_settings(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make, tmp_path: Path
) -> None:
    make_checkpoint(run, 500)
    names = ("texts.txt", "texts.json", "texts.jsonl")
    printed = [
        call("generate", "stage2", "--num-samples", "2", "--out", str(tmp_path / name)).out
        for name in names
    ]
    text, array, lines = ((tmp_path / name).read_text("utf-8") for name in names)
    assert text == printed[0]
    assert [one["seed"] for one in json.loads(array)] == [4711, 4712]
    assert [json.loads(line) for line in lines.splitlines()] == json.loads(array)


@pytest.mark.parametrize("name", ["there.txt", "nowhere/new.txt"])
def test_out_never_writes_over_a_file(
    call: Call, run: RunFolder, make_checkpoint: Make, tmp_path: Path, name: str
) -> None:
    make_checkpoint(run, 500)
    (tmp_path / "there.txt").write_text("mine")
    result = call("generate", "stage2", "--out", str(tmp_path / name))
    assert result.code == 2
    assert result.out == ""
    assert (tmp_path / "there.txt").read_text() == "mine"


def test_line_ends_are_written_alike_in_prompt_and_stop(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    words = ("--prompt", r"A\n\t\\n", "--stop", r"B\n\t\\n")
    (document,) = call("generate", "stage2", *words, "--json").documents
    assert (document["prompt"], document["stop"]) == ("A\n\t\\n", "B\n\t\\n")


def test_each_prompt_is_continued_with_one_seed(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    documents = call("generate", "stage2", "--prompt=A", "--prompt=B", "--json").documents
    assert [document["prompt"] for document in documents] == ["A", "B"]
    assert documents[0]["seed"] == documents[1]["seed"]


def test_the_workers_refusal_is_the_commands(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make
) -> None:
    make_checkpoint(run, 500)
    result = call("generate", "stage2", "--prompt=refused")
    assert result.code == 4
    assert result.err.startswith("what   The prompt is refused.")


def test_a_run_without_checkpoints_is_a_data_error(call: Call, run: RunFolder) -> None:
    result = call("generate", "stage2")
    assert result.code == 4
    assert "has no whole checkpoint yet" in result.err


def test_which_checkpoint(home: Path, run: RunFolder, make_checkpoint: Make) -> None:
    first = make_checkpoint(run, 500, val_loss=1.5)
    second = make_checkpoint(run, 1000, val_loss=1.9)
    assert find_checkpoint(home, "stage2").path == second
    assert find_checkpoint(home, run.path.name).path == second
    assert find_checkpoint(home, str(run.path)).path == second
    assert find_checkpoint(home, "stage2@best").path == first
    assert find_checkpoint(home, "stage2@500").path == first
    assert find_checkpoint(home, "stage2@1,000").path == second
    assert find_checkpoint(home, str(first)).path == first


def test_the_newest_whole_one_is_taken(home: Path, run: RunFolder, make_checkpoint: Make) -> None:
    first = make_checkpoint(run, 500)
    (make_checkpoint(run, 1000) / "weights.safetensors").unlink()
    assert find_checkpoint(home, "stage2").path == first
    with pytest.raises(DataError, match="incomplete"):
        find_checkpoint(home, "stage2@1000")


@pytest.mark.parametrize("wanted", ["stage2", "stage2@untrained"])
def test_it_is_said_when_the_newest_one_is_passed_over(
    call: Call, run: RunFolder, live: Any, make_checkpoint: Make, wanted: str
) -> None:
    make_checkpoint(run, 500)
    (make_checkpoint(run, 1000) / "weights.safetensors").unlink()
    result = call("generate", wanted, "--json")
    problem = "weights.safetensors is missing"
    assert result.err == f"stage2: step 1,000 is incomplete, {problem}. Taking step 500.\n"
    (document,) = result.documents
    assert document["step"] == 500
    assert document["passed_over"] == [{"step": 1000, "state": "incomplete", "problem": problem}]
    assert call("generate", "stage2@500", "--json").err == ""


def test_a_name_may_have_an_at_sign(
    home: Path, make_run: Callable[..., RunFolder], make_checkpoint: Make
) -> None:
    folder = make_checkpoint(make_run("me@home"), 500)
    assert find_checkpoint(home, "me@home").path == folder
    assert find_checkpoint(home, "me@home@500").path == folder


def test_what_was_taken_in_has_its_name(
    home: Path, tmp_path: Path, run: RunFolder, make_checkpoint: Make
) -> None:
    other = shutil.copytree(make_checkpoint(run, 500), tmp_path / "of-ann")
    folder = take_in(home, other)
    assert find_checkpoint(home, "of-ann").path == folder
    assert find_checkpoint(home, "of-ann@500").path == folder


def test_a_file_is_not_taken_for_a_run(home: Path, tmp_path: Path, run: RunFolder) -> None:
    file = tmp_path / "model.pt"
    file.write_bytes(b"\x80\x05N.")
    with pytest.raises(DataError, match="no checkpoint of a stock trainer"):
        find_checkpoint(home, str(file))
    with pytest.raises(DataError, match=r"not a checkpoint: model\.pt is a pickle"):
        find_checkpoint(home, str(tmp_path))


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ("nobody", DataError, "no run 'nobody'"),
        ("nobody@best", DataError, "no run 'nobody'"),
        ("stage2@501", DataError, "The nearest one is of step 500"),
        ("stage2@worst", UsageError, "a step, or best"),
    ],
)
def test_what_is_not_there_is_named(
    wanted: str,
    error: type[Exception],
    words: str,
    home: Path,
    run: RunFolder,
    make_checkpoint: Make,
) -> None:
    make_checkpoint(run, 500)
    with pytest.raises(error, match=words):
        find_checkpoint(home, wanted)
