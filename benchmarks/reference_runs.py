"""Validation losses that presets must reach on tiny Shakespeare, by true runs of the worker.

    python -m benchmarks.reference_runs [--short] [--text FILE] [--only NAME]

Writes each run's evaluations and last samples to `benchmarks/logs/NAME.jsonl`, which is committed.
`--short` does 200 steps and writes nothing: it shows that the benchmark works, not a figure.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ttgpt.engine import presets, wire
from ttgpt.engine.events import Evaluated, Failed, Opened, Sample, encode
from ttgpt.engine.runs.event_log import Damaged, EventReader
from ttgpt.engine.runs.rundir import RunFolder
from ttgpt.engine.runs.starting import start_run

LOGS = Path(__file__).parent / "logs"
SHARED_TEXT = Path(__file__).parents[2] / "shared" / "data" / "tinyshakespeare.txt"

BABY = """\
title: Baby
summary: 4 layers, 4 heads, width 128, block 64, batch 12, 2,000 steps.
expect: A validation loss of 1.95 or less.
model: {n_layer: 4, n_head: 4, n_embd: 128, block_size: 64, dropout: 0.0, bias: false}
train: {batch_size: 12, max_steps: 2000, lr: 1e-3, min_lr: 1e-4, warmup_steps: 100, beta2: 0.99,
        eval_interval: 250, checkpoint_interval: 1000}
data: {source: tiny-shakespeare}
sample: {interval: 1000, prompts: ["ROMEO:\\n"]}
"""


@dataclass(frozen=True)
class Target:
    """A run and the validation loss it has to reach, in nats per character."""

    name: str
    preset: presets.Preset
    val_loss: float


def targets() -> list[Target]:
    """Give the runs of this benchmark."""
    return [
        Target("baby", presets.parse("baby", BABY), 1.95),
        Target("keats", presets.load("keats"), 1.85),
    ]


def measure(target: Target, text: str, home: Path, *, short: bool) -> str:
    """Train one target and give its line of the report."""
    settings = {"train.deterministic": "true", **({"train.max_steps": "200"} if short else {})}
    began = time.monotonic()
    started = start_run(home, target.preset, settings=settings, data=text)
    status = started.process.wait()
    minutes = (time.monotonic() - began) / 60
    found = [e for e in EventReader(started.run.events).poll() if not isinstance(e, Damaged)]
    for envelope in found:
        if isinstance(envelope.event, Failed):
            raise SystemExit(envelope.event.message)
    last = [e.event for e in found if isinstance(e.event, Evaluated)][-1]
    if not short:
        _write_log(target.name, started.run)
    verdict = "" if short else ("  reached" if last.val_loss <= target.val_loss else "  MISSED")
    return (
        f"{target.name:<8} step {last.step:>6,}  val {last.val_loss:.4f}  train "
        f"{last.train_loss:.4f}  target {target.val_loss}{verdict}  "
        f"{minutes:.1f} min, exit {status}"
    )


def _write_log(name: str, run: RunFolder) -> None:
    kept = [
        e
        for e in EventReader(run.events).poll()
        if not isinstance(e, Damaged) and isinstance(e.event, (Opened, Evaluated, Sample))
    ]
    LOGS.mkdir(exist_ok=True)
    # The text is told by its name: where it lay on this machine is nobody's business.
    config = run.config().with_settings({"data.source": "tiny-shakespeare"}).to_dict()
    head = wire.to_line({"date": time.strftime("%Y-%m-%d"), "config": config})
    (LOGS / f"{name}.jsonl").write_bytes(head + b"".join(encode(e) for e in kept))


def main(arguments: list[str] | None = None) -> None:
    """Measure what was asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--text", default=str(SHARED_TEXT))
    asked = parser.parse_args(arguments)
    text = asked.text if Path(asked.text).exists() else "tiny-shakespeare"
    home = Path(tempfile.mkdtemp(prefix="ttgpt-bench-"))
    try:
        for target in targets():
            if asked.only in ("", target.name):
                print(measure(target, text, home, short=asked.short), flush=True)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
