"""The page about the doctor lists each check, under its level."""

from __future__ import annotations

import re
from pathlib import Path

from hosts import healthy

from ttgpt.engine.doctor import CHECKS
from ttgpt.engine.doctor.environment import worker_environment

PAGE = Path(__file__).parents[3] / "docs" / "doctor.md"


def test_every_check_is_described_with_its_level() -> None:
    rows = re.findall(r"^\| (\w+\.\w+) \| (\w+) \| \S", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(check.id, check.level) for check in CHECKS.values()]


def test_every_question_is_one() -> None:
    for check in CHECKS.values():
        assert check.question.endswith("?"), check.id
        assert len(check.question) <= 60, check.id
        assert check.look.__doc__, check.id


def test_every_variable_of_the_worker_is_described(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    for name in worker_environment(healthy(tmp_path).host()):
        assert f"`{name}`" in page, name
