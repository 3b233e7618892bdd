"""The command ``monitor``."""

import typer

from monitoring_pipelines.cli.approve import approve
from monitoring_pipelines.cli.check import check
from monitoring_pipelines.cli.demo import demo
from monitoring_pipelines.cli.dev import dev
from monitoring_pipelines.cli.lineage import lineage
from monitoring_pipelines.cli.results import results
from monitoring_pipelines.cli.rollback import rollback
from monitoring_pipelines.cli.run import run
from monitoring_pipelines.cli.silence import silence
from monitoring_pipelines.cli.status import status
from monitoring_pipelines.cli.upgrade import upgrade

app = typer.Typer(
    name="monitor",
    help="Notices when a deployed model gets worse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (
    demo,
    check,
    run,
    results,
    status,
    silence,
    approve,
    rollback,
    lineage,
    dev,
    upgrade,
):
    app.command()(command)


def main() -> None:
    """Run the command line."""
    app()
