"""The rows of the Doctor screen."""

from __future__ import annotations

from doctor_scenes import BLOCKED, CHECKS, NO_CARD, finding

from ttgpt.engine.doctor.finding import Finding
from ttgpt.tui.doctor.board import Board


def board_of(findings: list[Finding], *changed: Finding) -> Board:
    board = Board(check for check in CHECKS if not check.deep)
    for found in [*findings, *changed]:
        board.take(found)
    return board


def test_what_blocks_is_looked_at_first() -> None:
    assert board_of(BLOCKED).first_problem == "card.permission"


def test_a_card_that_is_not_there_is_looked_at_where_all_else_is_well() -> None:
    assert board_of(NO_CARD).first_problem == "card.bus"


def test_without_a_card_what_stops_the_cpu_is_looked_at_first() -> None:
    broken = finding("software.torch", "fail", "PyTorch is not installed", needs="cpu")
    board = board_of(NO_CARD, finding("software.ttnn", "fail", "no ttnn"), broken)
    assert board.first_problem == "software.torch"
