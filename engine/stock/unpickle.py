"""An unpickler that runs nothing out of the file.

A pickle is a program: it names things to import and calls them. Here every name is looked up in a
short list. Arrays and their types are NumPy's; a class of a stock trainer becomes a record without
behaviour; anything else is refused by its name.
"""

from __future__ import annotations

import codecs
import collections
import pickle
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from ..errors import DataError

_KNOWN_CLASSES = {
    "BPETokenizer", "CharTokenizer", "DataType", "DeviceConfig", "Layout", "LlamaConfig",
    "LlamaRopeScalingConfig", "ModelConfig", "ModelExperimentalConfig", "NanoGPTConfig",
    "NanoGPTExperimentalConfig", "RunnerType", "SchedulerConfig", "TokenizerConfig",
    "TrainingConfig", "TransformerConfig", "WeightTyingType",
}  # fmt: skip
_THEIR_MODULES = (
    "__main__", "_ttml", "ttml", "ttnn", "train_nanogpt", "trainer", "train", "config"
)  # fmt: skip


class Record:
    """What an object of a known class held; it does nothing."""

    def __init__(self, *_: Any, **named: Any) -> None:
        vars(self).update(named)

    def __setstate__(self, state: Any) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, dict):
                vars(self).update({str(key): value for key, value in part.items()})


def _made_by(value: Any, protocol: int = 2) -> Any:
    """Give the function that a pickle of a value calls to make it."""
    return value.__reduce_ex__(protocol)[0]


_HARMLESS = {
    "_reconstruct": _made_by(np.zeros(1)),
    "scalar": _made_by(np.float32(0)),
    "_frombuffer": _made_by(np.zeros(1), 5),
    "ndarray": np.ndarray,
    "dtype": np.dtype,
}
"""By what NumPy calls them; the modules around them were renamed between its versions."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Give what a name stands for here; only these are ever called."""
        root = module.partition(".")[0]
        if root == "numpy" and name in _HARMLESS:
            return _HARMLESS[name]
        if (module, name) == ("_codecs", "encode"):
            return codecs.encode  # how old protocols write bytes
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (root, name) == ("ml_dtypes", "bfloat16"):
            return np.uint16  # its bits; `reading` widens them
        if root in _THEIR_MODULES and name in _KNOWN_CLASSES:
            return type(name, (Record,), {})
        raise DataError(
            f"This checkpoint wants to load {module}.{name}.",
            "Its file is a Python pickle, which could run a program; only arrays, numbers, texts "
            "and the stock trainers' own classes are let through.",
            "If you trust it, export its weights with the program that wrote it.",
        )

    def persistent_load(self, pid: Any) -> Any:
        """Refuse what lies outside the file."""
        raise DataError(
            "This checkpoint refers to data outside its file.",
            "What lies there is not read.",
            "Export its weights with the program that wrote it.",
        )


def records(file: BinaryIO) -> Iterator[Any]:
    """Give the pickles in a file, one after another.

    Raises:
        DataError: It names something that is not let through, or is damaged.
    """
    while file.read(1):
        file.seek(-1, 1)
        try:
            yield _Unpickler(file).load()
        except DataError:
            raise
        except Exception as error:  # a damaged pickle may fail in any way
            raise DataError(
                "This file is damaged, or no checkpoint of a stock trainer.",
                f"{type(error).__name__}: {error}",
                "Choose another one.",
            ) from error
