"""The folder of monitor files: each is read by itself, so that a broken one stops no other."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from monitoring.errors import MonitorSpecError, SettingsError
from monitoring.spec.document import MAX_SIZE, decode
from monitoring.spec.model import MonitorSpec
from monitoring.spec.parse import read_monitor
from monitoring.spec.problems import Problem, Source
from monitoring.spec.tables import anchored

#: The suffixes of monitor files; suites in JSON may lie beside them.
SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class MonitorFile:
    """
    A monitor file that can be used.

    Relative paths of tables in *spec* are absolute here. *source* locates what is found wrong
    later, such as a column that the warehouse does not have.
    """

    spec: MonitorSpec
    path: Path
    source: Source


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A monitor file that cannot be used, and why: one line for each problem."""

    path: Path
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonitorFiles:
    """The monitor files of a folder, by name."""

    specs: tuple[MonitorFile, ...]
    broken: tuple[BrokenFile, ...]


def load_monitors(folder: Path) -> MonitorFiles:
    """
    Read the monitor files that lie in *folder*, in the order of their names.

    Two files for one model are both broken: nobody can tell which is meant.

    Raises:
        SettingsError: when there is no such folder.
    """
    if not folder.is_dir():
        msg = f"MONITOR_MONITORS: {folder} is no folder; create it, or name the one that you have."
        raise SettingsError(msg)
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )

    return _without_twins([load_monitor(path) for path in paths])


def load_monitor(path: Path) -> MonitorFile | BrokenFile:
    """Read one monitor file."""
    try:
        with path.open("rb") as file:
            # One byte more than allowed tells that there are more, however many.
            content = file.read(MAX_SIZE + 1)
        parsed = read_monitor(decode(content, source=str(path)), source=str(path))
    except MonitorSpecError as error:
        return BrokenFile(path, error.problems)
    except OSError as error:
        return BrokenFile(path, (f"{path}:1: cannot be read: {error.strerror or error}.",))

    return MonitorFile(anchored(parsed.spec, str(path.parent.resolve())), path, parsed.source)


def _without_twins(files: Iterable[MonitorFile | BrokenFile]) -> MonitorFiles:
    specs: dict[str, list[MonitorFile]] = defaultdict(list)
    broken: list[BrokenFile] = []
    for file in files:
        if isinstance(file, BrokenFile):
            broken.append(file)
        else:
            specs[file.spec.model].append(file)
    twins = [file for group in specs.values() if len(group) > 1 for file in group]
    broken += [_twin(file, specs[file.spec.model]) for file in twins]

    return MonitorFiles(
        tuple(group[0] for group in specs.values() if len(group) == 1),
        tuple(sorted(broken, key=lambda file: file.path)),
    )


def _twin(file: MonitorFile, group: Iterable[MonitorFile]) -> BrokenFile:
    others = ", ".join(str(other.path) for other in group if other.path != file.path)
    msg = f"{file.spec.model!r} is the model of {others} too; keep one file, or rename the model."

    return BrokenFile(file.path, (file.source.locate(Problem(("model",), msg)),))
