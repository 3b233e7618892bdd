"""
Pages about the quality of each day, below the home.

Great Expectations' own Data Docs are not used: their pages load a dozen files from the network, and
take a value of the data for markup (seen in 1.24).
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from monitoring.quality.page import quality_page
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import MonitorSpec


def write_data_docs(
    spec: MonitorSpec, days: Mapping[str, PartitionQuality], *, home: Path | None
) -> dict[str, Path]:
    """Write a page for each of *days*, and return where; none without a home, or unasked."""
    if home is None or not spec.quality.data_docs:
        return {}

    folder = home / "data_docs" / spec.model
    folder.mkdir(parents=True, exist_ok=True)
    pages = {key: folder / f"{_file_name(key)}.html" for key in days}
    for key, page in pages.items():
        page.write_text(quality_page(spec.model, days[key]), "utf-8")

    return pages


def _file_name(partition: str) -> str:
    """
    Return a name for the file of *partition*: batches may be called anything.

    >>> _file_name("2026-01-31"), _file_name("../etc/b 7")
    ('2026-01-31', '%2E%2E%2Fetc%2Fb%207')
    """
    return quote(partition, safe="").replace(".", "%2E")
