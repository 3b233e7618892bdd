"""``monitor demo``: a year of a real model, lived through with a moving clock."""

from typing import Annotated

import typer

from monitoring_pipelines.cli.console import Exit, HomeOption, plain_errors, settings_for


def demo(
    days: Annotated[
        int | None, typer.Option(min=15, max=275, help="Live through the first days only.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Build a warehouse of real flights, watch a model through 2013, and show what came of it."""
    # The story imports what only the demo needs.
    from monitoring_pipelines.demo.story import tell  # noqa: PLC0415

    with plain_errors():
        failures = tell(settings_for(home), days=days)
    if failures:
        raise typer.Exit(Exit.FAILED)
