"""Which resources a deployment has."""

from collections.abc import Callable, Mapping
from functools import partial

import dagster as dg

from monitoring_pipelines.settings import Settings
from resources.clock import Clock, SystemClock
from resources.delivery import Delivery
from resources.expectations import GreatExpectations
from resources.notifiers.console import ConsoleNotifier
from resources.notifiers.notifier import Notifier
from resources.notifiers.slack import SlackNotifier
from resources.registries.open import open_registry
from resources.results.store import ResultsStore
from resources.warehouse.open import open_warehouse


def resources_for(settings: Settings) -> Mapping[str, object]:
    """
    Return the resources of a deployment; none of them is opened before it is used.

    The results of an embedded deployment are brought to the newest schema when they are first
    opened; those on a server are upgraded by ``monitor upgrade``, once a release.
    """

    def later(build: Callable[[], object]) -> dg.ResourceDefinition:
        return dg.ResourceDefinition(lambda _: build())

    builders = _builders(settings, SystemClock(), partial(open_results, settings))

    return {name: later(build) for name, build in builders.items()}


def resources_now(settings: Settings, clock: Clock) -> dict[str, object]:
    """Return the resources of a deployment as they are used, with *clock* as its time."""
    store = open_results(settings)
    builders = _builders(settings, clock, lambda: store)

    return {name: build() for name, build in builders.items()}


def _builders(
    settings: Settings, clock: Clock, store: Callable[[], ResultsStore]
) -> dict[str, Callable[[], object]]:
    """Return how each resource is made: by itself, so that a wrong setting stops no other."""
    return {
        "warehouse": partial(open_warehouse, settings.warehouse_url),
        "results": store,
        "validator": partial(GreatExpectations, settings.home, settings.warehouse_url),
        "registry": lambda: open_registry(
            store(), settings.artefacts, mlflow_url=settings.mlflow_url
        ),
        "delivery": lambda: Delivery(store(), notifier_of(settings), settings.dagster_url),
        "clock": lambda: clock,
    }


def open_results(settings: Settings) -> ResultsStore:
    """Return the results store, upgraded where it is embedded."""
    store = ResultsStore(settings.results_url)
    if settings.results_url.startswith("sqlite"):
        settings.home.mkdir(parents=True, exist_ok=True)
        store.upgrade()

    return store


def notifier_of(settings: Settings) -> Notifier:
    """Return Slack where there is a token, else the console."""
    if not settings.slack_token:
        return ConsoleNotifier()

    return SlackNotifier(token=settings.slack_token, base_url=settings.slack_base_url)
