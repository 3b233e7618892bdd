"""``monitor lineage``: where a version comes from, and how the versions of a model compare."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from monitoring.alerting.words import crossing
from monitoring.metrics import VERSUS
from monitoring.results import Measurement
from monitoring_pipelines.cli.console import HomeOption, out, plain_errors, table_of
from monitoring_pipelines.cli.versions import ModelArgument, promotion_of
from resources.lineage import Lineage, as_json, trace
from resources.live_versions import side_by_side
from resources.promotion import Promotion

#: So many of the newest rows are shown of each table.
SHOWN_ROWS = 20


class Format(StrEnum):
    """How the lineage is printed."""

    TREE = "tree"
    JSON = "json"


def lineage(
    model: ModelArgument,
    version: Annotated[str | None, typer.Argument(help="A version; without it, all.")] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TREE,  # noqa: A002 - the option's name
    home: HomeOption = None,
) -> None:
    """Print where a version comes from; without one, all versions and every decision."""
    with plain_errors():
        promotion = promotion_of(model, home)
        if version is None:
            _print_versions(promotion)
            return
        found = trace(promotion.spec, promotion.store, promotion.registry, version)
    if format is Format.JSON:
        json.dump(as_json(found), sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        out.print(_tree(found))


def _tree(found: Lineage) -> Tree:
    """Return the chain, each link below the one that follows from it."""
    record = found.version
    tree = Tree(Text(f"{record.model} {record.version}: {record.status}"))
    for decision in found.decisions:
        at = f"{decision.at:%Y-%m-%d %H:%M}"
        tree.add(Text(f"{at} {decision.subject} {decision.outcome}: {decision.reason}"))
    if found.evaluation is not None:
        told = found.evaluation
        days = f"{told.window_start} to {told.window_end}"
        against = told.champion or "the deployed model"
        tree.add(Text(f"evaluation on {told.rows} rows of {days} against {against}"))
    trained = f"{record.trained_from} to {record.trained_to}"
    run = tree.add(Text(f"training run {record.run_id or 'unknown'}, on {trained}"))
    run.add(Text(f"artefact {record.artefact}, SHA-256 {(record.checksum or '')[:12]}"))
    if found.request is None:
        run.add(Text("asked for by hand"))
        return tree
    asked = run.add(Text(f"asked for at {found.request.requested_at:%Y-%m-%d %H:%M}"))
    for other in found.folded:
        asked.add(Text(f"answers {other.cause} as well"))
    incident = asked.add(Text(f"incident {found.request.cause}"))
    for row in () if found.incident is None else found.incident.evidence:
        incident.add(Text(f"{crossing(row)}, {row.window} to {row.last_partition}"))
    days_of = incident.add(Text(f"days of {', '.join(found.tables)}"))
    for day in found.days:
        days_of.add(Text(f"{day.partition}: {day.rows} rows, read {day.as_of:%Y-%m-%d %H:%M}"))

    return tree


def _print_versions(promotion: Promotion) -> None:
    """Print versions and decisions, and side by side the versions that answer at the same time."""
    model = promotion.spec.model
    versions = promotion.store.model_versions(model)
    table = table_of("version", "status", "trained on", "because", title="Versions")
    for record in versions:
        trained = f"{record.trained_from or '?'} to {record.trained_to or '?'}"
        _add(table, record.version, record.status.value, trained, record.reason or "")
    out.print(table)
    decisions = table_of("when", "about", "outcome", "because", title="Decisions, newest first")
    for decision in reversed(promotion.store.decisions(model)[-SHOWN_ROWS:]):
        at = f"{decision.at:%Y-%m-%d %H:%M}"
        _add(decisions, at, decision.subject.value, decision.outcome, decision.reason)
    out.print(decisions)
    rows = side_by_side(model, promotion.store)
    if rows:
        out.print(_side_by_side(rows[:SHOWN_ROWS]))


def _side_by_side(rows: Sequence[Measurement]) -> Table:
    columns = ("window", "to", "version", "metric", "difference", "rows", "how")
    table = table_of(*columns, title="Versions that answer at the same time")
    for row in rows:
        told = f"{row.value:+.4g} ({row.lower:+.4g} to {row.upper:+.4g})"
        metric = row.metric.removeprefix(VERSUS)
        counted = (str(row.rows), row.reason or "")
        _add(table, row.window, row.last_partition, row.version, metric, told, *counted)

    return table


def _add(table: Table, *cells: str) -> None:
    # As plain text: what a version or a segment is called must not become markup.
    table.add_row(*(Text(cell) for cell in cells))
