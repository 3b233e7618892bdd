"""monitoring.spec.retraining: what a policy may say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from monitoring.spec.retraining import RetrainingSpec


class TestRetrainingSpec:
    """Tests of the part of the monitor file that is about retraining."""

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            ({}, "got none"),
            ({"trainer": "a:b", "command": ["train"]}, "got trainer and command"),
            ({"command": []}, "at least 1 item"),
        ],
    )
    def test_one_trainer(self, given: dict[str, object], found: str) -> None:
        """Somebody trains, and only one."""
        with pytest.raises(ValidationError, match=found):
            RetrainingSpec.model_validate(given)

    @pytest.mark.parametrize(
        "given",
        [
            {"webhook": {"url": "ftp://host/train"}},
            {"webhook": {"url": "https://host/train", "token": "xoxb-secret"}},
            {"trainer": "a:b", "hours": "22-6"},
            {"trainer": "a:b", "mode": "on"},
        ],
        ids=["scheme", "a token instead of its variable", "hours", "mode"],
    )
    def test_refused(self, given: dict[str, object]) -> None:
        """A value of another shape is refused."""
        with pytest.raises(ValidationError):
            RetrainingSpec.model_validate(given)
