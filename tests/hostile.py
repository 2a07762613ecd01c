"""A home in which every name, note and event would steer a terminal, were it sent as it stands."""

from dataclasses import replace
from pathlib import Path

from prepared import write_set
from saved_run import save_checkpoint
from written_run import WrittenRun, evaluated, opened, sample, step

from ttgpt.engine import events
from ttgpt.engine.commands import Generate
from ttgpt.engine.disk import atomic
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.tui.play import history

WORD = "a\x1b]0;t\x07\x1b[2J\x9b31m\x7f\u202eb\r\n\u2028c\udcff"
"""Sequences in 7 and 8 bits, DEL, an override of direction, line ends, half a character."""

PRESET = f"""\
title: {WORD.encode("ascii", "backslashreplace").decode()!s}
summary: "s\\e[2J\\x9b31m"
expect: "e\\e[2J\\u202e"
model: {{n_layer: 1, n_head: 2, n_embd: 16, block_size: 16}}
train: {{batch_size: 4, max_steps: 40}}
data: {{source: "d\\e[2J"}}
sample: {{prompts: ["p\\e[2J"]}}
"""


def fill(home: Path) -> RunFolder:
    """Fill a home; gives its run, which has failed."""
    run = WrittenRun(home, "evil", live=False)
    run.write(
        replace(opened(), device=WORD, backend=WORD, dtype=WORD, note=WORD),
        events.Compiling(WORD),
        step(10),
        evaluated(10),
        sample(10, WORD),
        events.Health(WORD, WORD, 10, WORD, WORD, WORD),
        events.Health("plateau", "warning", 10, WORD, WORD, WORD),
        events.Checkpoint(10, WORD, 1, 2.0, 2.0, WORD),
        events.Setting(WORD, WORD, WORD, WORD),
        events.Tuned(10, WORD),
        events.Paused(10, WORD),
        events.Resumed(10, WORD),
        events.Unknown(WORD, {WORD: WORD}),
        events.Failed(10, WORD, WORD, WORD, 1, WORD),
        events.Closed(WORD),
    )
    run.close()
    save_checkpoint(run.folder.path, 10, kind=WORD)
    atomic.write_bytes(run.folder.path / "note.txt", WORD.encode("utf-8", "surrogateescape"))
    atomic.write_bytes(run.folder.log, WORD.encode("utf-8", "surrogateescape"))
    folder = run.folder.path.with_name(run.folder.path.name + WORD)
    run.folder.path.rename(folder)
    moved = RunFolder(folder)
    kept = {"name": WORD, "preset": WORD, "data": WORD, "device": WORD}
    moved.update(id=folder.name, state="failed", host=WORD, **kept)
    (home / "presets").mkdir()
    (home / "presets" / f"{WORD}.yaml").write_text(PRESET)
    write_set(home, WORD)
    write_set(home, f"broken{WORD}")
    (home / "data" / f"broken{WORD}" / "train.bin").unlink()
    texts = history.Entry(Generate(WORD), WORD, WORD, 10, (WORD,), (WORD,), 1.8e9)
    history.remember(home, texts)
    return moved
