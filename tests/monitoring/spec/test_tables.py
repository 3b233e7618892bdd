"""Tests of the names of tables and files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import parse_monitor
from monitoring.spec.tables import anchored, is_csv, is_file, lineage_key, split_name


class TestIsFile:
    """Tests of which names are files."""

    @pytest.mark.parametrize(
        ("table", "file", "csv"),
        [
            ("predictions.churn", False, False),
            ("churn", False, False),
            ('"odd.parquet table".churn', False, False),
            ("lake.parquet_tables.churn", False, False),
            ("churn.parquet", True, False),
            ("churn.pq", True, False),
            ("data/**/*.PARQUET", True, False),
            ("s3://bucket/day=*/part-0.parquet", True, False),
            ("churn.csv", True, True),
            ("churn.csv.gz", True, True),
            ("churn.tsv", True, True),
        ],
    )
    def test_suffix(self, table: str, *, file: bool, csv: bool) -> None:
        """A file is told by its suffix; everything else is a table of the warehouse."""
        assert (file, csv) == (is_file(table), is_csv(table))


class TestSplitName:
    """Tests of the parts of a table's name."""

    @pytest.mark.parametrize(
        ("table", "parts"),
        [
            ("churn", ("churn",)),
            ("lake.main.churn", ("lake", "main", "churn")),
            ('"Churn 2026"', ("Churn 2026",)),
            ('main."a.b"', ("main", "a.b")),
            ('"say ""hi""".churn', ('say "hi"', "churn")),
        ],
    )
    def test_parts(self, table: str, parts: tuple[str, ...]) -> None:
        """Dots separate, but not within double quotes, where a doubled quote is one."""
        assert parts == split_name(table)

    @given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
    def test_quoted(self, parts: list[str]) -> None:
        """Any name can be written in quotes."""
        written = ".".join('"' + part.replace('"', '""') + '"' for part in parts)

        assert tuple(parts) == split_name(written)


class TestLineageKey:
    """Tests of tables as assets."""

    @pytest.mark.parametrize(
        ("table", "key"),
        [
            ("predictions.churn", ["predictions", "churn"]),
            ('main."Churn (2026)"', ["main", "Churn_2026"]),
            ("../data/churn.parquet", ["files", "data", "churn_parquet"]),
            ("/lake/day=*/*.parquet", ["files", "lake", "day", "parquet"]),
            ("s3://lake/churn.parquet", ["files", "s3", "lake", "churn_parquet"]),
        ],
    )
    def test_readable(self, table: str, key: list[str]) -> None:
        """The key is the name, in the characters that Dagster allows."""
        assert key == lineage_key(table)

    def test_other_scripts(self) -> None:
        """
        Tables whose names are in another script are assets of their own.

        Regression: such a part was dropped, and predictions and actuals became one asset.
        """
        first, second = lineage_key("ml.予測"), lineage_key("ml.実績")

        assert "ml" == first[0] == second[0]
        assert first != second

    @given(st.text(st.characters(categories=["L", "Nd"]), min_size=1))
    def test_any_word(self, name: str) -> None:
        """A name of letters and digits of any script gives a key that Dagster accepts."""
        key = lineage_key(f'"{name}"')

        assert key
        assert all(re.fullmatch(r"[A-Za-z0-9_]+", part) for part in key)


def spec_of(text: str, **tables: str) -> MonitorSpec:
    """Return the monitor *text* with other tables."""
    for old, new in (
        ("predictions.churn", tables.get("predictions")),
        ("actuals.churn", tables.get("actuals")),
        ("training.churn", tables.get("reference")),
    ):
        text = text.replace(old, new) if new is not None else text
    return parse_monitor(text, source="churn.yaml")


class TestAnchored:
    """Tests of relative paths."""

    def test_files(self, churn_file: str) -> None:
        """Relative paths are taken from the folder of the monitor file; others stay."""
        spec = anchored(
            spec_of(
                churn_file,
                predictions="../data/churn-*.parquet",
                actuals="/lake/actuals.csv",
                reference="s3://lake/training.parquet",
            ),
            "/shop/monitors",
        )

        assert spec.predictions.shadow is None
        answers = spec.predictions.model_copy(update={"shadow": "shadow.parquet"})
        shadowed = anchored(spec.model_copy(update={"predictions": answers}), "/shop/monitors")
        assert "/shop/monitors/shadow.parquet" == shadowed.predictions.shadow
        assert spec.actuals is not None
        assert "/shop/data/churn-*.parquet" == spec.predictions.table
        assert "/lake/actuals.csv" == spec.actuals.table
        assert "s3://lake/training.parquet" == spec.reference.table

    def test_tables(self, churn_file: str) -> None:
        """Tables of the warehouse, and all that is no table, stay as they are."""
        spec = spec_of(churn_file)

        assert spec == anchored(spec, "/shop/monitors")

    def test_without_actuals(self, churn_file: str) -> None:
        """A monitor whose reference is a window and that has no actuals has one table."""
        spec = spec_of(churn_file, predictions="churn.parquet")
        bare = spec.model_copy(
            update={
                "actuals": None,
                "reference": spec.reference.model_copy(update={"table": None}),
            }
        )

        found = anchored(bare, "monitors")
        assert PurePosixPath("monitors/churn.parquet") == PurePosixPath(found.predictions.table)
        assert found.reference.table is None
        assert found.actuals is None
