"""`--out FILE`: the texts of one call in a file, whole after each of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ttgpt.engine import wire
from ttgpt.engine.disk import atomic
from ttgpt.engine.disk.folders import disk_error
from ttgpt.engine.errors import UsageError

from .call import Call


class OutFile:
    """Takes texts as they end; what is there when a call is interrupted can be read.

    Args:
        path: `.json` gives one JSON array, `.jsonl` a JSON object a line, anything else text.
        call: The call.

    Raises:
        UsageError: There is such a file already.
        DataError: Its folder cannot be written.
    """

    def __init__(self, path: Path, call: Call) -> None:
        self.path = path
        self._call = call
        self._documents: list[dict[str, Any]] = []
        self._text = ""
        if _is_there(path):
            raise UsageError(
                f"{path} is there already.",
                "Nothing is written over what you have.",
                "Give --out another name, or move that file away.",
            )
        if not os.path.isdir(path.absolute().parent):
            raise UsageError(
                f"There is no folder {path.absolute().parent}.",
                "--out names a file in a folder that is there.",
                "Make the folder, or choose another.",
            )

    def add(self, text: str, documents: list[dict[str, Any]]) -> None:
        """Take what one request wrote.

        Args:
            text: As it stands on stdout.
            documents: A JSON object a sample.

        Raises:
            DataError: The disk refused.
        """
        self._text += text
        self._documents += documents
        try:
            with self._call.outside_home():
                atomic.write_bytes(self.path, self._content())
        except OSError as error:
            raise disk_error("The texts cannot be saved.", error) from error

    def _content(self) -> bytes:
        ending = self.path.suffix.lower()
        if ending == ".json":
            text = json.dumps(self._documents, indent=2, ensure_ascii=False) + "\n"
            return wire.utf8(text)
        if ending == ".jsonl":
            return b"".join(map(wire.to_line, self._documents))
        return self._text.encode("utf-8", "replace")


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be a file.", f"{why}.", "Give --out a name.") from error
    return True
