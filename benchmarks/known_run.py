"""The known run on the double of a card, beside PyTorch: `python -m benchmarks.known_run`.

Both networks, 4 layers, 200 steps, on every generation of the double; `--text FILE` takes another
text than the bundled one. `--record` writes PyTorch's course of 20 steps anew.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import math
import sys
from pathlib import Path

import numpy as np
import torch
import yaml

from ttgpt.engine.backends import Weights
from ttgpt.engine.backends.torch_backend import BACKEND as TORCH
from ttgpt.engine.backends.ttml_backend import BACKEND as TTML
from ttgpt.engine.config import ModelConfig, TrainConfig
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.doctor.training import STEPS
from ttgpt.engine.training.known_run import MODEL, Course, bundled_text, follow, train_config

TESTS = Path(__file__).parents[1] / "tests"
COURSE = Path(__file__).parents[1] / "assets" / "known_run.yaml"
PROMPT = "MARTHA:\nThe night is long, and the sea"
LENGTH = 50
HEAD = """\
# The course of the known run (engine/training/known_run.py) with PyTorch {version} in float32
# on a CPU, recorded by `python -m benchmarks.known_run --record`.
# `ttgpt-tui doctor --deep --train` holds a card against it.
"""


def with_torch(model: ModelConfig, train: TrainConfig, text: str | None) -> Course:
    train = dataclasses.replace(train, device="cpu", precision="float32", threads=1)
    return follow(TORCH, model, train, text=text)


def record() -> None:
    course = with_torch(MODEL, train_config(STEPS), None)
    body = {"losses": [round(x, 5) for x in course.losses], "val_loss": round(course.val_loss, 5)}
    COURSE.write_text(HEAD.format(version=torch.__version__) + yaml.safe_dump(body), "utf-8")


@dataclasses.dataclass(frozen=True)
class Crossed:
    """The same weights on both backends."""

    largest: float
    mean: float
    """Differences of logits."""
    characters: int
    """Of a text at temperature 0, until the first that differs."""
    margin: float
    """By how much PyTorch preferred the first that differs; NaN where none does."""

    def __str__(self) -> str:
        tie = f" (a margin of {self.margin:.3f})" if self.characters < LENGTH else ""
        return f"{self.characters} of {LENGTH}{tie}"


def cross(model: ModelConfig, weights: Weights, text: str | None) -> Crossed:
    """Load one backend's weights into both."""
    tokenizer = CharTokenizer.from_text(bundled_text() if text is None else text)
    train = TrainConfig(batch_size=8, max_steps=1, device="cpu", precision="float32", threads=1)
    ids = np.array(tokenizer.encode(PROMPT))[None]
    scores, texts = [], []
    for backend in (TTML, TORCH):
        settings = dataclasses.replace(train, device="auto") if backend is TTML else train
        session = backend.open(model, settings, tokenizer.vocab_size, 1, training=False)
        session.load_weights(weights)
        starts = [ids[:, :n] for n in range(1, ids.shape[1] + 1)]
        scores.append(np.stack([session.decoder(start).logits() for start in starts]))
        decoder, written, margins = session.decoder(ids), [], []
        for _ in range(LENGTH):
            second, best = np.sort(decoder.logits()[0])[-2:]
            margins.append(float(best - second))
            written.append(int(decoder.logits().argmax()))
            decoder.append(written[-1:])
        texts.append(written)
        session.close()
    apart = np.abs(scores[0] - scores[1])
    same = [*(a == b for a, b in zip(*texts, strict=True)), False].index(False)
    return Crossed(float(apart.max()), float(apart.mean()), same, [*margins, math.nan][same])


def compare(text: str | None) -> None:
    sys.path.insert(0, str(TESTS))
    import ttml_double

    llama = dataclasses.replace(MODEL, arch="llama", mlp_hidden=192, n_kv_head=1)
    train = train_config(200)
    print(
        "| network | ttml | PyTorch | double | apart | largest, 20-step means | gains "
        "| logits from the double | logits from PyTorch | same characters |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, model in (("nanogpt", MODEL), ("llama", llama)):
        torch_course = with_torch(model, train, text)
        for generation in ttml_double.GENERATIONS.values():
            ttml_double.install(generation)
            with contextlib.redirect_stdout(io.StringIO()):  # the bindings' own words
                card = follow(TTML, model, train, text=text)
                crossed = [cross(model, c.weights, text) for c in (card, torch_course)]
            ttml_double.uninstall()
            logits = [f"{c.largest:.3f}, {c.mean:.4f}" for c in crossed]
            means = [np.reshape(c.losses, (10, 20)).mean(1) for c in (card, torch_course)]
            print(
                f"| {name} | {generation.name} | {torch_course.val_loss:.4f} "
                f"| {card.val_loss:.4f} | {abs(card.val_loss - torch_course.val_loss):.4f} "
                f"| {np.abs(means[0] - means[1]).max():.4f} "
                f"| {'moved' if card.gains_moved else 'FROZEN'} | {' | '.join(logits)} "
                f"| {crossed[0]}, {crossed[1]} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--text", type=Path, help="a text; without it the bundled one")
    arguments = parser.parse_args()
    if arguments.record:
        record()
        return
    compare(arguments.text.read_text("utf-8") if arguments.text else None)


if __name__ == "__main__":
    main()
