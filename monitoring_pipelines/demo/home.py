"""The demo's home: made anew each time, and never in the place of somebody's own."""

import shutil
from importlib.resources import files

from monitoring.errors import SettingsError
from monitoring_pipelines.demo.warehouse import MODEL
from monitoring_pipelines.settings import Settings
from resources.monitor_files import BrokenFile, MonitorFile, load_monitor

#: Marks a home that the demo may make anew.
_MARKER = ".made-by-the-demo"


def fresh_home(settings: Settings) -> None:
    """
    Empty the home of an earlier demo, or make a new one.

    Raises:
        SettingsError: when the home holds anything else.
    """
    home = settings.home
    if home.exists() and any(home.iterdir()):
        if not (home / _MARKER).exists():
            msg = f"{home} is not empty and not the demo's; choose another with --home."
            raise SettingsError(msg)
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARKER).touch()


def demo_monitor(settings: Settings) -> MonitorFile:
    """
    Return the demo's monitor file from the folder of monitors, where it is put if it is missing.

    Raises:
        SettingsError: when the file there cannot be used.
    """
    path = settings.monitors / f"{MODEL}.yaml"
    if not path.exists():
        settings.monitors.mkdir(parents=True, exist_ok=True)
        shipped = files("monitoring_pipelines.demo").joinpath(f"{MODEL}.yaml")
        path.write_text(shipped.read_text("utf-8"), encoding="utf-8")
    loaded = load_monitor(path)
    if isinstance(loaded, BrokenFile):
        raise SettingsError("\n".join(loaded.problems))

    return loaded
