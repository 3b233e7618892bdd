"""Tests of the settings: what is read, what is refused, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitoring.errors import SettingsError
from monitoring_pipelines.settings import Settings
from monitoring_pipelines.wiring import notifier_of, resources_for
from resources.notifiers.console import ConsoleNotifier
from resources.notifiers.slack import SlackNotifier


class TestSettings:
    """The variables of the environment."""

    def test_defaults(self) -> None:
        """With nothing set, everything lies below .monitor, and messages go to the console."""
        settings = Settings.from_environment({})

        assert Path(".monitor").absolute() == settings.home
        assert f"sqlite:///{settings.home / 'results.db'}" == settings.results_url
        assert isinstance(notifier_of(settings), ConsoleNotifier)

    def test_token(self) -> None:
        """With a token, messages go to Slack."""
        settings = Settings.from_environment({"SLACK_BOT_TOKEN": "xoxb-1"})

        assert isinstance(notifier_of(settings), SlackNotifier)

    def test_secrets(self) -> None:
        """No representation shows a password or a token."""
        settings = Settings.from_environment(
            {
                "SLACK_BOT_TOKEN": "xoxb-hidden",
                "MONITOR_RESULTS_URL": "postgresql+psycopg2://me:hidden@host/db",
                "MONITOR_WAREHOUSE_URL": "postgresql+psycopg2://me:hidden@host/db",
            }
        )

        assert "hidden" not in repr(settings)

    @pytest.mark.parametrize("name", ["MONITOR_WAREHOUSE_URL", "MONITOR_RESULTS_URL"])
    def test_no_url(self, name: str) -> None:
        """A value that is no URL is refused by the name of its variable, and not repeated."""
        with pytest.raises(SettingsError, match=rf"^{name}: ") as error:
            Settings.from_environment({name: "hidden:password@"})

        assert "password" not in str(error.value)


class TestResources:
    """What a deployment is made of."""

    def test_nothing_opened(self, tmp_path: Path) -> None:
        """Naming the resources opens none of them."""
        names = set(resources_for(Settings.from_environment({"MONITOR_HOME": str(tmp_path / "h")})))

        assert {"warehouse", "results", "validator", "registry", "delivery", "clock"} == names
        assert not (tmp_path / "h").exists()
