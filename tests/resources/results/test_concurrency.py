"""Several processes at one store, and processes that are killed, on real databases."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from threading import Timer

from monitoring.results import Measurement
from monitoring.windows import Window
from resources.results.store import ResultsStore

Measure = Callable[..., Measurement]

ROOT = Path(__file__).parents[3]

#: Each process says that it is ready and starts when it is told to, so that they do run together.
PRELUDE = """
import sys
from datetime import UTC, date, datetime, timedelta
from monitoring.results import Measurement
from monitoring.windows import Window
from resources.results.store import ResultsStore

store = ResultsStore(sys.argv[1])
first = int(sys.argv[2])

def measurements(day):
    window = Window("1d", day, day + timedelta(days=1))
    return window, [
        Measurement(
            "m", "*", "*", "1d", str(window.start), str(window.end), f"feature_{number}", "psi",
            float(first), None, None, 9, None, None, None, datetime(2013, 5, 1, tzinfo=UTC), "r",
        )
        for number in range(50)
    ]

print("ready", flush=True)
sys.stdin.readline()
"""


@contextmanager
def process(script: str, url: str, number: int) -> Iterator[subprocess.Popen[str]]:
    """Start *script* in a process of its own and wait until it is ready."""
    command = [sys.executable, "-c", PRELUDE + script, url, str(number)]
    with subprocess.Popen(  # noqa: S603 - our own text
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout is not None
            assert "ready\n" == child.stdout.readline()
            yield child
        finally:
            child.kill()


def tell(child: subprocess.Popen[str]) -> None:
    """Let *child* go on."""
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def run_together(script: str, url: str) -> list[int]:
    """Run *script* in two processes at the same time and return their exit codes."""
    with process(script, url, 1) as one, process(script, url, 2) as two:
        tell(one)
        tell(two)

        return [one.wait(timeout=60), two.wait(timeout=60)]


class TestTwoProcesses:
    """What two runs do at the same time."""

    def test_different_days(self, store: ResultsStore, url: str) -> None:
        """
        Two processes that write different days of one model lose nothing.
        """
        script = """
for offset in range(first, 31, 2):
    window, numbers = measurements(date(2013, 4, 1) + timedelta(days=offset - 1))
    with store.transaction() as tx:
        tx.lock("m")
        tx.replace_measurements("m", "drift", [window], numbers)
"""
        assert [0, 0] == run_together(script, url)

        found = [(each.window_start, each.value) for each in store.measurements()]
        assert [
            (f"2013-04-{day:02}", 1.0 if day % 2 else 2.0)
            for day in range(1, 31)
            for _ in range(50)
        ] == found

    def test_read_then_write(self, store: ResultsStore, url: str) -> None:
        """
        Under the lock of a model, what was read is still true when it is written upon.
        """
        script = """
for _ in range(40):
    with store.transaction() as tx:
        tx.lock("m")
        count = int(store.watermark("m", "count") or 0)
        tx.set_watermark("m", "count", str(count + 1))
"""
        assert [0, 0] == run_together(script, url)

        assert "80" == store.watermark("m", "count")

    def test_upgrade(self, empty_url: str) -> None:
        """
        Two processes that find no tables create them once.
        """
        assert [0, 0] == run_together("store.upgrade()", empty_url)

        store = ResultsStore(empty_url)
        assert [] == store.incidents()
        store.close()

    def test_upgrade_beside_a_writer(self, tmp_path: Path) -> None:
        """
        A new SQLite file that another process is writing to is waited for.
        """
        path = tmp_path / "results.db"
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            release = Timer(0.3, other.execute, ["ROLLBACK"])
            release.start()
            store = ResultsStore(f"sqlite:///{path}")
            store.upgrade()
            release.join()

        assert [] == store.incidents()
        store.close()


class TestKilled:
    """What a killed run leaves behind."""

    def test_half_written_day(self, store: ResultsStore, url: str, measure: Measure) -> None:
        """
        A process that dies inside its transaction leaves the day as it was, and no lock.
        """
        script = """
window, numbers = measurements(date(2013, 4, 1))
with store.transaction() as tx:
    tx.lock("m")
    tx.replace_measurements("m", "drift", [window], numbers)
    print("written", flush=True)
    sys.stdin.readline()
"""
        before = measure(model="m", value=0.25)
        day = Window("1d", date(2013, 4, 1), date(2013, 4, 2))
        with store.transaction() as tx:
            tx.replace_measurements("m", "drift", [day], [before])

        with process(script, url, 1) as child:
            tell(child)
            assert child.stdout is not None
            assert "written\n" == child.stdout.readline()
            child.kill()
            child.wait(timeout=60)

        assert [before] == list(store.measurements())
        with store.transaction() as tx:
            tx.lock("m")
            tx.replace_measurements("m", "drift", [day], [])
        assert [] == list(store.measurements())
