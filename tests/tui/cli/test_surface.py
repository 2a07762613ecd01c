"""The command line's surface, its errors and its codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from ttgpt.engine.errors import NotSupported
from ttgpt.tui.cli.root import cli

RECIPE = [
    "--blank-lines",
    "--control-characters",
    "--drop-rare",
    "--encoding",
    "--gutenberg",
    "--held-out-file",
    "--line-ends",
    "--max-paragraph",
    "--metadata-lines",
    "--min-paragraph",
    "--repeats",
    "--split",
    "--text-field",
    "--tokenizer",
    "--tokenizer-files",
    "--unicode",
    "--val-fraction",
    "--vocab-size",
]
SURFACE = {
    "": ["--help", "--home", "--start", "--version"],
    "attach RUN": ["--home", "--json"],
    "data": ["--home"],
    "data delete NAME": ["--home", "--json", "--yes"],
    "data inspect SOURCE...": sorted(["--home", "--json", *RECIPE]),
    "data list": ["--home", "--json"],
    "data prepare SOURCE...": sorted(["--home", "--json", "--name", *RECIPE]),
    "data show NAME": ["--home", "--json"],
    "doctor": ["--deep", "--home", "--json", "--report", "--train", "--yes"],
    "generate CHECKPOINT|RUN...": [
        "--backend",
        "--home",
        "--json",
        "--max-new-tokens",
        "--num-samples",
        "--out",
        "--prompt",
        "--repetition-penalty",
        "--seed",
        "--stop",
        "--temperature",
        "--top-k",
        "--top-p",
    ],
    "presets": ["--home", "--json"],
    "presets show NAME": ["--home", "--json"],
    "runs": ["--home", "--json"],
    "runs abort RUN": ["--home", "--json", "--yes"],
    "runs back RUN": ["--detach", "--home", "--json", "--step", "--times"],
    "runs checkpoint RUN": ["--home", "--json"],
    "runs compare RUNS...": ["--home", "--json"],
    "runs delete RUN": ["--home", "--json", "--yes"],
    "runs export RUN": ["--home", "--json"],
    "runs kill RUN": ["--home", "--json", "--yes"],
    "runs note RUN [TEXT]": ["--home", "--json"],
    "runs pause RUN": ["--home", "--json"],
    "runs rename RUN NAME": ["--home", "--json"],
    "runs restore RUN": ["--home", "--json"],
    "runs resume RUN": ["--home", "--json"],
    "runs sample RUN": ["--home", "--json"],
    "runs set RUN NAME=VALUE...": ["--home", "--json"],
    "runs show RUN": ["--home", "--json"],
    "runs stop RUN": ["--home", "--json"],
    "runs trash": ["--empty", "--home", "--json", "--yes"],
    "train [PRESET]": [
        "--backend",
        "--data",
        "--detach",
        "--home",
        "--json",
        "--name",
        "--resume",
        "--set",
        "--try",
    ],
}


def surface(command: click.Command, path: str = "") -> Iterator[tuple[str, list[str]]]:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [o for p in command.params if isinstance(p, click.Option) for o in p.opts]
    context = click.Context(command)
    shown = " ".join([path, *(a.make_metavar(context) for a in arguments)])
    yield shown, sorted(o for o in options if o != "--help" or not path)
    for name, inner in getattr(command, "commands", {}).items():
        yield from surface(inner, f"{path} {name}".strip())


def test_surface_is_what_was_promised() -> None:
    found = dict(surface(cli))
    found[""] = sorted({*found[""], "--help"})
    assert found == SURFACE


def every_command(command: click.Command = cli, path: tuple[str, ...] = ()) -> Iterator[Any]:
    yield pytest.param(path, id=" ".join(path) or "root")
    for name, inner in getattr(command, "commands", {}).items():
        yield from every_command(inner, (*path, name))


@pytest.mark.parametrize("path", every_command())
def test_every_command_explains_itself(path: tuple[str, ...], call: Callable[..., Any]) -> None:
    result = call(*path, "--help")
    assert result.code == 0
    assert result.err == ""
    assert result.out.startswith("Usage: ttgpt-tui")
    assert "..." not in result.out.partition("Commands:")[2], "cut where there is no room"


def test_help_needs_nothing_heavy() -> None:
    script = "import sys, ttgpt.tui.cli; print(*sys.modules, sep='\\n')"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"textual", "rich", "yaml", "asyncio", "numpy", "torch", "safetensors", "platformdirs"}
    assert heavy.isdisjoint(shown)
    assert "ttgpt.engine.config" not in shown


def test_version(call: Callable[..., Any]) -> None:
    result = call("--version")
    assert result.code == 0
    assert result.out.split()[0] == "ttgpt-tui"


def test_without_a_terminal_one_page_is_printed(call: Callable[..., Any], home: Path) -> None:
    result = call()
    assert result.code == 0
    assert str(home) in result.out
    assert "ssh -t" in result.out


def test_home_may_stand_before_or_after_the_command(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert call("--home", str(other), "runs").code == 0
    assert other.is_dir()
    after = tmp_path / "after"
    assert call("runs", "--home", str(after)).code == 0
    assert after.is_dir()


def test_a_home_that_cannot_be_written_is_an_environment_error(
    call: Callable[..., Any], tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = call("runs", "--home", str(blocked))
    assert result.code == 3
    assert result.err.startswith("what   Cannot write to")


@pytest.mark.parametrize(
    "arguments",
    [
        ("trian",),
        ("train", "--stp", "1"),
        ("generate",),
        ("generate", "x", "--top-k", "many"),
        ("train", "demo", "--backend", "abacus"),
        ("runs", "frobnicate"),
    ],
)
def test_wrong_usage_is_three_lines_and_code_2(
    arguments: tuple[str, ...], call: Callable[..., Any]
) -> None:
    result = call(*arguments)
    assert result.code == 2
    assert result.out == ""
    lines = result.err.splitlines()
    assert [line.split()[0] for line in lines] == ["what", "why", "next"]


def test_wrong_usage_is_one_json_object_with_json(call: Callable[..., Any]) -> None:
    result = call("train", "--json", "--stp")
    assert result.code == 2
    assert result.document["error"]["exit_code"] == 2
    assert "--stp" in result.document["error"]["what"]
    assert len(result.err.splitlines()) == 3


def test_an_option_value_that_looks_like_json_is_no_flag(call: Callable[..., Any]) -> None:
    result = call("generate", "nobody", "--prompt", "--json")
    assert result.code == 4
    assert result.out == ""


def test_the_errors_own_code_is_the_exit_code(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(home: Path) -> None:
        raise NotSupported("Not\nhere.", "Never was.", "Go there.")

    monkeypatch.setattr("ttgpt.engine.runs.rundir.list_runs", refuse)
    result = call("runs", "--json")
    assert result.code == 7
    assert result.err == "what   Not here.\nwhy    Never was.\nnext   Go there.\n"
    assert result.document == {
        "error": {"what": "Not\nhere.", "why": "Never was.", "next": "Go there.", "exit_code": 7}
    }


def test_a_bug_leaves_its_trace_in_a_file(
    call: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ttgpt.engine.runs.rundir.list_runs", lambda home: 1 / 0)
    result = call("runs")
    assert result.code == 1
    assert result.err.startswith("what   Internal error.\nwhy    ZeroDivisionError")
    (kept,) = (home / "errors").iterdir()
    assert str(kept) in result.err
    assert "Traceback" in kept.read_text()
    assert "Traceback" not in result.err


def test_ctrl_c_is_an_interruption(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(home: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ttgpt.engine.runs.rundir.list_runs", press)
    result = call("runs")
    assert result.code == 5
    assert "what   Interrupted." in result.err


def test_a_reader_that_leaves_is_no_error(home: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    script = "from ttgpt.tui.cli import main; main()"
    shown = subprocess.run(
        [sys.executable, "-c", script, "presets"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert shown.stderr == b""


def test_closed_ends_and_a_narrow_encoding_are_no_bugs(home: Path) -> None:
    script = "from ttgpt.tui.cli import main; main()"
    shown = subprocess.run(
        f"{sys.executable} -c '{script}' --home '{home}/ł' <&-",
        shell=True,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"ssh -t" in shown.stdout


def test_a_process_leaves_with_the_code(home: Path) -> None:
    script = "from ttgpt.tui.cli import main; main()"
    shown = subprocess.run(
        [sys.executable, "-c", script, "runs", "show", "nobody", "--json"],
        capture_output=True,
        check=False,
    )
    assert shown.returncode == 4
    assert json.loads(shown.stdout)["error"]["exit_code"] == 4
    assert shown.stderr.startswith(b"what   There is no run 'nobody'.")
