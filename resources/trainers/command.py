"""A trainer that is a program of its own, told what to do through Dagster Pipes."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from resources.trainers.answers import Answers
from resources.trainers.process import LOG, run_process
from resources.training import TrainedModel, TrainingRequest, checked, told


@dataclass(frozen=True, slots=True)
class CommandTrainer:
    """
    Runs *command* with the action ``train`` or ``score`` among the extras of Dagster Pipes.

    It reports one custom message: after training ``artefact``, ``features``, ``metrics``,
    ``trained_from`` and ``trained_to``; scores are written to the Parquet file ``scores``.
    """

    command: tuple[str, ...]
    timeout: timedelta
    answers: Answers
    context: dg.AssetExecutionContext

    def train(self, request: TrainingRequest) -> TrainedModel:
        """
        Run the program on the rows of *request*, which it finds in a Parquet file.

        Raises:
            TrainingError: when it fails, takes too long, or delivers nothing that can be used.
        """
        with TemporaryDirectory() as folder:
            rows = Path(folder) / "rows.parquet"
            pq.write_table(request.rows, rows)
            extras = told(request) | {"rows": str(rows), "output": str(request.output)}
            report = self._run(extras, log=request.output / LOG)

        return checked(_trained(self._name, report, request), request, source=self._name)

    def score(self, artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
        """
        Run the program on *rows* without their label.

        Raises:
            TrainingError: when it fails, takes too long, or an answer is missing.
        """
        with TemporaryDirectory() as name:
            folder = Path(name)
            pq.write_table(rows, folder / "rows.parquet")
            scores = folder / "scores.parquet"
            extras = {
                "action": "score",
                "artefact": str(artefact),
                "rows": str(folder / "rows.parquet"),
                "scores": str(scores),
            }
            self._run(extras, log=folder / LOG)
            if not scores.exists():
                msg = f"{self._name}: wrote no {scores.name}; write it to the extra `scores`."
                raise TrainingError(msg)
            found = self.answers.read(scores)

        return self.answers.checked(found, rows=rows.num_rows, source=self._name)

    @property
    def _name(self) -> str:
        return " ".join(self.command)

    def _run(self, extras: Mapping[str, Any], *, log: Path) -> Mapping[str, Any]:
        """Run the program to its end; return the last message that it reported."""
        with (
            _quiet(),
            dg.open_pipes_session(
                # The context of the asset warns of itself when Pipes asks for the id of its run.
                context=self.context.op_execution_context,
                context_injector=dg.PipesTempFileContextInjector(),
                message_reader=dg.PipesTempFileMessageReader(),
                extras=dict(extras),
            ) as session,
        ):
            run_process(
                self.command,
                name=self._name,
                log=log,
                environment={**os.environ, **session.get_bootstrap_env_vars()},
                timeout=self.timeout,
            )
        messages = session.get_custom_messages()

        return messages[-1] if messages and isinstance(messages[-1], dict) else {}


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what Dagster remarks on a preview of its own, inside of Pipes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        yield


def _trained(name: str, report: Mapping[str, Any], request: TrainingRequest) -> TrainedModel:
    """Return what the program reported, as a function would have returned it."""
    try:
        return TrainedModel(
            artefact=request.output / report["artefact"],
            features=tuple(report.get("features", request.features)),
            metrics={key: float(value) for key, value in report.get("metrics", {}).items()},
            trained_from=date.fromisoformat(report.get("trained_from", str(request.start))),
            trained_to=date.fromisoformat(report.get("trained_to", str(request.end))),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = (
            f"{name}: expected a custom message with artefact, and features, metrics, "
            f"trained_from and trained_to where they differ from the request, got {report!r}."
        )
        raise TrainingError(msg) from error
