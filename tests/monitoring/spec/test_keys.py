"""monitoring.spec.keys: the keys that the model has."""

from __future__ import annotations

from monitoring.spec.keys import key_of, keys_beside, monitor_keys


class TestMonitorKeys:
    """Every key, with type, default and description."""

    def test_described(self) -> None:
        """
        Every key says what it is for.
        """
        assert [] == [key.name for key in monitor_keys() if not key.description.endswith(".")]

    def test_names(self) -> None:
        """
        List entries and mappings have keys of their own.
        """
        names = [key.name for key in monitor_keys()]

        assert {
            "predictions.table",
            "features[].type",
            "thresholds.<metric>.low",
            "reference.window.start",
            "alerts.slack.channel",
        } <= set(names)
        assert len(names) == len(set(names))

    def test_defaults(self) -> None:
        """
        Defaults are written as in a file; what is required has none.
        """
        defaults = {key.name: key.default for key in monitor_keys()}

        assert defaults["model"] is None
        assert defaults["start"] == "null"
        assert defaults["windows"] == ""
        assert defaults["windows.performance"] == "[1d, 7d, 30d]"
        assert defaults["alerts.repeat"] == "1d"
        assert defaults["quality.generate"] == "true"
        assert defaults["schedule"] == '"0 6 * * *"'


class TestLookup:
    """Fields of a file find their key."""

    def test_key_of(self) -> None:
        """
        Positions and names that the user chose stand for any.
        """
        key = key_of(("features", 7, "type"))

        assert key is not None
        assert key.name == "features[].type"
        assert key_of(("features", 7, "kind")) is None

    def test_keys_beside(self) -> None:
        """
        The keys beside a field are those of its part.
        """
        assert keys_beside(("thresholds", "psi", "hihg")) == ["low", "high", "method"]
        assert keys_beside(("reference", "tabel")) == ["table", "label", "window"]
