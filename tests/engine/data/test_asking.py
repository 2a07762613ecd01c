"""The child that prepares texts, from outside: what it tells, and what a broken end leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import wait_for

from ttgpt.engine.data import asking, datasets
from ttgpt.engine.data.asking import Progress
from ttgpt.engine.data.meta import verify
from ttgpt.engine.data.prepare import prepare
from ttgpt.engine.data.recipe import Recipe
from ttgpt.engine.errors import DataError, EnvironmentNotReady, Interrupted, UsageError
from ttgpt.engine.host import children

LINE = "My heart aches, and a drowsy numbness pains my sense.\n"
MOMENTS = ["reading long", "looking at characters", "encoding", "counting pairs"]


@pytest.fixture
def text(tmp_path: Path) -> Recipe:
    (tmp_path / "long.txt").write_text(LINE * 60_000)
    return Recipe(sources=(str(tmp_path / "long.txt"),))


def check_whole_or_nothing(home: Path) -> None:
    folder = datasets.data_folder(home)
    for path in folder.iterdir() if folder.exists() else ():
        assert verify(path).characters == 60_000 * len(LINE)


def test_a_cancel_at_the_beginning_is_told(home: Path, text: Recipe) -> None:
    with pytest.raises(Interrupted, match="Cancelled"):
        asking.prepare(home, text, cancel=lambda: True)
    check_whole_or_nothing(home)


def test_it_tells_how_far_it_is_and_gives_the_set(home: Path, text: Recipe) -> None:
    said: list[Progress] = []
    made = asking.prepare(home, text, "ode", say=said.append)
    assert (made.is_new, made.folder, made.meta.name) == (True, home / "data" / "ode", "ode")
    assert list(dict.fromkeys(one.what for one in said)) == MOMENTS
    assert all(0 <= one.done <= one.total for one in said if one.total)
    again = asking.prepare(home, text, "ode")
    assert (again.is_new, again.meta) == (False, made.meta)
    assert again.listed in datasets.list_sets(home)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cancel_leaves_nothing_half_made(moment: str, home: Path, text: Recipe) -> None:
    said: list[str] = []
    with contextlib.suppress(Interrupted):  # the last moment may come too late
        asking.prepare(
            home, text, say=lambda one: said.append(one.what), cancel=lambda: moment in said
        )
    check_whole_or_nothing(home)


def test_a_cancel_that_comes_too_late_gives_the_set(
    home: Path, text: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finish_and_die(*arguments: Any, **options: Any) -> None:
        prepare(text, home, "ode")
        raise Interrupted("Cancelled.", "", "")

    monkeypatch.setattr(children, "ask", finish_and_die)
    made = asking.prepare(home, text, cancel=lambda: True)
    assert (made.meta.name, made.is_new) == ("ode", True)


@pytest.mark.parametrize("moment", ["encoding", "counting pairs"])
def test_a_killed_child_leaves_nothing_half_made(
    moment: str, home: Path, text: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(children.subprocess, "Popen", start)
    with contextlib.suppress(EnvironmentNotReady):  # or it was done before
        asking.prepare(
            home, text, say=lambda one: started[0].kill() if one.what == moment else None
        )
    check_whole_or_nothing(home)


def test_a_parent_that_dies_takes_its_child_along(home: Path, text: Recipe) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from ttgpt.engine.data import asking, recipe\n"
        "die = lambda one: os.kill(os.getpid(), 9) if one.what == 'encoding' else None\n"
        "asking.prepare(Path(sys.argv[1]), recipe.Recipe(sources=(sys.argv[2],)), say=die)"
    )
    parent = subprocess.run([sys.executable, "-c", code, home, text.sources[0]])
    assert parent.returncode == -signal.SIGKILL

    def is_clean() -> bool:
        datasets.clean_stale(home)  # as the next preparation does
        return not list((home / "data").glob("*.partial-*"))

    wait_for("the child's end", is_clean)
    check_whole_or_nothing(home)


def test_errors_keep_their_class(home: Path, tmp_path: Path, text: Recipe) -> None:
    (tmp_path / "caf.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match="byte 0xE9 at offset 3"):
        asking.analyse(home, Recipe(sources=(str(tmp_path / "caf.txt"),)))
    with pytest.raises(UsageError, match="has / in it"):
        asking.prepare(home, text, "a/b")


def test_standard_input_reaches_the_child(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ttgpt.engine.data import asking, recipe\n"
        "print(asking.prepare(Path(sys.argv[1]), recipe.Recipe(sources=('-',))).meta.characters)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, home], input=LINE * 9, capture_output=True, text=True
    )
    assert shown.stdout == f"{len(LINE) * 9}\n", shown.stderr
    assert [one.name for one in datasets.list_sets(home)] == ["stdin"]
    assert datasets.recent_sources(home) == []


def test_an_analysis_travels_whole(home: Path, text: Recipe) -> None:
    found = asking.analyse(home, text)
    assert type(found).from_dict(found.to_dict()) == found
    assert found.characters == 60_000 * len(LINE)
    assert os.listdir(home) == []
