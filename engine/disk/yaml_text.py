"""Read YAML that a person wrote: without running anything, and without losing a line of it."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.scanner import ScannerError

# PyYAML lets the errors of its converters through, such as a ValueError for `2001-99-99`.
YAML_ERRORS = (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError)


_DEEPEST = 64
LARGEST = 1 << 18
"""Bytes of a file; PyYAML takes some seconds for so many."""


def load(text: str) -> Any:
    """Read a document as plain values.

    A key that is given twice is an error: PyYAML would take the last one without a word, and a
    person who edits the first one would wonder why nothing changes.

    Raises:
        YAML_ERRORS: It is not YAML, or a key is given twice; `why` puts it in a line.
    """
    loader = _Loader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def why(error: Exception) -> str:
    """Say in one line what PyYAML says in several."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        return f"Line {error.problem_mark.line + 1}: {error.problem}."
    return " ".join(str(error).split())


class _Loader(yaml.SafeLoader):
    def fetch_flow_collection_start(self, TokenClass: Any) -> None:
        if self.flow_level > _DEEPEST:  # the time it takes grows with the square
            raise ScannerError(None, None, "nested too deeply", self.get_mark())
        super().fetch_flow_collection_start(TokenClass)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in lines:
                problem = f"{key.value} is given again, after line {lines[key.value]}"
                raise ConstructorError(None, None, problem, key.start_mark)
            lines[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)
