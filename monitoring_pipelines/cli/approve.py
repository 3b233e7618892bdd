"""``monitor approve``: a person makes a better version the champion."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitoring_pipelines.cli.console import HomeOption, err, plain_errors
from monitoring_pipelines.cli.versions import ModelArgument, promotion_of


def approve(
    model: ModelArgument,
    version: Annotated[str, typer.Argument(help="The version that waits for approval.")],
    by: Annotated[str | None, typer.Option(help="Who approves; default the user.")] = None,
    home: HomeOption = None,
) -> None:
    """Promote a version that waits, in a monitor whose retraining has mode: approve."""
    with plain_errors():
        who = by or getpass.getuser()
        record = promotion_of(model, home).approve(version, by=who, at=datetime.now(UTC))
        err.print(
            f"{model}: {record.version} is the champion: {record.reason}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
