"""The child of a test: read mutated pickles from a folder, and say how many it outlived."""

import pickle
import random
import resource
import sys
from pathlib import Path

from ttgpt.engine.errors import TtgptError
from ttgpt.engine.stock.child import load

_OPCODES = [getattr(pickle, name) for name in dir(pickle) if name.isupper()]
_OPCODES = [code for code in _OPCODES if isinstance(code, bytes) and len(code) == 1]


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Change, insert, move or take out up to eight pieces, opcodes above all."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place : place + 1] = chance.choice(_OPCODES)
            case 2:
                changed[place:place] = chance.choice(_OPCODES)
            case 3:
                del changed[place : place + chance.randrange(1, 9)]
            case 4:
                start = chance.randrange(len(changed))
                changed[place:place] = changed[start : start + chance.randrange(1, 40)]
    return bytes(changed)


def main(folder: Path, count: int) -> None:
    """Read that many."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    chance = random.Random(14)
    whole = [path.read_bytes() for path in sorted(folder.glob("*.pkl"))]
    file = folder / "mutated"
    for number in range(count):
        file.write_bytes(mutate(chance.choice(whole), chance))
        try:
            load(file)
        except TtgptError:
            continue
        except BaseException:
            print(f"number {number} of {file}")
            raise
    print(f"{count} read")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
