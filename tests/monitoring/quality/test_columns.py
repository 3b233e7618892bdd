"""monitoring.quality.columns."""

import pytest

from monitoring.quality.columns import likely_renames


class TestLikelyRenames:
    """Which new column a missing one may be."""

    @pytest.mark.parametrize(
        ("missing", "new", "expected"),
        [
            (["wait"], ["waiting"], {"wait": "waiting"}),
            (["amount"], ["Amount_EUR"], {"amount": "Amount_EUR"}),
            (["amount"], ["colour"], {}),
            (["amount"], [], {}),
            # The nearer one takes the name; the other finds none.
            (["temp", "temperature"], ["temperatures"], {"temperature": "temperatures"}),
        ],
    )
    def test_names(self, missing: list[str], new: list[str], expected: dict[str, str]) -> None:
        """Names that are alike belong together, whatever their case; each new one once."""
        assert expected == likely_renames(missing, new)
