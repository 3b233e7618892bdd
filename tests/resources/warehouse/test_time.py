"""resources.warehouse.time, as far as it needs no database; see tests/integration as well."""

import operator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from monitoring.spec.model import TimestampUnit
from resources.warehouse.time import TimeColumn, utc_text

MOMENT = datetime(2026, 3, 2, 12, 0, 0, 500_000, tzinfo=UTC)


def column(kind: sa.types.TypeEngine[object]) -> sa.ColumnClause[object]:
    """Return a column of *kind*."""
    return sa.column("at", kind)


class TestCompare:
    """What a column is compared with."""

    @pytest.mark.parametrize("operation", [operator.ge, operator.gt, operator.le, operator.lt])
    @pytest.mark.parametrize(
        "kind", [sa.DateTime(timezone=True), sa.DateTime(), sa.Date(), sa.types.NullType()], ids=str
    )
    def test_untouched(self, kind: sa.types.TypeEngine[object], operation: object) -> None:
        """
        The column stands alone, so that an index on it can be used.
        """
        condition = TimeColumn(column(kind)).compare(operation, MOMENT)  # type: ignore[arg-type]

        assert "at" == str(condition).split(maxsplit=1)[0]
        assert "(" not in str(condition)

    @pytest.mark.parametrize(
        ("operation", "seconds"),
        [(operator.le, 0), (operator.gt, 0), (operator.ge, 1), (operator.lt, 1)],
    )
    def test_between_ticks(self, operation: object, seconds: int) -> None:
        """
        A moment between two seconds is rounded so that no row changes sides.
        """
        time = TimeColumn(column(sa.BigInteger()), unit=TimestampUnit.SECONDS)
        condition = time.compare(operation, MOMENT)  # type: ignore[arg-type]

        assert [int(MOMENT.timestamp()) + seconds] == list(condition.compile().params.values())

    def test_local(self) -> None:
        """
        A local time is compared as it is as well, with a day of room for any zone.
        """
        time = TimeColumn(column(sa.DateTime()), "Asia/Tokyo")
        condition = time.compare(operator.lt, MOMENT)
        text = str(condition.compile(dialect=postgresql.dialect(paramstyle="named")))  # type: ignore[no-untyped-call]

        assert text.startswith("at < :param_1")
        assert "AND timezone('Asia/Tokyo', at) < :param_2" in text


class TestInstant:
    """Dialects, and what they lack."""

    def test_unknown_dialect(self) -> None:
        """
        A database whose local times we cannot read is told, with what it could hold instead.
        """
        instant = TimeColumn(column(sa.DateTime()), "Asia/Tokyo").instant

        with pytest.raises(sa.exc.CompileError, match="expected a timestamp with its time zone"):
            instant.compile(dialect=mysql.dialect())  # type: ignore[no-untyped-call]

    def test_zone_is_literal(self) -> None:
        """
        The name of a zone cannot end the text that it stands in.
        """
        instant = TimeColumn(column(sa.DateTime()), "it's").instant

        assert "timezone('it''s', at)" == str(instant.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]


class TestUtcText:
    """Text of SQLite."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, None),
            ("2026-07-01", "2026-06-30 22:00:00.000"),
            ("2026-07-01T12:00:00Z", "2026-07-01 12:00:00.000"),
            ("2026-07-01 12:00:00.123456-05:00", "2026-07-01 17:00:00.123"),
        ],
    )
    def test_offsets(self, text: str | None, expected: str | None) -> None:
        """
        A written offset counts; text without one is local.
        """
        assert expected == utc_text(text, "Europe/Berlin")
