import math
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ttgpt.engine.checkpoints.info import CheckpointInfo
from ttgpt.engine.checkpoints.retention import KEPT_FOR_GOOD, to_delete


def info(
    step: int, val_loss: float = 2.0, kind: str = "interval", state: str = "whole"
) -> CheckpointInfo:
    return CheckpointInfo(Path(f"{step:06d}"), step, kind, 2.0, val_loss, 1, 0.0, state)


losses = st.one_of(st.floats(0, 3), st.sampled_from([math.nan, math.inf, 1.0, 2.0]))
kinds = st.sampled_from(["interval", "best", "milestone", "asked", "final"])
states = st.sampled_from(["whole", "whole", "whole", "damaged", "incomplete"])
lists = st.lists(
    st.builds(info, st.integers(1, 10_000), losses, kinds, states),
    unique_by=lambda one: one.step,
    max_size=20,
)


def test_the_newest_and_the_best_stay() -> None:
    found = [info(100, 1.0), info(200, 3.0), info(300, 2.0), info(400, 2.5), info(500, 2.6)]
    assert to_delete(found, keep_last=2, keep_best=1) == [200, 300]


def test_of_equals_the_earlier_is_best() -> None:
    found = [info(300, 1.0), info(100, 1.0), info(200, 1.0), info(400, 2.0)]
    assert to_delete(found, keep_last=1, keep_best=1) == [200, 300]


def test_a_loss_that_is_not_finite_is_never_best() -> None:
    found = [info(100, math.nan), info(200, math.inf), info(300, -math.inf), info(400, 2.0)]
    assert to_delete(found, keep_last=0, keep_best=4) == [100, 200, 300]


def test_some_are_kept_for_good() -> None:
    found = [info(step, 2.0, kind) for step, kind in enumerate(sorted(KEPT_FOR_GOOD))]
    assert to_delete([*found, info(10), info(11)], keep_last=1, keep_best=0) == [10]
    assert to_delete([info(10), info(11)], keep_last=1, keep_best=0, milestones=[10]) == []


def test_zero_keeps_none() -> None:
    assert to_delete([info(1), info(2)], keep_last=0, keep_best=0) == [1, 2]


@given(found=lists, last=st.integers(0, 5), best=st.integers(0, 5))
def test_what_must_stay_stays_and_nothing_more(
    found: list[CheckpointInfo], last: int, best: int
) -> None:
    gone = to_delete(found, last, best)
    whole = [one for one in found if one.state == "whole"]
    by_step = {one.step: one for one in whole}
    assert gone == sorted(set(gone))
    assert set(gone) <= set(by_step)
    for step in gone:
        one = by_step[step]
        assert one.kind not in KEPT_FOR_GOOD
        assert sum(other.step > step for other in whole) >= last
        if math.isfinite(one.val_loss):
            better = [other for other in whole if other.val_loss <= one.val_loss]
            assert len(better) - 1 >= best
    unforced = [one for one in whole if one.kind not in KEPT_FOR_GOOD and one.step not in gone]
    assert len(unforced) <= last + best


@given(found=lists, last=st.integers(1, 3), best=st.integers(0, 3))
def test_doing_it_again_deletes_nothing_more(
    found: list[CheckpointInfo], last: int, best: int
) -> None:
    gone = to_delete(found, last, best)
    assert to_delete([one for one in found if one.step not in gone], last, best) == []


@given(found=lists)
def test_the_order_of_the_list_does_not_matter(found: list[CheckpointInfo]) -> None:
    assert to_delete(found, 2, 1) == to_delete(found[::-1], 2, 1)
