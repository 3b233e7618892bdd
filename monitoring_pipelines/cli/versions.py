"""What the commands about the versions of a model share: which model, and who decides."""

from pathlib import Path
from typing import Annotated

import typer

from monitoring.errors import SettingsError
from monitoring_pipelines.cli.console import settings_for
from monitoring_pipelines.wiring import open_results
from resources.monitor_files import load_monitors
from resources.promotion import Promotion
from resources.registries.open import open_registry

ModelArgument = Annotated[str, typer.Argument(help="The model, as its monitor file names it.")]


def promotion_of(model: str, home: Path | None) -> Promotion:
    """
    Return what decides about the versions of *model* in this home.

    Raises:
        SettingsError: when no usable monitor file is about *model*.
    """
    settings = settings_for(home)
    specs = {file.spec.model: file.spec for file in load_monitors(settings.monitors).specs}
    if model not in specs:
        msg = f"No usable monitor file for {model}; there are: {', '.join(specs) or 'none'}."
        raise SettingsError(msg)
    store = open_results(settings)
    registry = open_registry(store, settings.artefacts, mlflow_url=settings.mlflow_url)

    return Promotion(specs[model], store, registry)
