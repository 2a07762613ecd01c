from ttgpt.tui.watching.pace import Pace


def test_one_step_says_nothing_about_the_time_left() -> None:
    pace = Pace()
    assert pace.seconds_left(10) is None
    pace.stepped(1, 0.0, 9000.0, 10.0)
    assert pace.seconds_left(10) is None
    assert pace.ms_per_step is None  # it compiled


def test_the_time_left_holds_what_lies_between_steps() -> None:
    pace = Pace()
    pace.stepped(10, 100.0, 100.0, 10.0)
    pace.stepped(20, 105.0, 100.0, 10.0)  # 1 s of steps, 4 s of evaluation
    assert pace.seconds_left(100) == 50.0


def test_a_pause_is_not_counted() -> None:
    pace = Pace()
    pace.stepped(10, 0.0, 100.0, 10.0)
    pace.paused(1.0)
    pace.paused(2.0)
    pace.resumed(3601.0)
    pace.stepped(20, 3602.0, 100.0, 10.0)
    assert pace.seconds_left(10) == 2.0


def test_one_slow_step_does_not_move_the_figure() -> None:
    pace = Pace()
    for step, ms in enumerate([100.0, 100.0, 9000.0, 100.0]):
        pace.stepped(step, float(step), ms, 1000.0 / ms)
    assert pace.ms_per_step == 100.0
    assert pace.tokens_per_s == 10.0
