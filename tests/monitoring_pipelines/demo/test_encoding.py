"""Rows become the matrix that the model learned from."""

import numpy as np
import pyarrow as pa
import pytest

from monitoring.errors import TrainingError
from monitoring_pipelines.demo.encoding import MAX_CATEGORIES, fit_encoding

ROWS = pa.table(
    {"carrier": ["UA", "AA", None], "seats": [149, None, 55], "wide": [True, False, None]}
)


class TestFitEncoding:
    """What the training rows teach."""

    def test_types(self) -> None:
        """
        Text and truth values are categories, numbers are not.
        """
        encoding = fit_encoding(ROWS, ("carrier", "seats", "wide"))

        assert [True, False, True] == encoding.categorical
        assert {"carrier": ("AA", "UA"), "wide": ("false", "true")} == encoding.categories

    def test_dictionary(self) -> None:
        """
        Text that a warehouse sends dictionary-encoded is text.
        """
        rows = pa.table({"carrier": ROWS["carrier"].combine_chunks().dictionary_encode()})

        assert {"carrier": ("AA", "UA")} == fit_encoding(rows, ("carrier",)).categories

    def test_too_many_categories(self) -> None:
        """
        The commonest categories are kept, as many as the model's histograms can hold.
        """
        names = [f"{number:03}" for number in range(300)]
        rows = pa.table({"dest": [*names, "299", "298"]})

        kept = fit_encoding(rows, ("dest",)).categories["dest"]

        assert MAX_CATEGORIES == len(kept)
        assert {"298", "299", "000", "251"} <= set(kept)
        assert "252" not in kept


class TestMatrix:
    """Rows as numbers."""

    def test_values(self) -> None:
        """
        Categories are codes by name; nulls are NaN.
        """
        matrix = fit_encoding(ROWS, ("seats", "carrier", "wide")).matrix(ROWS)

        expected = [[149, 1, 1], [np.nan, 0, 0], [55, np.nan, np.nan]]
        np.testing.assert_array_equal(expected, matrix)

    def test_unknown_category(self) -> None:
        """
        A category that the training rows did not have is NaN.
        """
        encoding = fit_encoding(ROWS, ("carrier",))

        assert np.isnan(encoding.matrix(pa.table({"carrier": ["ZZ"]}))).all()

    def test_missing_feature(self) -> None:
        """
        Rows without a feature are refused by its name.
        """
        encoding = fit_encoding(ROWS, ("carrier", "seats"))

        with pytest.raises(TrainingError, match="the rows lack seats"):
            encoding.matrix(ROWS.drop_columns(["seats"]))
