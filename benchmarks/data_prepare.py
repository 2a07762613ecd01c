"""How fast texts become data sets: MB of UTF-8 a second, for each tokenizer, reading to renaming.

    python -m benchmarks.data_prepare [--mb 100] [--rounds 5] [--tokenizers char,byte,bpe]

Everything counts: reading, hashing, checking UTF-8, counting characters, encoding, pairs, writing,
syncing. For bpe the encoding alone is also put beside the bare `tokenizers` library on the same
text, the two in turn, as a ratio. The text is the bundled one, its words shuffled by a fixed seed
up to the size; `mixed` has words with accents and CJK in between, so that it is no ASCII.

"While it had a core" divides by the processor time of the thread that everything waits for:
hashing, writing and syncing go on beside it in three others. It is what a machine with two free
cores and a disk that keeps up would show, and hardly changes with what else runs.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

from ttgpt.engine.data.recipe import Recipe

_TARGETS = {"char": 40, "byte": 150}
_CHILD = """
import sys, time
from pathlib import Path
from benchmarks.memory import peak_bytes
from ttgpt.engine.data.prepare import prepare
from ttgpt.engine.data.recipe import Recipe
begun, worked = time.perf_counter(), time.thread_time()
before = peak_bytes()
prepare(Recipe(sources=(sys.argv[1],), tokenizer=sys.argv[2]), Path(sys.argv[3]))
seconds, busy = time.perf_counter() - begun, time.thread_time() - worked
print(seconds, busy, before, peak_bytes())
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--mb", type=float, default=100)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--tokenizers", default="char,byte")
    chosen = options.parse_args()
    kinds = chosen.tokenizers.split(",")
    with tempfile.TemporaryDirectory() as folder:
        for name, words in (("ascii", _words()), ("mixed", [*_words(), "Größe", "déjà", "雪"])):
            text = Path(folder) / f"{name}.txt"
            _write(text, words, int(chosen.mb * 1e6))
            for kind in kinds:
                _report(name, kind, text, chosen.rounds)
        if "bpe" in kinds:
            _against_the_library(Path(folder) / "ascii.txt", chosen.rounds)


def _report(name: str, kind: str, text: Path, rounds: int) -> None:
    size = text.stat().st_size
    runs = [_once(text, kind) for _ in range(rounds)]
    speeds = sorted(size / 1e6 / seconds for seconds, _, _ in runs)
    alone = max(size / 1e6 / busy for _, busy, _ in runs)
    memory = max(grown for _, _, grown in runs)
    target = f"  target {_TARGETS[kind]}" if kind in _TARGETS else ""
    print(
        f"{name:<6} {kind:<5} {statistics.median(speeds):7.1f} MB/s"
        f"  ({speeds[0]:.1f} to {speeds[-1]:.1f}, {rounds} runs){target}"
        f"  {alone:.0f} while it had a core  memory {memory / size:.2f} x the file",
        flush=True,
    )


def _once(text: Path, kind: str) -> tuple[float, float, float]:
    """Prepare in a process of its own; give seconds, the main thread's share, bytes it grew by."""
    with tempfile.TemporaryDirectory(dir=text.parent) as home:
        shown = subprocess.run(
            [sys.executable, "-c", _CHILD, str(text), kind, home],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    seconds, busy, before, after = map(float, shown)
    return seconds, busy, after - before


def _against_the_library(text: Path, rounds: int) -> None:
    import tokenizers
    from tokenizers import models, pre_tokenizers

    from ttgpt.engine.data import bulk

    pieces = [memoryview(text.read_bytes()[: 8 << 20])]
    made = bulk.learn(pieces, Recipe().vocab_size)
    ids = {token: i for i, token in enumerate(made.vocabulary)}
    bare = tokenizers.Tokenizer(models.BPE(vocab=ids, merges=made.merges))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    texts = list(bulk.texts(pieces))
    ratios = []
    for _ in range(rounds):
        library = _seconds(lambda: bare.encode_batch_fast(texts))
        ours = _seconds(lambda: sum(map(len, bulk.encoded(made, pieces))))
        ratios.append(library / ours)
    ratios.sort()
    print(
        f"ascii  bpe   encoding at {statistics.median(ratios):.2f} of the bare library's speed"
        f"  ({ratios[0]:.2f} to {ratios[-1]:.2f}, {rounds} turns)"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _words() -> list[str]:
    text = resources.files("ttgpt.assets").joinpath("harbour.txt").read_text("utf-8")
    return text.split(" ")


def _write(path: Path, words: list[str], size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for block in _blocks(words, size):
            file.write(block)


def _blocks(words: list[str], size: int) -> Iterator[str]:
    chance, done = random.Random(1), 0
    block = " ".join(chance.choices(words, k=500_000))
    while done < size:
        # Another order each time: the whole text never repeats itself word for word.
        start = chance.randrange(len(block) // 2)
        part = block[start : start + len(block) // 2][: size - done]
        yield part
        done += len(part.encode("utf-8"))


if __name__ == "__main__":
    main()
