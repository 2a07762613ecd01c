from __future__ import annotations

import threading

from piloting import until
from support import wait_for
from textual.app import App

from ttgpt.engine.data.asking import Cancel, Progress, Say
from ttgpt.engine.errors import DataError, Interrupted, TtgptError
from ttgpt.tui.texts.asking import Asker


class Asking(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.asker = Asker(self, period=60)
        self.said: list[str] = []
        self.answers: list[object] = []
        self.errors: list[TtgptError] = []

    def on_asker_said(self, message: Asker.Said) -> None:
        self.said.append(message.progress.what)

    def on_asker_answered(self, message: Asker.Answered) -> None:
        self.answers.append(message.answer)

    def on_asker_refused(self, message: Asker.Refused) -> None:
        self.errors.append(message.error)


def endless(say: Say, cancel: Cancel) -> str:
    wait_for("a wish to cancel", cancel)
    raise Interrupted("Cancelled.", "", "")


async def test_an_answer_comes_back() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asker.ask(lambda say, cancel: 42)
        await until(pilot, lambda: app.answers == [42])
        await until(pilot, lambda: not app.asker.is_busy)


async def test_an_error_comes_back() -> None:
    def refuse(say: Say, cancel: Cancel) -> None:
        raise DataError("There is no such text.", "", "")

    def break_off(say: Say, cancel: Cancel) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    def slip(say: Say, cancel: Cancel) -> None:
        raise KeyError("bytes")

    app = Asking()
    async with app.run_test() as pilot:
        app.asker.ask(refuse)
        await until(pilot, lambda: app.errors)
        assert app.errors.pop().what == "There is no such text."
        app.asker.ask(break_off)
        await until(pilot, lambda: app.errors)
        app.errors.clear()
        app.asker.ask(slip)
        await until(pilot, lambda: app.errors)
        assert app.errors.pop().why == "KeyError: 'bytes'"


async def test_progress_is_told_at_the_pace_of_repaints() -> None:
    def count(say: Say, cancel: Cancel) -> str:
        for what in ("reading", "counting"):
            for done in range(1000):
                say(Progress(what, done, 1000))
        return "done"

    app = Asking()
    async with app.run_test() as pilot:
        app.asker.ask(count)
        await until(pilot, lambda: app.answers)
        assert set(app.said) <= {"reading", "counting"}
        assert 1 <= len(app.said) <= 2


async def test_a_newer_question_takes_the_older_ones_place() -> None:
    at_once: list[int] = []
    running = threading.Semaphore(1)

    def alone(say: Say, cancel: Cancel) -> str:
        assert running.acquire(blocking=False)
        at_once.append(1)
        try:
            return endless(say, cancel)
        finally:
            running.release()

    app = Asking()
    async with app.run_test() as pilot:
        for _ in range(3):
            app.asker.ask(alone)
        await until(pilot, lambda: at_once)
        app.asker.ask(lambda say, cancel: "newest")
        await until(pilot, lambda: app.answers == ["newest"])
        assert not app.errors


async def test_what_was_dropped_says_nothing_more() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asker.ask(endless)
        assert app.asker.is_busy
        app.asker.drop()
        assert not app.asker.is_busy
        await app.asker.close()
        await pilot.pause()
        assert not app.answers
        assert not app.errors


async def test_a_cancel_is_told_once_the_work_is_gone() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.asker.ask(endless)
        assert not app.asker.is_ending
        app.asker.cancel()
        await until(pilot, lambda: app.errors)
        assert isinstance(app.errors[0], Interrupted)
        assert not app.asker.is_busy
        assert not app.asker.is_ending
