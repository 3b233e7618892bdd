"""Tests of news of a version as a message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitoring.alerting.version_message import VersionNews, version_message

LINK = "https://dagster.example.com/assets/churn/evaluation"
HOSTILE = "<!channel> `rm` *now* & <https://evil.example.com|here>"


def blocks_of(news: VersionNews, link: str | None = LINK) -> str:
    """Return the blocks as Slack gets them."""
    return json.dumps(version_message(news, key="k", channel="#ml", link=link).blocks)


class TestVersionMessage:
    """What is said of each decision."""

    @pytest.mark.parametrize(
        ("told", "title"),
        [
            ({"waits": True}, "churn v2 waits for approval"),
            ({"promoted": True}, "churn v2 is promoted"),
            ({}, "churn v2 was taken back"),
        ],
    )
    def test_title(self, told: dict[str, Any], title: str) -> None:
        """The first line says what became of which version; the reason and the link follow."""
        news = VersionNews("churn", "v2", "log-loss lower", **told)
        message = version_message(news, key="k", channel="#ml", link=LINK)

        assert f"{title}: log-loss lower" == message.text.splitlines()[0]
        assert LINK == message.text.splitlines()[-1]
        assert title in blocks_of(news)
        assert f"<{LINK}|Open in Dagster>" in blocks_of(news)

    def test_command(self) -> None:
        """Only what waits for approval comes with the command that approves."""
        waiting = VersionNews("churn", "v2", "better", waits=True)

        assert "`monitor approve churn v2`" in blocks_of(waiting)
        assert "approve" not in blocks_of(VersionNews("churn", "v2", "better", promoted=True))

    def test_hostile(self) -> None:
        """Nothing that a person or a trainer wrote becomes markup."""
        found = blocks_of(VersionNews("churn", HOSTILE, HOSTILE, waits=True), link=None)

        assert "<!channel>" not in found
        assert "<https" not in found
        assert "`rm`" not in found.split("To promote it")[1]
