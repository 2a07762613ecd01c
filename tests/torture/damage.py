"""Damage every file and folder of a home in every way, and see that each command answers in words.

A home is a person's disk: a bit flips, a copy is cut short, an editor leaves half a file, a link
points at a device. Whatever lies there, a command says what is wrong, or works without it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import scenes
import yaml
from support import finish, start_tiny

from ttgpt.engine import own_presets, presets
from ttgpt.engine.checkpoints.folder import take_in
from ttgpt.engine.checkpoints.labels import set_label
from ttgpt.engine.commands import Generate
from ttgpt.engine.runs.labels import write_note
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.play import history, prompts
from ttgpt.tui.play import presets as sampling_presets
from ttgpt.tui.settings import Settings, save_settings

from .child import LOOK, Answer, Child
from .tally import Tally, dice

VICTIM, BYSTANDER = "victim", "bystander"
MOST_MEGABYTES = 400
"""For a command or the app; without damage they take 60."""
_MOST_CHILDREN = 1500
"""For a worker; without damage it takes 400."""
_CODES = {0, 2, 3, 4, 5, 7}
"""1 is for what nobody foresaw."""

READING: dict[str, list[list[str]]] = {
    "": [[], ["runs", "--json"]],
    "runs": [
        ["runs"],
        ["runs", "show", VICTIM],
        ["runs", "show", VICTIM, "--json"],
        ["runs", "compare", VICTIM, BYSTANDER],
        ["runs", "note", VICTIM],
        ["attach", VICTIM, "--json"],
    ],
    "data": [["data", "list"], ["data", "list", "--json"], ["data", "show", "harbour"]],
    "presets": [["presets"], ["presets", "show", "mine"]],
    "trash": [["runs", "trash"]],
}
"""What reads a place, by how its path begins."""
_WRITE = ["generate", VICTIM, "--prompt", "MARTHA", "--top-k", "1", "--max-new-tokens", "8"]
_GO_ON = ["train", "--resume", VICTIM, "--set", "train.max_steps=44"]


def trials(seed: int, home: Path, tally: Tally) -> Iterator[None]:
    """Each trial damages one place in one way, runs the commands, and mends it again."""
    make_home(home)
    pristine = home.with_name("pristine")
    shutil.copytree(home, pristine, symlinks=True, ignore=_sockets)
    child = Child(home.with_name("child"))
    try:
        texts = _healthy(child, home, tally)
        restore(home, pristine)
        pairs = [(place, how) for place in _places(pristine) for how in DAMAGES]
        dice(seed, "damage").shuffle(pairs)
        tally.tried["places"] = len({place for place, _ in pairs})
        tally.tried["kinds of damage"] = len(DAMAGES)
        tally.tried["pairs of both"] = len(pairs)
        for number, (place, how) in enumerate(cycle(pairs)):
            chance = dice(seed, "damage", number)
            if not DAMAGES[how](home / place, chance):
                continue
            what = f"{place}, {how} (trial {number})"
            if _try_all(child, place, what, chance, texts, tally):
                restore(home, pristine)
            else:
                _put_back(home / place, pristine / place)
            tally.tried["damages"] += 1
            yield
    finally:
        child.close()


def make_home(home: Path) -> None:
    """Fill a home with one of each thing that the program keeps."""
    started = start_tiny(home, train__keep_last=3)
    if finish(started, 300) != 0:
        raise RuntimeError(f"no run to damage: {started.run.log.read_text()}")
    write_note(started.run, "A note.")
    set_label(started.run.path, 30, kept=True, name="A label.")
    for name in (BYSTANDER, VICTIM):
        run = RunFolder(started.run.path.with_name(f"2026-01-01-000000-{name}"))
        shutil.copytree(started.run.path, run.path)
        run.update(id=run.path.name, name=name)
    (home / "trash").mkdir()
    started.run.path.rename(home / "trash" / "2026-01-02-000000-deleted")
    outside = shutil.copytree(run.checkpoints / "000030", home.with_name("outside") / "000030")
    take_in(home, outside)
    save_settings(home, Settings(marker="ascii", theme="light"))
    own_presets.save(home, "mine", presets.load("demo").config, presets.load("demo"))
    sampling_presets.save_own(home, "mine", sampling_presets.NEUTRAL.sampling)
    prompts.keep_prompt(home, "MARTHA:\n")
    entry = history.Entry(Generate("MARTHA:\n"), run.path.name, VICTIM, 40, ("What say you?",))
    history.remember(home, entry)
    scenes.tried(home)


def _healthy(child: Child, home: Path, tally: Tally) -> set[str]:
    """Run each command without damage, and give what whole weights write."""
    for arguments in [*chain(*READING.values()), [LOOK, VICTIM]]:
        _check(child.ask(*arguments), arguments, "no damage", tally, codes={0})
    texts = set()
    for step in ("@40", "@30", "@20"):
        answer = child.ask(_WRITE[0], VICTIM + step, *_WRITE[2:])
        _check(answer, ["generate", step], "no damage", tally, codes={0})
        texts.add(answer.out)
    _check(child.ask(*_GO_ON), _GO_ON, "no damage", tally, codes={0})
    return texts


def _try_all(
    child: Child, place: Path, what: str, chance: random.Random, texts: set[str], tally: Tally
) -> bool:
    """Run what reads a place; say whether anything may have been written."""
    reading = [some for start, some in READING.items() if str(place).startswith(start)]
    for arguments in chain(*reading):
        answer = child.ask(*arguments)
        _check(answer, arguments, what, tally)
        is_list = arguments == ["runs", "--json"] and str(place) != "runs"
        if is_list and BYSTANDER not in answer.out:
            tally.fault(what, "`runs` lost a run that is whole")
    if chance.random() < 0.4:
        answer = child.ask(*_WRITE)
        _check(answer, _WRITE, what, tally)
        tally.tried["texts"] += 1
        if answer.code == 0 and answer.out not in texts:
            tally.fault(what, "a text that no whole checkpoint writes", repr(answer.out))
    looks, goes_on = chance.random() < 0.03, chance.random() < 0.02
    for arguments, wanted in (([LOOK, VICTIM], looks), (_GO_ON, goes_on)):
        if wanted:
            tally.tried[f"`{arguments[0]}`"] += 1
            _check(child.ask(*arguments), arguments, what, tally)
    return looks or goes_on


def _check(
    answer: Answer,
    arguments: list[str],
    what: str,
    tally: Tally,
    codes: set[int] = _CODES,
) -> None:
    tally.tried["commands"] += 1
    tally.measured("most megabytes", answer.megabytes)
    tally.measured("most megabytes of a worker", answer.children_megabytes)
    if wrong := fault_in(answer, codes):
        tally.fault(f"{what}: `{' '.join(arguments)}`", *wrong)


def fault_in(answer: Answer, codes: set[int] = _CODES) -> tuple[str, str] | None:
    """Say what is wrong with an answer that is not in words, in time and in bounds; and show it."""
    if answer.code is None:
        return "hung, or died", answer.err[-1500:]
    for word in ("Internal error", "Traceback"):
        if word in answer.text:
            name = re.search(r"\w+(Error|Exception)\b.{0,40}", answer.text)
            return f"{word}: {name[0] if name else ''}", _shortened(answer.text)
    if "\x1b" in answer.text:
        return "steers the terminal", _shortened(answer.text)
    if answer.code not in codes:
        return f"ended with {answer.code}", _shortened(answer.text)
    if answer.megabytes > MOST_MEGABYTES or answer.children_megabytes > _MOST_CHILDREN:
        return "took too much memory", f"{answer.megabytes}, {answer.children_megabytes} MB"
    return None


def _shortened(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(line[:200] for line in (lines if len(lines) < 40 else lines[:3] + lines[-35:]))


def _places(home: Path) -> list[Path]:
    """Give all files and folders that belong to one run, and all that are the home's."""
    found = (path.relative_to(home) for path in sorted(home.rglob("*")))
    skipped = re.compile("player|code|errors|.*(bystander|deleted/checkpoints/|imported/.*/|0020/)")
    return [path for path in found if not skipped.match(str(path))]


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.endswith(".sock") or name == "player"]


def restore(home: Path, pristine: Path) -> None:
    """Make a home as it was."""
    # Not the player: the worker in it serves the next trial too.
    for path in home.iterdir():
        if path.name != "player":
            _remove(path)
    shutil.copytree(pristine, home, symlinks=True, dirs_exist_ok=True)


def _put_back(path: Path, from_where: Path) -> None:
    _remove(path)
    if from_where.is_dir():
        shutil.copytree(from_where, path, symlinks=True)
    else:
        shutil.copy2(from_where, path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


Damage = Callable[[Path, random.Random], bool]
"""Says whether it could be done to this place."""


def _to_content(change: Callable[[bytes, random.Random], bytes]) -> Damage:
    def damage(path: Path, chance: random.Random) -> bool:
        if not path.is_file() or not (content := path.read_bytes()):
            return False
        path.write_bytes(change(content, chance))
        return True

    return damage


def _instead(make: Callable[[Path], object]) -> Damage:
    def damage(path: Path, chance: random.Random) -> bool:
        _remove(path)
        make(path)
        return True

    return damage


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _with_other_values(path: Path, chance: random.Random) -> bool:
    """Put a value of another kind, or an absurd one, at one place of a JSON or YAML file."""
    if path.suffix not in (".json", ".jsonl", ".yaml"):
        return False
    lines = path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    at = chance.randrange(len(lines))
    value = yaml.safe_load(lines[at]) if path.suffix == ".yaml" else json.loads(lines[at])
    changed = _replaced(value, chance)
    lines[at] = yaml.safe_dump(changed) if path.suffix == ".yaml" else json.dumps(changed)
    path.write_text("\n".join(lines) + "\n")
    return True


def _replaced(value: Any, chance: random.Random) -> Any:
    if value and isinstance(value, (dict, list)) and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = chance.choice(keys)
        copy = dict(value) if isinstance(value, dict) else list(value)
        copy[key] = _replaced(value[key], chance)
        return copy
    return chance.choice(_VALUES)


_VALUES = (None, True, -1, 0, 10**400, 10**18, 1e308, -1e-320, float("nan"), float("inf"), "", "x")
_VALUES += ("1", "\x1b]0;x\x07\x1b[31m", "\x00", "../" * 9 + "etc/passwd", "/dev/zero", "é" * 5000)
_VALUES += ([], {}, [[]], {"": None}, ["x"] * 1000, "\ud800", "[red]", "2026-01-01")

DAMAGES: dict[str, Damage] = {
    "a bit flipped": _to_content(_flipped),
    "cut": _to_content(lambda content, chance: content[: chance.randrange(len(content))]),
    "emptied": _to_content(lambda content, chance: b""),
    "garbage": _to_content(lambda content, chance: chance.randbytes(len(content))),
    "more behind it": _to_content(lambda content, chance: content + chance.randbytes(100)),
    "zeros": _to_content(lambda content, chance: bytes(len(content))),
    "lists in lists": _to_content(lambda content, chance: b"[" * 100_000 + b"]" * 100_000),
    "an object in objects": _to_content(
        lambda content, chance: b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    ),
    "a list": _to_content(lambda content, chance: b"[1, 2]\n"),
    "a number": _to_content(lambda content, chance: b"9" * 5000),
    "one other value": _with_other_values,
    "a second other value": _with_other_values,
    "a third other value": _with_other_values,
    "missing": _instead(lambda path: None),
    "a folder": _instead(Path.mkdir),
    "a file": _instead(lambda path: path.write_text("x")),
    "a FIFO": _instead(os.mkfifo),
    "a link to /dev/zero": _instead(partial(Path.symlink_to, target="/dev/zero")),
    "a link to /dev/full": _instead(partial(Path.symlink_to, target="/dev/full")),
    "a link to a terminal": _instead(partial(Path.symlink_to, target="/dev/tty")),
    "a link to itself": _instead(lambda path: path.symlink_to(path)),
    "a link to nothing": _instead(partial(Path.symlink_to, target="/nowhere")),
    "2 GB of nothing": _instead(lambda path: (path.touch(), os.truncate(path, 2 << 30))),
}
