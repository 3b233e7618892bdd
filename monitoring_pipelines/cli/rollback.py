"""``monitor rollback``: back to the version before."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitoring_pipelines.cli.console import HomeOption, err, plain_errors
from monitoring_pipelines.cli.versions import ModelArgument, promotion_of
from monitoring_pipelines.decisions import in_use_again, rollback_reason


def rollback(
    model: ModelArgument,
    reason: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
    home: HomeOption = None,
) -> None:
    """Take the champion back; the version before it is in use again."""
    with plain_errors():
        told = rollback_reason(getpass.getuser(), reason)
        previous = promotion_of(model, home).roll_back(told, at=datetime.now(UTC))
        words = in_use_again(model, previous)
        err.print(words, markup=False, highlight=False, soft_wrap=True)
