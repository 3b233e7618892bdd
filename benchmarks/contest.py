"""Contenders that do the same work in processes of their own, by turns, and what each costs."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environments import Environment, MissingEnvironmentError

SCRIPTS = Path(__file__).parent / "contenders"


@dataclass(frozen=True, slots=True)
class Contender:
    """A *script* with *options*, run by the interpreter of *environment*, or by this one."""

    name: str
    script: str
    environment: Environment | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of all processors, start and imports included; megabytes at most."""

    wall: float
    cpu: float
    peak: float


@dataclass(slots=True)
class Score:
    """
    What a contender cost in each round, what it said of itself, and why it had to give up.

    It says *what* it computed, and the CPU seconds that it took to *start*: mostly imports.
    """

    costs: list[Cost] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None

    def median(self, of: str) -> float:
        """Return the median of wall, cpu or peak over the rounds."""
        return statistics.median(getattr(cost, of) for cost in self.costs)


def compete(
    contenders: Sequence[Contender], folder: Path, *, rounds: int, warm_up: Path
) -> dict[str, Score]:
    """
    Run all *contenders* on *folder*, one after the other, *rounds* times.

    Each first runs on the few rows of *warm_up*, so that no round compiles modules.
    """
    scores = {contender.name: Score() for contender in contenders}
    for turn in range(rounds + 1):
        for contender in contenders:
            score = scores[contender.name]
            if score.failure is not None:
                continue
            try:
                cost, said = run(contender, folder if turn else warm_up)
            except (MissingEnvironmentError, RuntimeError) as error:
                score.failure = str(error)
                continue
            if turn:
                score.costs.append(cost)
                score.said = said
                print(f"  round {turn}: {contender.name}: {cost.cpu:.1f} s CPU", file=sys.stderr)

    return scores


def print_table(scores: dict[str, Score], *, unit: str) -> None:
    """Print the medians as a Markdown table, CPU seconds also as multiples of those of *unit*."""
    base = scores[unit].median("cpu")
    print(f"| | what | wall s | CPU s | of it imports | CPU, {unit} = 1 | peak MB |")
    print("|---|---|---|---|---|---|---|")
    for name, score in scores.items():
        if score.failure is not None:
            print(f"| {name} | could not run: {score.failure} | | | | | |")
            continue
        cpu = score.median("cpu")
        print(
            f"| {name} | {score.said['what']} | {score.median('wall'):.1f} | {cpu:.1f}"
            f" | {score.said['start']:.1f} | {cpu / base:.2f} | {score.median('peak'):,.0f} |"
        )


def print_machine(*, rounds: int) -> None:
    """Print what the numbers were measured on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    print(
        f"Medians of {rounds} rounds; {os.cpu_count()} cores, {pages / 2**30:.0f} GB,"
        f" Python {platform.python_version()}, {platform.system()} {platform.machine()}.\n"
    )


def make_rows(kind: str, folder: Path, *numbers: int) -> Path:
    """Let `rows.py` make the tables of *kind*, in a process of its own: ours must stay small."""
    folder.mkdir()
    script = Path(__file__).parent / "rows.py"
    arguments = [kind, str(folder), *(str(number) for number in numbers)]
    subprocess.run([sys.executable, str(script), *arguments], check=True)
    return folder


def run(contender: Contender, folder: Path) -> tuple[Cost, dict[str, Any]]:
    """Run *contender* on *folder*; return what it cost, and what it said on its last line."""
    environment = contender.environment
    python = Path(sys.executable) if environment is None else environment.python()
    command = [str(python), str(SCRIPTS / contender.script), str(folder), *contender.options]
    # Telemetry and compiling anew would both be charged to the contender.
    variables = {**os.environ, "DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output, env=variables)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = output.read().strip().splitlines() or ["without a word"]
    if process.returncode:
        raise RuntimeError(lines[-1])

    cost = Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    said: dict[str, Any] = json.loads(lines[-1])
    return cost, said
