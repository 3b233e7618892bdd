"""``monitor rollback``: back to the version before."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitoring_pipelines.cli.console import HomeOption, err, plain_errors
from monitoring_pipelines.cli.versions import ModelArgument, promotion_of


def rollback(
    model: ModelArgument,
    reason: Annotated[str, typer.Option(help="Why, for those who read it later.")] = "",
    home: HomeOption = None,
) -> None:
    """Take the champion back; the version before it is in use again."""
    with plain_errors():
        told = f"rolled back by {getpass.getuser()}" + (f": {reason}" if reason else "")
        previous = promotion_of(model, home).roll_back(told, at=datetime.now(UTC))
        back = "the model that was deployed before monitoring began"
        err.print(
            f"{model}: {back if previous is None else previous.version} is in use again.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
