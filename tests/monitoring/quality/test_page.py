"""The page about a day's quality."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from monitoring.quality.expectation import Severity, draft
from monitoring.quality.outcome import ExpectationOutcome, OutcomeState
from monitoring.quality.page import quality_page
from monitoring.quality.verdict import PartitionQuality
from monitoring.spec.model import Family

HOSTILE = "<script>alert('x')</script> & \"quoted\""


class Reader(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note *tag*."""
        del attrs
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        """Note *data*."""
        self.texts.append(data)


def page() -> str:
    """Return the page of a day with one failure of hostile names and values."""
    expectation = draft(
        "expect_column_values_to_be_in_set",
        HOSTILE,
        {},
        family=Family.CATEGORIES,
        severity=Severity.CRITICAL,
        reason=HOSTILE,
        bound=HOSTILE,
    )
    failed = ExpectationOutcome(
        expectation, OutcomeState.FAILED, HOSTILE, 7, 70.0, (HOSTILE,), f"{HOSTILE}: failed."
    )
    passed = ExpectationOutcome(expectation, OutcomeState.PASSED)

    return quality_page(HOSTILE, PartitionQuality(HOSTILE, 1_000, (passed, failed)))


class TestQualityPage:
    """`quality_page` on names and values that want to be markup."""

    def test_text_only(self) -> None:
        """Whatever comes from the data is text, and all of it is there."""
        reader = Reader()
        reader.feed(page())

        assert {"html", "head", "meta", "title", "style", "body", "h1", "p"} | {
            "h2", "table", "tr", "th", "td"} == reader.tags  # fmt: skip
        assert 7 < sum(HOSTILE in text for text in reader.texts)
        assert "1,000 rows; 2 expectations: 1 failed, 0 errored, 1 passed." in reader.texts

    def test_offline(self) -> None:
        """The page refers to nothing outside itself."""
        assert [] == re.findall(r"(?:src|href|url)\s*[=(]|@import|https?:", page())

    def test_failures_first(self) -> None:
        """What failed stands above what passed."""
        text = page()

        assert text.index('class="failed critical"') < text.index('class="passed critical"')
