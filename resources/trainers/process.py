"""A trainer's process: waited for, ended when its time is over, and its last words in the error."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from monitoring.errors import TrainingError
from monitoring.windows import format_duration

#: The file in the output folder that keeps what a trainer printed.
LOG = "training.log"

#: How long a program that was asked to end may take before it is killed.
_GRACE_SECONDS = 10


def run_process(
    command: Sequence[str],
    *,
    name: str,
    log: Path,
    environment: Mapping[str, str],
    timeout: timedelta,
) -> None:
    """
    Run *command* to its end; what it prints goes to *log*.

    Raises:
        TrainingError: when it cannot start, fails, is killed or takes too long; ends with its last
            line.
    """
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - the trainer of the monitor file
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )
        except OSError as error:
            msg = f"{name}: cannot be started: {error}."
            raise TrainingError(msg) from error
        code = _wait(process, timeout)
    if code is None:
        msg = f"{name}: was ended, it took longer than {format_duration(timeout)}"
        raise TrainingError(_with_log(msg, log))
    if code < 0:
        msg = f"{name}: was killed by {signal.Signals(-code).name}"
        raise TrainingError(_with_log(msg, log))
    if code:
        raise TrainingError(_with_log(f"{name}: failed with exit code {code}", log))


def _wait(process: subprocess.Popen[bytes], timeout: timedelta) -> int | None:
    """Return the exit code, or None when the time was over; no child is left behind."""
    try:
        return process.wait(timeout.total_seconds())
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also when Dagster ends this run: what it started must not go on without it.
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
            process.wait(_GRACE_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _with_log(message: str, log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()

    return f"{message}: {lines[-1]}" if lines else f"{message}; it printed nothing."
