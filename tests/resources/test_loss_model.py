"""A model of a regression's losses."""

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring.measures.direct_loss import estimated_loss_measures, row_losses, summed_losses
from monitoring.spec.model import FeatureSpec, FeatureType
from resources.loss_model import BoostedLossModel, fit_loss_model

FEATURES = [
    FeatureSpec(name="size", type=FeatureType.NUMERIC),
    FeatureSpec(name="kind", type=FeatureType.CATEGORICAL),
]


def sample(rows: int, seed: int, *, small: float = 0.5) -> pa.Table:
    """Return predictions whose errors are normal: 5 times *size* for kind b, *size* for kind a."""
    generator = np.random.default_rng(seed)
    size = generator.uniform(1, 2, rows)
    kind = np.where(generator.random(rows) < small, "a", "b")
    error = generator.normal(0, size * np.where(kind == "a", 1.0, 5.0))
    return pa.table(
        {
            "size": pa.array(size),
            "kind": pa.array(kind),
            "prediction": pa.array(np.full(rows, 100.0)),
            "label": pa.array(100.0 - error),
        }
    )


@pytest.fixture(scope="module")
def model() -> BoostedLossModel:
    """Return the losses of the reference, fitted once."""
    return fit_loss_model(sample(1_500, 0), FEATURES)


class TestFitLossModel:
    """Tests of losses that depend on the features."""

    def test_shift_of_the_inputs(self, model: BoostedLossModel) -> None:
        """
        When the kind with small errors becomes rare, the estimate follows the truth.
        """
        current = sample(4_000, 1, small=0.1)
        errors = np.abs(current["prediction"].to_numpy() - current["label"].to_numpy())
        measures = {
            each.metric: each
            for each in estimated_loss_measures(
                summed_losses(row_losses(current.drop_columns("label"), model), model), model
            )
        }
        mae = measures["estimated_mae"]

        assert mae.lower is not None
        assert mae.upper is not None
        assert mae.lower < errors.mean() < mae.upper
        assert measures["estimated_rmse"].value == pytest.approx(
            np.sqrt((errors**2).mean()), rel=0.1
        )

    def test_unseen_category(self, model: BoostedLossModel) -> None:
        """
        A category that the reference never had is a missing value, not a failure.
        """
        table = sample(5, 1).set_column(1, "kind", pa.array(["new"] * 5))

        assert np.isfinite(model.losses(table)).all()

    def test_fingerprint(self, model: BoostedLossModel) -> None:
        """
        A model of other rows has another name.
        """
        assert model.fingerprint != fit_loss_model(sample(60, 1), FEATURES).fingerprint

    @pytest.mark.parametrize("kind", [FeatureType.NUMERIC, FeatureType.CATEGORICAL])
    @pytest.mark.parametrize("unknown", [600, 400], ids=["all null", "known at the end"])
    def test_unknown_feature(self, kind: FeatureType, unknown: int) -> None:
        """
        A feature without values, in all rows or in those of a fold, leaves the others to be fitted.
        """
        extra = pa.array([None] * unknown + [1.5] * (600 - unknown), pa.float64())
        table = sample(600, 0).append_column("extra", extra)
        fitted = fit_loss_model(table, [*FEATURES, FeatureSpec(name="extra", type=kind)])

        assert np.isfinite(fitted.noise).all()
        assert fitted.losses(table)[:, 0].std() > 1

    @pytest.mark.parametrize("nested", [[1], {"a": 1}], ids=["list", "struct"])
    def test_nested_feature(self, nested: object) -> None:
        """
        A list or struct says nothing to the model, which is that of the other features.
        """
        table = sample(600, 0)
        extra = FeatureSpec(name="extra", type=FeatureType.CATEGORICAL)
        fitted = fit_loss_model(
            table.append_column("extra", pa.array([nested] * 600)), [*FEATURES, extra]
        )

        assert np.array_equal(fitted.losses(table), fit_loss_model(table, FEATURES).losses(table))

    @pytest.mark.parametrize("name", ["size", "prediction"])
    def test_text_in_place_of_numbers(self, model: BoostedLossModel, name: str) -> None:
        """
        A column that arrives as text counts as missing, exactly as a lost one does.
        """
        lost = sample(5, 1).drop_columns(name)
        text = lost.append_column(name, pa.array(["x"] * 5))

        assert np.array_equal(model.losses(text), model.losses(lost))

    @pytest.mark.parametrize("label", [1e200, 1e100])
    def test_error_too_large(self, label: float) -> None:
        """
        An error that is too large to compute with is named, instead of failing in scikit-learn.
        """
        labels = pa.array([label] + [100.0] * 59)
        table = sample(60, 0).drop_columns("label").append_column("label", labels)

        with pytest.raises(TrainingError, match=r"largest error of the reference is 1e\+"):
            fit_loss_model(table, FEATURES)

    def test_too_few_rows(self) -> None:
        """
        A handful of labelled rows teaches nothing, and the message says how many are needed.
        """
        with pytest.raises(TrainingError, match="expected 50 or more"):
            fit_loss_model(sample(10, 0), FEATURES)
