"""The package's tables are found without importing it, and read as it wrote them."""

import zipfile
from pathlib import Path

import pytest

from monitoring.errors import SettingsError
from monitoring_pipelines.demo.flights import data_folder, read_flights


class TestDataFolder:
    """Where the data files are."""

    def test_not_installed(self) -> None:
        """
        A missing package is one line that says what to install.
        """
        with pytest.raises(SettingsError, match=r"nycflights99.*pip install .*\[demo\]"):
            data_folder("nycflights99")

    def test_installed(self) -> None:
        """
        The folder has the four tables, though importing the package fails.
        """
        names = {path.name for path in data_folder().iterdir()}

        assert {"flights.csv.zip", "planes.csv", "weather.csv", "airports.csv"} <= names


class TestReadFlights:
    """Reading one table."""

    def test_na_is_null(self, tmp_path: Path) -> None:
        """
        NA is null in numbers and in text.
        """
        (tmp_path / "planes.csv").write_text("tailnum,year\nN1,2004\nNA,NA\n")

        planes = read_flights("planes", folder=tmp_path)

        assert [{"tailnum": "N1", "year": 2004}, {"tailnum": None, "year": None}] == (
            planes.to_pylist()
        )

    def test_zipped(self, tmp_path: Path) -> None:
        """
        A table may lie in an archive.
        """
        with zipfile.ZipFile(tmp_path / "planes.csv.zip", "w") as archive:
            archive.writestr("planes.csv", "tailnum,year\nN1,2004\n")

        assert 2004 == read_flights("planes", folder=tmp_path)["year"][0].as_py()

    @pytest.mark.parametrize("content", [None, b"not an archive"], ids=["absent", "broken"])
    def test_unreadable(self, tmp_path: Path, content: bytes | None) -> None:
        """
        A file that is absent or broken is named, with the remedy.
        """
        if content is not None:
            (tmp_path / "flights.csv.zip").write_bytes(content)

        with pytest.raises(SettingsError, match=r"flights\.csv\.zip: cannot be read.*reinstall"):
            read_flights("flights", folder=tmp_path)
