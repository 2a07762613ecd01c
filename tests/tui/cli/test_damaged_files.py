"""Each small file of a home replaced by what it is not: every command answers in words."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prepared import write_set
from saved_run import save_checkpoint
from written_run import WrittenRun, checkpoint, evaluated, opened, step

from ttgpt.engine import events

Call = Callable[..., Any]

DEEP = b"[" * 100_000 + b"]" * 100_000
WRONG = b'{"created": "x", "model": [], "5": 3, "pid": 1e300, "files": {"a": 1}, "worker": 1}\n'
ODD_EVENTS = (
    b'{"v":1,"seq":1,"t":1e308,"mono":1,"type":"step","step":1,"tokens":1,"loss":1,"lr":1}\n'
    b'{"v":1,"seq":2,"t":1.9e9,"mono":1.0,"type":"step","step":1000000000000000000,"tokens":1,'
    b'"loss":1e308,"lr":1.0,"grad_norm":1.0,"ms":1.0,"tokens_per_s":1.0}\n'
    b'{"v":1,"seq":3,"t":1.9e9,"mono":1.0,"type":"step","step":7,"tokens":7,"loss":1e308,'
    b'"lr":0.001,"grad_norm":null,"ms":1.0,"tokens_per_s":1.0}\n'
    b'{"v":1,"seq":4,"t":1.9e9,"mono":1.0,"type":"checkpoint","step":1,"path":5,"bytes":"x",'
    b'"train_loss":1,"val_loss":1,"kind":[]}\n'
    b'{"v":1,"seq":5,"t":1.9e9,"mono":1.0,"type":"health","kind":1,"level":{},"step":1,"text":2}\n'
)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 << 30)


def _written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": _written(b""),
    "garbage": _written(bytes(range(256)) * 64),
    "deep": _written(DEEP + b"\n"),
    "wrong types": _written(WRONG),
    "odd events": _written(ODD_EVENTS),
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "two gigabytes": _sparse,
    "a folder": lambda path: path.mkdir(),
}

RUN_FILES = (
    *("run.json", "config.json", "labels.json", "note.txt", "run.lock", "preset.yaml"),
    *("events.jsonl", "events.index", "tokenizer.json", "worker.log", "worker.sock"),
)
CHECKPOINT_FILES = ("state.json", "config.json", "tokenizer.json", "weights.safetensors")
SET_FILES = ("meta.json", "tokenizer.json", "train.bin", "val.bin")
HOME_FILES = (
    *("settings.yaml", "presets/mine.yaml", "history.jsonl", "prompts.json", "sampling.json"),
    *("player/player.lock", "player/error.json", "player/worker.sock", "starting.lock"),
)
FILES = (
    *(f"RUN/{name}" for name in RUN_FILES),
    *(f"RUN/checkpoints/000500/{name}" for name in CHECKPOINT_FILES),
    *(f"data/keats/{name}" for name in SET_FILES),
    *HOME_FILES,
)
COMMANDS = {
    "RUN": (
        ("runs",),
        ("runs", "show", "stage2"),
        ("runs", "note", "stage2"),
        ("generate", "stage2@7"),
    ),
    "data": (("data", "list"), ("data", "show", "keats")),
    "presets": (("presets",), ("presets", "show", "mine")),
}
"""What reads a file below a folder; `generate` gets as far as finding the checkpoint."""


LONG = "x" * 300
LONG_COMMANDS = (
    *("runs show {}", "runs note {} a", "runs rename stage2 {}", "runs export {} --as csv"),
    *("train {}", "train {}.yaml", "train demo --name {}", "train demo --data {}"),
    *("train demo --set {}=1", "train demo --set data.source={}", "train --resume {}"),
    *("generate {}", "generate {}@7", "generate /{}/{}", "generate stage2 --out {}"),
    *("data show {}", "data prepare {}", "data prepare harbour --name {}", "data inspect {}"),
    *("presets show {}", "presets show {}.yaml", "attach {}", "--home /{} runs"),
)


@pytest.mark.parametrize("words", LONG_COMMANDS)
def test_a_name_of_300_characters_is_answered(words: str, whole: Path, call: Call) -> None:
    result = call("--home", str(whole), *words.replace("{}", LONG).split())
    assert result.code in (2, 3, 4), result.err
    assert "Internal error" not in result.err


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """A home with a finished run, a checkpoint and a data set."""
    home = Path(tempfile.mkdtemp(prefix="ttgpt-"))
    run = WrittenRun(home)
    run.write(opened(max_steps=500), *map(step, range(10, 510, 10)), evaluated(500))
    run.write(checkpoint(500), events.Finished(500, "max_steps"), events.Closed("done"))
    run.close()
    run.folder.update(state="finished")
    save_checkpoint(run.folder.path, 500)
    write_set(home, "keats")
    for folder in ("presets", "player"):
        (home / folder).mkdir()
    yield home
    shutil.rmtree(home)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_every_command_answers_in_words(name: str, damage: str, whole: Path, call: Call) -> None:
    folder, _, rest = name.partition("/")
    path = next((whole / "runs").iterdir()) / rest if folder == "RUN" else whole / name
    kept = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    DAMAGE[damage](path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        for command in COMMANDS.get(folder, (("runs",), ("presets",))):
            result = call("--home", str(whole), *command)
            assert result.code in (0, 2, 4), (command, result.err)
            assert "Traceback" not in result.err, result.err
            assert "Internal error" not in result.err, result.err
            if command == ("runs",):
                assert "stage2" in result.out
                assert ("damaged" in result.out) == (name == "RUN/run.json")
    finally:
        path.rmdir() if damage == "a folder" else path.unlink()
        if kept is not None:
            path.write_bytes(kept)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 512 << 10, "a file was read into memory whole"
