"""What a person waits for in Play: the first token after Enter, and an even paint while text comes.

    python -m benchmarks.playground [--short]

The app runs without a terminal, with a worker of its own beside it, as in use. A 6 x 384 model that
was never trained writes; that costs the same as a trained one. The worker is warm: it has written
before. First token: from the key until it is in the text on the screen. Paints: how many in each
second while a small, fast model writes, how far apart, and how many tokens came meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from textual.pilot import Pilot

from benchmarks.plain_loop import SHAPES, Shape
from ttgpt.engine import backends, checkpoint
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.worker.player import PlayerFolder
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.sampling_panel import SamplingPanel
from ttgpt.tui.widgets.token_stream import TokenStream
from ttgpt.tui.widgets.writing import Writing

_WANTED_MS, _RATE = 150, 4.0
_PRESSES, _SECONDS = 20, 8.0


def save(home: Path, shape: Shape) -> None:
    """Put a checkpoint of an untrained model where the app finds it."""
    model = ModelConfig(
        n_layer=shape.n_layer, n_head=shape.n_head, n_embd=shape.n_embd,
        block_size=shape.block_size, bias=False,
    )  # fmt: skip
    config = RunConfig(
        model=model, train=TrainConfig(max_steps=1), data=DataConfig(),
        sample=SampleConfig(prompts=("\n",)),
    )  # fmt: skip
    tokenizer = CharTokenizer("\n" + "".join(chr(0x100 + i) for i in range(shape.vocab_size - 1)))
    session = backends.get("torch").open(
        model, config.train, tokenizer.vocab_size, 0, training=False
    )
    checkpoint.save(
        home / "imported" / shape.name / "checkpoints", 1, session.weights(), None,
        config.to_dict(), tokenizer.to_json(), {"kind": "final", "tokens": 1},
    )  # fmt: skip
    session.close()


@contextlib.contextmanager
def home_with(shape: Shape) -> Iterator[Path]:
    """Give a home folder with one checkpoint; its worker is ended afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["TTGPT_RUNTIME_DIR"] = folder
        save(home, shape)
        try:
            yield home
        finally:
            owner = PlayerFolder(home / "player").owner()
            if owner is not None:
                os.kill(owner.pid, signal.SIGKILL)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Let the app work until something is so."""
    while not condition():
        await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def in_play(home: Path, tokens: int):  # type: ignore[no-untyped-def]
    """Open the app at Play, with a warm worker and a length that is set."""
    app = TtgptApp(home, Settings(repaint_rate=_RATE))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: bool(app.screen.query(CheckpointTable)))
        await until(pilot, lambda: app.screen.query_one(CheckpointTable).chosen is not None)
        app.screen.query_one(SamplingPanel)._length.value = 20
        await write(pilot)
        app.screen.query_one(SamplingPanel)._length.value = tokens
        yield pilot


async def write(pilot: Pilot[None]) -> float:
    """Press Enter, wait for the end, and give the seconds to the first token."""
    stream, writing = (pilot.app.screen.query_one(kind) for kind in (TokenStream, Writing))
    pilot.app.screen.query_one(CheckpointTable).focus()
    began = time.perf_counter()
    await pilot.press("enter")
    await until(pilot, lambda: writing.is_writing)
    await until(pilot, lambda: stream.is_painted)
    first = time.perf_counter() - began
    await until(pilot, lambda: not writing.is_writing)
    return first


async def first_tokens(home: Path, presses: int) -> list[float]:
    """Give the milliseconds from Enter to the first token, several times."""
    async with in_play(home, 20) as pilot:
        return [1000 * await write(pilot) for _ in range(presses)]


async def paints(home: Path, seconds: float) -> tuple[list[float], float]:
    """Give the moments of paints while a text comes, and its tokens a second."""
    moments: list[float] = []
    async with in_play(home, 100_000) as pilot:
        stream, writing = (pilot.app.screen.query_one(kind) for kind in (TokenStream, Writing))
        painted = stream._paint

        def paint() -> None:
            moments.append(time.perf_counter())
            painted()

        stream._paint = paint
        pilot.app.screen.query_one(CheckpointTable).focus()
        await pilot.press("enter")
        await until(pilot, lambda: bool(writing.written.pieces))
        began, before = time.perf_counter(), len(writing.written.pieces)
        await asyncio.sleep(seconds)
        rate = (len(writing.written.pieces) - before) / (time.perf_counter() - began)
        await pilot.press("escape")
        await until(pilot, lambda: not writing.is_writing)
    return [moment for moment in moments if began <= moment <= began + seconds], rate


def main(arguments: list[str] | None = None) -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args(arguments)
    with home_with(SHAPES["a"]) as home:
        found = sorted(asyncio.run(first_tokens(home, 5 if args.short else _PRESSES)))
    print(
        f"first token after Enter, 6 x 384: median {statistics.median(found):.0f} ms, "
        f"worst {found[-1]:.0f} ms of {len(found)}  wanted {_WANTED_MS}",
        flush=True,
    )
    seconds = 2.0 if args.short else _SECONDS
    with home_with(SHAPES["c"]) as home:
        moments, rate = asyncio.run(paints(home, seconds))
    gaps = [1000 * (b - a) for a, b in pairwise(moments)]
    print(
        f"paints while {rate:,.0f} tokens/s come: {len(moments) / seconds:.1f} a second, "
        f"at most {max(gaps):.0f} ms apart  wanted {_RATE:.0f} a second",
        flush=True,
    )


if __name__ == "__main__":
    main()
