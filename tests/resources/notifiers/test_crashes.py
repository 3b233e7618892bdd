"""Tests of a process that is killed: at every step nothing is lost, and nothing becomes two."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitoring.alerting.incident import State
from monitoring.results import ALL, Measurement, Verdict
from resources.delivery import CLAIM
from resources.results.records import WindowKey
from resources.results.store import ResultsStore
from tests.resources.notifiers import mortal
from tests.resources.notifiers.mortal import NOW

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext
    from multiprocessing.process import BaseProcess as Process

    from tests.resources.notifiers.conftest import Answer, SlackServer

FIRING, RESOLVED = "churn:drift:2026-01-09:firing", "churn:drift:2026-01-09:resolved"


def measure(store: ResultsStore, day: int, verdict: Verdict) -> None:
    """Keep a drift of a day of January that has *verdict*."""
    window = ("1d", f"2026-01-{day:02}", f"2026-01-{day + 1:02}")
    number = Measurement(
        *("churn", ALL, ALL, *window, "age", "psi", 0.3, None, None, 500, None, 0.1),
        verdict=verdict,
        as_of=NOW,
        run_id="run",
    )
    with store.transaction() as transaction:
        transaction.replace_measurements("churn", "drift", [WindowKey(*window)], [number])


class Stage:
    """A store in which an incident is about to begin or to end, and processes that tell of it."""

    def __init__(self, context: ForkServerContext, slack: SlackServer, prepared: Path) -> None:
        self.context, self.slack, self.prepared = context, slack, prepared
        self.trials = 0

    @property
    def database(self) -> Path:
        """The store of this trial, beside which a killed process leaves what it had not ended."""
        return self.prepared.with_name(f"trial_{self.trials}.db")

    def reset(self) -> None:
        """Forget what was done since the stage was prepared."""
        self.trials += 1
        shutil.copyfile(self.prepared, self.database)
        self.slack.requests.clear()

    def start(self, *, later: timedelta = timedelta(0), dies_at: int | None = None) -> Process:
        """Start a process that works *later*."""
        arguments = (str(self.database), self.slack.url, NOW + later, dies_at)
        process = self.context.Process(target=mortal.work, args=arguments)
        process.start()

        return process

    def live(self, *, later: timedelta = timedelta(0), dies_at: int | None = None) -> int:
        """Let a process work; return how it ended."""
        process = self.start(later=later, dies_at=dies_at)
        process.join()

        return process.exitcode or 0

    def check(self, key: str) -> None:
        """Check that one message came, or came again and is marked, and one story is stored."""
        posts = [body for path, _, body in self.slack.requests if path.endswith("postMessage")]
        assert [key] * len(posts) == [post["metadata"]["event_payload"]["key"] for post in posts]
        assert 1 == len({post["client_msg_id"] for post in posts})
        # A mark alone is of a first attempt that never got out.
        marks = ["May be a repeat" in post["text"] for post in posts]
        assert marks in ([False], [True], [False, True])
        store = ResultsStore(f"sqlite:///{self.database}")
        expected = [State.FIRING, State.RESOLVED] if key == RESOLVED else [State.FIRING]
        assert expected == [each.state for each in store.transitions("churn")]
        assert [expected[-1]] == [incident.state for incident in store.incidents()]
        assert ["sent"] * len(expected) == [str(r.status) for r in store.notifications("churn")]


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """Return what starts processes that have everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([mortal.__name__])

    return context


@pytest.fixture
def begins(
    context: ForkServerContext, slack: SlackServer, store: ResultsStore, tmp_path: Path
) -> Stage:
    """Prepare a store in which an incident is about to begin."""
    measure(store, 9, Verdict.WARNING)

    return Stage(context, slack, tmp_path / "results.db")


@pytest.fixture
def ends(begins: Stage) -> Stage:
    """Prepare a store in which an incident that was told is about to end."""
    begins.reset()
    assert 0 == begins.live()
    measure(ResultsStore(f"sqlite:///{begins.database}"), 10, Verdict.OK)
    shutil.copyfile(begins.database, begins.prepared)

    return begins


class TestKilled:
    """Tests of SIGKILL before every step of finding, storing, sending and recording."""

    @pytest.mark.parametrize(("stage", "key"), [("begins", FIRING), ("ends", RESOLVED)])
    def test_every_step(self, stage: str, key: str, request: pytest.FixtureRequest) -> None:
        """
        Whichever step a process is killed before, the next one finishes its work.

        Nothing is lost, nothing is stored twice, and what is sent twice has one id and is marked.
        """
        at = request.getfixturevalue(stage)
        for step in count(1):
            at.reset()
            if at.live(dies_at=step) == 0:
                break
            assert 0 == at.live(later=CLAIM)
            at.check(key)

        at.check(key)
        assert step > 10, step

    @pytest.mark.parametrize(
        ("stage", "key", "request_number"),
        [("begins", FIRING, 1), ("ends", RESOLVED, 1), ("ends", RESOLVED, 2)],
        ids=["post", "edit", "answer"],
    )
    def test_no_answer(
        self,
        stage: str,
        key: str,
        request_number: int,
        answer: type[Answer],
        request: pytest.FixtureRequest,
    ) -> None:
        """Killed after Slack took a request and before it answered, the next process asks again."""
        at: Stage = request.getfixturevalue(stage)
        at.reset()
        at.slack.answers = [answer() for _ in range(request_number - 1)] + [answer(hang=True)]
        process = at.start()
        while len(at.slack.requests) < request_number:
            process.join(0.01)
        process.kill()
        process.join()
        assert -signal.SIGKILL == process.exitcode
        assert 0 == at.live(later=CLAIM)

        at.check(key)
        again = 1 if request_number == 1 and stage == "ends" else 2
        assert again == sum(path.endswith("postMessage") for path, _, _ in at.slack.requests)
