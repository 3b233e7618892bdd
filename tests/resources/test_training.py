"""Trainers are found by name and held to the contract."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from monitoring.errors import TrainingError
from resources.training import (
    TrainedModel,
    TrainerModule,
    TrainingRequest,
    checksum,
    load_trainer,
)

ROWS = pa.table({"age": [1.0, 2.0, 3.0], "label": [0, 1, 1]})


@pytest.fixture
def request_for_churn(tmp_path: Path) -> TrainingRequest:
    """A request for three rows of May."""
    return TrainingRequest(
        model="churn",
        version="v2",
        start=date(2026, 5, 1),
        end=date(2026, 6, 1),
        rows=ROWS,
        features=("age",),
        positive_class=1,
        output=tmp_path,
    )


def train_rate(request: TrainingRequest) -> TrainedModel:
    """Train the simplest model there is: the rate of the positive class."""
    artefact = request.output / "rate.txt"
    artefact.write_text(str(np.mean(request.rows["label"].to_numpy())))

    return TrainedModel(artefact, request.features, {"rows": 3.0}, request.start, request.end)


def score_rate(artefact: Path, rows: pa.Table) -> NDArray[np.float64]:
    """Answer the rate for every row."""
    return np.full(rows.num_rows, float(artefact.read_text()))


def fail(*_: object) -> TrainedModel:
    """Fail as user code does."""
    msg = "the cluster is gone"
    raise OSError(msg)


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Return a function that makes a module importable."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, source: str) -> None:
        (tmp_path / f"{name}.py").write_text(source)

    return write


class TestLoadTrainer:
    """From `module:function` to a trainer."""

    def test_found(self, write_module: Callable[[str, str], None]) -> None:
        """
        The function that is named trains, and `score` beside it scores.
        """
        write_module("fine_trainer", "def fit(request): ...\ndef score(artefact, rows): ...\n")

        module = load_trainer("fine_trainer:fit")

        assert "fine_trainer:fit" == module.reference
        assert ("fit", "score") == (module.trainer.__name__, module.scorer.__name__)

    @pytest.mark.parametrize("reference", ["trainers", "trainers:", ":train", ""])
    def test_not_a_reference(self, reference: str) -> None:
        """
        Anything but module:function is refused with what was found.
        """
        with pytest.raises(TrainingError, match=f"expected module:function, got '{reference}'"):
            load_trainer(reference)

    def test_no_module(self) -> None:
        """
        A missing module is named, with the remedy.
        """
        with pytest.raises(TrainingError, match="no module named no_such_trainer; install it"):
            load_trainer("no_such_trainer:train")

    def test_missing_dependency(self, write_module: Callable[[str, str], None]) -> None:
        """
        It is the dependency that is named when that is what is missing.
        """
        write_module("needy_trainer", "import no_such_library\n")

        with pytest.raises(TrainingError, match="needy_trainer:train: no module named no_such_lib"):
            load_trainer("needy_trainer:train")

    def test_broken_module(self, write_module: Callable[[str, str], None]) -> None:
        """
        A module that fails on import does not take the caller with it.
        """
        write_module("broken_trainer", "1 / 0\n")

        with pytest.raises(TrainingError, match="cannot be imported: ZeroDivisionError: division"):
            load_trainer("broken_trainer:train")

    @pytest.mark.parametrize(
        ("source", "missing"),
        [
            ("def score(artefact, rows): ...\n", "train"),
            ("def train(request): ...\n", "score"),
            ("train = 3\ndef score(artefact, rows): ...\n", "train"),
        ],
        ids=["no-train", "no-score", "not-callable"],
    )
    def test_missing_function(
        self,
        write_module: Callable[[str, str], None],
        request: pytest.FixtureRequest,
        source: str,
        missing: str,
    ) -> None:
        """
        The function that is missing is named with the signature to write.
        """
        name = "lacking_" + request.node.callspec.id.replace("-", "_")
        write_module(name, source)

        with pytest.raises(TrainingError, match=rf"{name}: no function {missing}; add {missing}\("):
            load_trainer(f"{name}:train")


class TestTrain:
    """What a trainer delivers is checked before anyone uses it."""

    def test_delivers(self, request_for_churn: TrainingRequest) -> None:
        """
        A trainer that keeps the contract is passed through.
        """
        trained = TrainerModule("rates:train", train_rate, score_rate).train(request_for_churn)

        assert ("age",) == trained.features
        assert trained.artefact.exists()

    def test_fails(self, request_for_churn: TrainingRequest) -> None:
        """
        An exception of the trainer becomes a training error with its type and its words.
        """
        module = TrainerModule("rates:train", fail, score_rate)

        with pytest.raises(TrainingError, match="rates:train: failed with OSError: the cluster is"):
            module.train(request_for_churn)

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            ({"artefact": Path("nowhere")}, "the artefact nowhere does not exist"),
            ({"features": ("age", "label")}, "expected features of the request, got label"),
            ({"features": ()}, "expected features of the request, got none"),
            ({"trained_from": date(2026, 4, 1)}, "got 2026-04-01 to 2026-06-01"),
            ({"trained_to": date(2026, 6, 2)}, "got 2026-05-01 to 2026-06-02"),
            ({"trained_to": date(2026, 5, 1)}, "got 2026-05-01 to 2026-05-01"),
        ],
        ids=["artefact", "label-as-feature", "no-feature", "earlier", "later", "no-days"],
    )
    def test_unusable(
        self, request_for_churn: TrainingRequest, change: dict[str, object], problem: str
    ) -> None:
        """
        An artefact that is not there, a foreign feature or a span beyond the rows is refused.
        """

        def train(request: TrainingRequest) -> TrainedModel:
            return replace(train_rate(request), **change)  # type: ignore[arg-type]

        with pytest.raises(TrainingError, match=problem):
            TrainerModule("rates:train", train, score_rate).train(request_for_churn)

    def test_wrong_type(self, request_for_churn: TrainingRequest) -> None:
        """
        A trainer that returns something else is refused by that type.
        """
        module = TrainerModule("rates:train", lambda _: "done", score_rate)  # type: ignore[arg-type, return-value]

        with pytest.raises(TrainingError, match="expected a TrainedModel, got str"):
            module.train(request_for_churn)


class TestScore:
    """Scores are one probability for each row, or an error."""

    def test_scores(self, request_for_churn: TrainingRequest) -> None:
        """
        A scorer that keeps the contract is passed through.
        """
        module = TrainerModule("rates:train", train_rate, score_rate)

        trained = module.train(request_for_churn)

        np.testing.assert_allclose(np.full(3, 2 / 3), module.score(trained.artefact, ROWS))

    def test_fails(self) -> None:
        """
        An exception of the scorer becomes a training error that names `score`.
        """
        module = TrainerModule("rates:train", train_rate, fail)  # type: ignore[arg-type]

        with pytest.raises(TrainingError, match="rates:score: failed with OSError"):
            module.score(Path("any"), ROWS)

    @pytest.mark.parametrize(
        ("scores", "problem"),
        [
            ([0.5], r"expected 3 scores, got shape \(1,\)"),
            ([[0.5], [0.5], [0.5]], r"got shape \(3, 1\)"),
            ([0.5, 1.5, 0.5], "between 0 and 1"),
            ([0.5, float("nan"), 0.5], "between 0 and 1"),
        ],
        ids=["too-few", "matrix", "beyond-1", "nan"],
    )
    def test_unusable(self, scores: list[float], problem: str) -> None:
        """
        A wrong number of scores, or a score that is no probability, is refused.
        """
        module = TrainerModule("rates:train", train_rate, lambda _, __: np.array(scores))

        with pytest.raises(TrainingError, match=problem):
            module.score(Path("any"), ROWS)


class TestChecksum:
    """Artefacts are known by their contents."""

    def test_file(self, tmp_path: Path) -> None:
        """
        The checksum of a file is its SHA-256; the expected value is that of `sha256sum`.
        """
        path = tmp_path / "model"
        path.write_bytes(b"abc")

        expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert expected == checksum(path)

    def test_folder(self, tmp_path: Path) -> None:
        """
        A folder's changes with a name or a content, not with where the folder lies.
        """
        sums = []
        for folder, name, content in [
            ("a", "x", "1"),
            ("b", "x", "1"),
            ("c", "y", "1"),
            ("d", "x", "2"),
        ]:
            path = tmp_path / folder / "inner"
            path.mkdir(parents=True)
            (path / name).write_text(content)
            sums.append(checksum(tmp_path / folder))

        assert sums[0] == sums[1]
        assert 3 == len(set(sums))
