"""A child that answers, whatever else it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttgpt.engine.host import children

ANSWER = """print('{"result": {"n": 1}}')\n"""


def child(folder: Path, code: str) -> str:
    (folder / "a_child.py").write_text("import sys\n" + code)
    return "a_child"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("is_before", [True, False])
def test_much_noise_does_not_keep_the_answer_back(
    tmp_path: Path, stream: str, is_before: bool
) -> None:
    noise = f"print('noise' * 40_000, file=sys.{stream}, flush=True)\n"
    module = child(tmp_path, noise + ANSWER if is_before else ANSWER + noise)
    assert children.ask(module, {}, folder=tmp_path) == {"n": 1}


def test_the_last_complaint_says_why_there_is_no_answer(tmp_path: Path) -> None:
    module = child(tmp_path, "print('noise' * 40_000, file=sys.stderr)\nsys.exit('out of paper')\n")
    with pytest.raises(children.NoAnswer) as caught:
        children.ask(module, {}, folder=tmp_path)
    assert caught.value.why == "out of paper"
