"""What a person writes, and has written, is for that person alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from support import TINY_PRESET

_APP = """
import contextlib, sys
from pathlib import Path
from ttgpt.engine import own_presets, presets
from ttgpt.engine.commands import Generate
from ttgpt.tui import saved_text, settings
from ttgpt.tui.cli import main
from ttgpt.tui.doctor import keep
from ttgpt.tui.play import history, presets as sampling, prompts
from ttgpt.tui.sampling import Sampling

with contextlib.suppress(SystemExit):
    main(["runs"])
home = Path(sys.argv[1])
history.remember(home, history.Entry(Generate("a letter"), "r", "r", 1, ("a secret",)))
saved_text.save_text(home, "r", "a secret", "r")
prompts.keep_prompt(home, "a letter")
sampling.save_own(home, "mine", Sampling())
settings.save_settings(home, settings.Settings())
keep.keep_report(home, "about this host")
demo = presets.load("demo")
own_presets.save(home, "mine", demo.config, demo)
"""
"""Writes what the app writes, as the app's process does."""


def test_all_below_the_home_is_for_its_owner_alone(tmp_path: Path, home: Path) -> None:
    home.rmdir()
    preset, out = tmp_path / "tiny.yaml", tmp_path / "texts.json"
    preset.write_text(TINY_PRESET)
    command = [sys.executable, "-c", "from ttgpt.tui.cli import main; main()"]
    for arguments in (
        ("train", str(preset), "--name", "one", "--set", "train.max_steps=10"),
        ("generate", "one", "--prompt", "MARTHA:", "--max-new-tokens", "5", "--out", str(out)),
        ("runs", "note", "one", "a secret"),
        ("runs", "export", "one"),
        ("data", "prepare", str(preset), "--name", "preset"),
        ("train", "--resume", "one", "--set", "train.max_steps=12"),
        ("runs", "rename", "one", "two"),
        ("data", "delete", "preset", "--yes"),
    ):
        subprocess.run([*command, *arguments], check=True, umask=0o022, capture_output=True)
    subprocess.run([sys.executable, "-c", _APP, str(home)], check=True, umask=0o022)
    below = [home, *home.rglob("*")]
    open_to_others = {
        str(path.relative_to(home)): oct(stat.S_IMODE(path.lstat().st_mode))
        for path in below
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    }
    assert open_to_others == {}
    assert len(below) > 40
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert {"history.jsonl", "prompts.json", "texts", "player"} <= set(os.listdir(home))
