"""Names of tables: which are files, where those are, and how lineage calls them."""

from __future__ import annotations

import posixpath
import re

from monitoring.spec.model import MonitorSpec

_FILE = re.compile(r"\.(parquet|pq|csv|csv\.gz|tsv)$", re.IGNORECASE)


def is_file(table: str) -> bool:
    """
    Return whether *table* is a path, glob or URL of Parquet or CSV files.

    >>> is_file("predictions.churn"), is_file("../data/predictions.parquet")
    (False, True)
    """
    return _FILE.search(table) is not None


def is_csv(table: str) -> bool:
    """Return whether *table* is a path of CSV files."""
    return is_file(table) and not table.lower().endswith((".parquet", ".pq"))


def split_name(table: str) -> tuple[str, ...]:
    """
    Split a table name at its dots; a double-quoted part keeps its dots.

    >>> split_name('lake."my.schema".churn')
    ('lake', 'my.schema', 'churn')
    """
    parts = re.findall(r'"((?:[^"]|"")*)"|([^."]+)', table)

    return tuple(quoted.replace('""', '"') or plain for quoted, plain in parts)


def lineage_key(table: str) -> list[str]:
    """
    Return the asset key of *table*, in the characters that Dagster allows.

    >>> lineage_key("predictions.churn"), lineage_key("/lake/2026/churn.parquet")
    (['predictions', 'churn'], ['files', 'lake', '2026', 'churn_parquet'])
    """
    parts = ["files", *table.split("/")] if is_file(table) else list(split_name(table))

    return [key for part in parts if (key := _key_part(part))]


def _key_part(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if cleaned or not any(char.isalnum() for char in name):
        return cleaned

    # A name in another script keeps its place, so that two tables do not become one.
    return f"x{name.encode().hex()}"


def anchored(spec: MonitorSpec, folder: str) -> MonitorSpec:
    """Return *spec* with its relative file paths taken from *folder*, where its file lies."""

    def absolute(table: str) -> str:
        if not is_file(table) or "://" in table:
            return table
        return posixpath.normpath(posixpath.join(folder, table))

    answers = {"table": absolute(spec.predictions.table)}
    if spec.predictions.shadow is not None:
        answers["shadow"] = absolute(spec.predictions.shadow)
    changes: dict[str, object] = {"predictions": spec.predictions.model_copy(update=answers)}
    if spec.quality.suite is not None:
        suite = posixpath.normpath(posixpath.join(folder, spec.quality.suite))
        changes["quality"] = spec.quality.model_copy(update={"suite": suite})
    if spec.actuals is not None:
        changes["actuals"] = spec.actuals.model_copy(update={"table": absolute(spec.actuals.table)})
    if spec.reference.table is not None:
        changes["reference"] = spec.reference.model_copy(
            update={"table": absolute(spec.reference.table)}
        )

    return spec.model_copy(update=changes)
