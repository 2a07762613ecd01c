"""What a person waits for in Play: the first token after Enter, and an even paint while text comes.

    python -m benchmarks.playground [--short]

The app runs without a terminal. First token: from the key until it is in the text on the screen. A
6 x 384 model that was never trained writes, which costs the same as a trained one, in a worker
beside the app, as in use; it is warm: it has written before. Paints: how many in each second, and
how far apart, while 2,000 tokens a second come from a source that is paced, so that the model's
speed on this machine plays no part; they come as the worker's lines, which the app reads.
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
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

from textual import events
from textual.pilot import Pilot

from benchmarks.plain_loop import SHAPES, Shape
from ttgpt.engine import backends
from ttgpt.engine.checkpoints import checkpoint
from ttgpt.engine.commands import Chunk, Drawn, Generate, Reply, decode_answer
from ttgpt.engine.config import DataConfig, ModelConfig, RunConfig, SampleConfig, TrainConfig
from ttgpt.engine.data.tokenizer import CharTokenizer
from ttgpt.engine.worker.player import PlayerFolder
from ttgpt.engine.worker.streams import CHUNK_SECONDS
from ttgpt.tui.app import TtgptApp
from ttgpt.tui.link import WorkerLink
from ttgpt.tui.settings import Settings
from ttgpt.tui.widgets.play.checkpoint_table import CheckpointTable
from ttgpt.tui.widgets.play.sampling_panel import SamplingPanel
from ttgpt.tui.widgets.play.token_stream import TokenStream
from ttgpt.tui.widgets.play.writing import Writing

_WANTED_MS, _RATE = 150, 4.0
_PRESSES, _SECONDS, _TOKENS_PER_S = 20, 8.0, 2_000


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
async def in_play(home: Path) -> AsyncIterator[Pilot[None]]:
    """Open the app at Play, with a warm worker and a short length."""
    app = TtgptApp(home, Settings(repaint_rate=_RATE))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: bool(app.screen.query(CheckpointTable)))
        await until(pilot, lambda: app.screen.query_one(CheckpointTable).chosen is not None)
        app.screen.query_one(SamplingPanel)._length.value = 20
        await write(pilot)
        yield pilot


async def write(pilot: Pilot[None]) -> tuple[float, float]:
    """Press Enter, wait for the end; give the app's milliseconds to the first token, and its CPU's.

    The CPU's are what the app costs on a machine that is not shared; the worker's come on top.
    """
    screen = pilot.app.screen
    stream, writing = screen.query_one(TokenStream), screen.query_one(Writing)
    before = writing.text
    screen.query_one(CheckpointTable).focus()
    began, used = time.perf_counter(), time.process_time()
    # Not by the pilot, which waits until all is quiet again.
    pilot.app.post_message(events.Key("enter", "\r"))
    await until(pilot, lambda: writing.text is not before and stream.is_painted)
    first = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)
    await until(pilot, lambda: not writing.is_writing)
    return first


async def first_tokens(home: Path, presses: int) -> list[tuple[float, float]]:
    """Measure several times; see `write`."""
    async with in_play(home) as pilot:
        return [await write(pilot) for _ in range(presses)]


class PacedLink:
    """Stands where a worker's connection does, and gives tokens at an even pace."""

    closed = False

    async def generate(
        self, command: Generate, started: Callable[[int], None]
    ) -> AsyncIterator[Reply | Chunk]:
        """Give chunks as a worker sends them, for ever."""
        started(1)
        drawn, began = 0, time.perf_counter()
        while True:
            await asyncio.sleep(CHUNK_SECONDS)
            new = int((time.perf_counter() - began) * _TOKENS_PER_S) - drawn
            drawn += new
            text = ("what say you to the king, my lord? " * new)[:new]
            tokens = tuple(Drawn(7, 1, 0.5) for _ in range(new))
            yield decode_answer(Chunk(1, 0, text, drawn, tokens).encode())

    async def close(self) -> None:
        """Have nothing to close."""


async def paints(home: Path, seconds: float) -> tuple[list[float], float, float]:
    """Give the moments of paints while a text comes, its tokens a second, the share of a core."""

    async def reach(home: Path, trained_by: Path | None) -> WorkerLink:
        return cast("WorkerLink", PacedLink())

    app = TtgptApp(home, Settings(repaint_rate=_RATE))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: bool(app.screen.query(CheckpointTable)))
        await until(pilot, lambda: app.screen.query_one(CheckpointTable).chosen is not None)
        stream, writing = app.screen.query_one(TokenStream), app.screen.query_one(Writing)
        writing.session._reach = reach
        moments = noted(stream)
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, lambda: stream.is_painted)
        began, used = time.perf_counter(), time.process_time()
        before = len(writing.written.pieces)
        await asyncio.sleep(seconds)
        took, used = time.perf_counter() - began, time.process_time() - used
        rate = (len(writing.written.pieces) - before) / took
    return [moment for moment in moments if began <= moment <= began + took], rate, used / took


def noted(stream: TokenStream) -> list[float]:
    """Note the moments at which a text is painted from now on."""
    moments: list[float] = []
    painted = stream._paint

    def paint() -> None:
        moments.append(time.perf_counter())
        painted()

    stream._paint = paint  # type: ignore[method-assign]
    return moments


def main(arguments: list[str] | None = None) -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    args = parser.parse_args(arguments)
    with home_with(SHAPES["a"]) as home:
        both = asyncio.run(first_tokens(home, 5 if args.short else _PRESSES))
    found, used = (sorted(column) for column in zip(*both, strict=True))
    print(
        f"first token after Enter, 6 x 384: median {statistics.median(found):.0f} ms, "
        f"worst {found[-1]:.0f} ms of {len(found)}  "
        f"wanted {_WANTED_MS}  (the app's own CPU: {statistics.median(used):.0f} ms)",
        flush=True,
    )
    seconds = 2.0 if args.short else _SECONDS
    with home_with(SHAPES["c"]) as home:
        moments, rate, share = asyncio.run(paints(home, seconds))
    gaps = [1000 * (b - a) for a, b in pairwise(moments)]
    print(
        f"paints while {rate:,.0f} tokens/s come: {len(moments) / seconds:.1f} a second, "
        f"at most {max(gaps):.0f} ms apart  wanted {_RATE:.0f} a second  "
        f"({100 * share:.0f} % of a core)",
        flush=True,
    )


if __name__ == "__main__":
    main()
