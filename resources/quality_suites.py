"""The suite files of models: written once, edited by people, and read before every run."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import JsonValue

from monitoring.profile.outcomes.binary import BinaryLayout
from monitoring.profile.outcomes.multiclass import MulticlassLayout
from monitoring.quality.expectation import Expectation
from monitoring.quality.stated import stated_suite
from monitoring.quality.suite import (
    Change,
    Difference,
    ReadSuite,
    merge_suites,
    read_suite,
    suite_json,
)
from monitoring.reference import Reference
from monitoring.spec.model import MonitorSpec


@dataclass(frozen=True, slots=True)
class CurrentSuite:
    """
    The expectations that hold now, and how they came together.

    *differences* tell what a person wrote or changed, and what the reference changed; *problems*
    what of the file cannot be used; *others* are what stands in it beside expectations. Without a
    *path* the suite is as generated.
    """

    expectations: tuple[Expectation, ...]
    path: Path | None = None
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    others: Mapping[str, JsonValue] = field(default_factory=dict)


def generated_suite(spec: MonitorSpec, reference: Reference) -> tuple[Expectation, ...]:
    """Return what *reference* and the monitor file let expect."""
    return (*reference.suite, *stated_suite(spec, _classes(reference)))


def current_suite(
    spec: MonitorSpec, generated: Sequence[Expectation], *, home: Path | None
) -> CurrentSuite:
    """
    Return the *generated* suite of *spec*, merged into its file, which is written where it is ours.

    The file is that of the monitor file, or else one under *home*; without either there is none. A
    file that cannot be read is a problem, and stops no generated expectation.
    """
    path = suite_path(spec, home=home)
    if path is None:
        return CurrentSuite(tuple(generated))

    try:
        read = read_suite(path.read_text("utf-8-sig"), str(path))
    except FileNotFoundError:
        return _first(spec, generated, path)
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{path}: cannot be read: {error}. Correct it, or delete the file."
        return CurrentSuite(tuple(generated), path, problems=(problem,))
    if not read.readable:
        return CurrentSuite(tuple(generated), path, problems=read.problems)

    merged, differences = merge_suites(generated, read.expectations)
    told = [
        each for each in differences if read.ours or each.change in (Change.EDIT_KEPT, Change.OWN)
    ]
    suite = CurrentSuite(tuple(merged), path, tuple(told), read.problems, read.others)

    return _written(spec, suite) if _is_stale(read, merged) else suite


def suite_path(spec: MonitorSpec, *, home: Path | None) -> Path | None:
    """Return where the suite file of *spec* lies."""
    if spec.quality.suite is not None:
        return Path(spec.quality.suite)
    if home is None or not spec.quality.generate:
        return None

    return home / "suites" / f"{spec.model}.json"


def listed_expectations(spec: MonitorSpec) -> tuple[Expectation, ...]:
    """Return what the suite file that *spec* names holds at the moment; nothing without one."""
    if spec.quality.suite is None:
        return ()
    try:
        text = Path(spec.quality.suite).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        # The run says what is wrong with the file; loading the definitions must not fail.
        return ()

    return read_suite(text, spec.quality.suite).expectations


def _classes(reference: Reference) -> Sequence[str]:
    """Return the labels that the reference knows; none where any other counts as negative."""
    match reference.outcome_layout:
        case MulticlassLayout() as layout:
            return layout.classes
        case BinaryLayout(positive=positive, negative=str(negative)):
            return [positive, negative]

    return []


def _first(spec: MonitorSpec, generated: Sequence[Expectation], path: Path) -> CurrentSuite:
    if spec.quality.generate:
        return _written(spec, CurrentSuite(tuple(generated), path))
    problem = (
        f"{path}: there is no such file, and nothing else is to be checked. Put a suite there, or"
        f" write generate: true into the quality of the monitor file of {spec.model}."
    )

    return CurrentSuite((), path, problems=(problem,))


def _is_stale(read: ReadSuite, merged: Sequence[Expectation]) -> bool:
    # A file with a mistake in it is left as it is: rewriting would take the mistake's work away.
    return read.ours and not read.problems and tuple(merged) != read.expectations


def _written(spec: MonitorSpec, suite: CurrentSuite) -> CurrentSuite:
    """
    Write *suite* to its path.

    Where that is read-only the suite holds all the same; who has named a file is told.
    """
    if suite.path is None:
        return suite
    try:
        _replace(suite.path, suite_json(spec.model, suite.expectations, suite.others))
    except OSError as error:
        if spec.quality.suite is None:
            return replace(suite, path=None)
        problem = f"{suite.path}: cannot be written: {error}. Make its folder writable."
        return replace(suite, problems=(*suite.problems, problem))

    return suite


def _replace(path: Path, text: str) -> None:
    """Write *text* to *path* in one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".suite-") as folder:
        new = Path(folder) / path.name
        new.write_text(text, "utf-8")
        new.replace(path)
