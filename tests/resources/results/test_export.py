"""CSV and JSON of measurements: exact columns, full precision, and empty where undefined."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from monitoring.results import COLUMNS, Measurement, Verdict
from resources.results.export import write_csv, write_json

Measure = Callable[..., Measurement]


def as_csv(*measurements: Measurement) -> str:
    """Write *measurements* into a text."""
    stream = io.StringIO()
    write_csv(measurements, stream)

    return stream.getvalue()


def as_json(*measurements: Measurement) -> str:
    """Write *measurements* into a text."""
    stream = io.StringIO()
    write_json(measurements, stream)

    return stream.getvalue()


class TestWriteCsv:
    """What `monitor results --format csv` prints."""

    def test_lines(self, measure: Measure) -> None:
        """
        The header is the public columns in their order, and what is undefined is empty.
        """
        undefined = measure(value=None, verdict=Verdict.NO_DATA, reason="no rows", rows=0)

        assert (
            "model,version,segment,window,window_start,window_end,column,metric,value,lower,upper,"
            "rows,threshold_low,threshold_high,verdict,as_of,run_id\n"
            "flight_delay,*,*,1d,2013-04-01,2013-04-02,distance,psi,0.1,,,900,,0.2,ok,"
            "2013-04-02T06:00:00+00:00,run-1\n"
            "flight_delay,*,*,1d,2013-04-01,2013-04-02,distance,psi,,,,0,,0.2,no_data,"
            "2013-04-02T06:00:00+00:00,run-1\n"
        ) == as_csv(measure(), undefined)

    def test_nothing(self) -> None:
        """
        Without measurements there is still a header.
        """
        assert ",".join(COLUMNS) + "\n" == as_csv()

    def test_moment_in_utc(self, measure: Measure) -> None:
        """
        Moments are printed in UTC, whatever their zone is.
        """
        newark = timezone(timedelta(hours=-4))
        moment = datetime(2013, 4, 2, 2, tzinfo=newark)

        assert "2013-04-02T06:00:00+00:00" in as_csv(measure(as_of=moment))

    @given(value=st.floats(allow_nan=False, allow_infinity=False), segment=st.text())
    def test_reads_back(self, value: float, segment: str) -> None:
        """
        A CSV reader finds the same number, bit for bit, and the same text.
        """
        measurement = Measurement(
            model="m",
            version="*",
            segment=segment,
            window="1d",
            window_start="2013-04-01",
            window_end="2013-04-02",
            column="seats",
            metric="psi",
            value=value,
            lower=None,
            upper=None,
            rows=1,
            threshold_low=None,
            threshold_high=None,
            verdict=None,
            as_of=datetime(2013, 4, 2, tzinfo=UTC),
            run_id="r",
        )

        (row,) = csv.DictReader(io.StringIO(as_csv(measurement), newline=""))

        assert value.hex() == float(row["value"]).hex()
        assert segment == row["segment"]
        assert not row["verdict"]


class TestWriteJson:
    """What `monitor results --format json` prints."""

    def test_rows(self, measure: Measure) -> None:
        """
        Each measurement is an object with the public columns; what is undefined is null.
        """
        first, second = json.loads(as_json(measure(), measure(value=None, verdict=None)))

        assert list(COLUMNS) == list(first)
        assert (0.1, "ok", 900) == (first["value"], first["verdict"], first["rows"])
        assert (None, None) == (second["value"], second["verdict"])

    def test_nothing(self) -> None:
        """
        Without measurements there is an empty list.
        """
        assert [] == json.loads(as_json())
