"""``monitor upgrade``: brings the results store to this release."""

from monitoring_pipelines.cli.console import HomeOption, err, plain_errors, settings_for
from resources.results.store import ResultsStore


def upgrade(home: HomeOption = None) -> None:
    """Create the tables of the results store, or bring them to this release."""
    with plain_errors():
        settings = settings_for(home)
        settings.home.mkdir(parents=True, exist_ok=True)
        ResultsStore(settings.results_url).upgrade()
        err.print("The results store is up to date.")
