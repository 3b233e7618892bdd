"""resources.monitor_files: a folder of monitor files, of which some are broken."""

import os
from pathlib import Path

import pytest

from monitoring.errors import SettingsError
from monitoring.spec.problems import Problem
from resources.monitor_files import BrokenFile, MonitorFile, load_monitor, load_monitors

VALID = """\
# watches churn
model: {model}
task: regression
start: 2026-01-01
predictions: {{table: ../data/p.parquet, id: id, timestamp: at}}
reference: {{table: training.churn}}
"""


def write(folder: Path, name: str, model: str) -> Path:
    """Write a valid monitor file of *model*."""
    path = folder / name
    path.write_text(VALID.format(model=model), "utf-8")

    return path


class TestLoadMonitors:
    """Each file is read by itself."""

    def test_by_name(self, tmp_path: Path) -> None:
        """
        The files come in the order of their names, with either suffix; others are not read.
        """
        write(tmp_path, "b.yaml", "one")
        write(tmp_path, "a.yml", "two")
        for name in ("suite.json", "README.md", ".hidden.yaml", "a.yaml~"):
            (tmp_path / name).write_text("{", "utf-8")

        files = load_monitors(tmp_path)

        assert [("two", "a.yml"), ("one", "b.yaml")] == [
            (file.spec.model, file.path.name) for file in files.specs
        ]
        assert () == files.broken

    def test_broken(self, tmp_path: Path) -> None:
        """
        A broken file does not take the others down, and says all that is wrong with it.
        """
        write(tmp_path, "good.yaml", "good")
        broken = tmp_path / "broken.yaml"
        broken.write_text(VALID.format(model="a-b").replace("start: 2026", "begin: 2026"), "utf-8")

        files = load_monitors(tmp_path)

        assert ["good"] == [file.spec.model for file in files.specs]
        assert (
            BrokenFile(
                broken,
                (
                    (
                        f"{broken}:1: start: missing, but required: the first day to monitor, or "
                        "else predictions.batch."
                    ),
                    (
                        f"{broken}:2: model: expected letters, digits and underscores, with no "
                        "digit first, got 'a-b'."
                    ),
                    (
                        f"{broken}:4: begin: unknown key; the keys here are model, description, "
                        "owner, task, start, end, predictions, positive_class, actuals, "
                        "reference, features, segments, windows, quality, thresholds, alerts, "
                        "retraining, schedule."
                    ),
                ),
            ),
        ) == files.broken

    def test_twins(self, tmp_path: Path) -> None:
        """
        Two files for one model are both broken, and each names the other.
        """
        one, two = write(tmp_path, "one.yaml", "churn"), write(tmp_path, "two.yaml", "churn")
        write(tmp_path, "good.yaml", "good")

        files = load_monitors(tmp_path)

        assert ["good"] == [file.spec.model for file in files.specs]
        remedy = "too; keep one file, or rename the model."
        assert (
            BrokenFile(one, (f"{one}:2: model: 'churn' is the model of {two} {remedy}",)),
            BrokenFile(two, (f"{two}:2: model: 'churn' is the model of {one} {remedy}",)),
        ) == files.broken

    def test_no_folder(self, tmp_path: Path) -> None:
        """
        A folder that is not there is a wrong setting, not a folder without models.
        """
        with pytest.raises(SettingsError, match=r"MONITOR_MONITORS: .*nowhere is no folder"):
            load_monitors(tmp_path / "nowhere")

    def test_no_files(self, tmp_path: Path) -> None:
        """
        A folder without files has no monitors.
        """
        assert ((), ()) == (load_monitors(tmp_path).specs, load_monitors(tmp_path).broken)


class TestLoadMonitor:
    """One file, whatever it holds."""

    def test_anchored(self, tmp_path: Path) -> None:
        """
        Paths of tables are taken from where the file lies; names of tables stay.
        """
        file = load_monitor(write(tmp_path, "churn.yaml", "churn"))

        assert isinstance(file, MonitorFile)
        assert file.spec.predictions.table == str(tmp_path.resolve().parent / "data/p.parquet")
        assert file.spec.reference.table == "training.churn"

    def test_located(self, tmp_path: Path) -> None:
        """
        What is found wrong later still names file and line.
        """
        path = write(tmp_path, "churn.yaml", "churn")
        file = load_monitor(path)

        assert isinstance(file, MonitorFile)
        assert f"{path}:5: predictions.id: gone." == file.source.locate(
            Problem(("predictions", "id"), "gone.")
        )

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "the file is empty; begin with model, task, predictions and reference."),
            (b"\xff\xfem\x00", "not UTF-8, found the byte 0xff; save the file as UTF-8."),
            (b"#" * (2**20 + 1), "expected at most 1,048,576 bytes; list fewer features."),
        ],
        ids=["empty", "UTF-16", "huge"],
    )
    def test_unusable(self, tmp_path: Path, content: bytes, message: str) -> None:
        """
        Bytes that are no monitor file are told as such.
        """
        path = tmp_path / "churn.yaml"
        path.write_bytes(content)

        assert BrokenFile(path, (f"{path}:1: {message}",)) == load_monitor(path)

    def test_byte_order_mark(self, tmp_path: Path) -> None:
        """
        A byte order mark, as Windows editors write it, is no mistake.
        """
        path = tmp_path / "churn.yaml"
        path.write_text(VALID.format(model="churn"), "utf-8-sig")

        assert isinstance(load_monitor(path), MonitorFile)

    def test_unreadable(self, tmp_path: Path) -> None:
        """
        A link to nothing and a folder with the name of a file are broken files.
        """
        link, folder = tmp_path / "link.yaml", tmp_path / "folder.yaml"
        link.symlink_to(tmp_path / "nothing")
        folder.mkdir()

        assert load_monitor(link) == BrokenFile(
            link, (f"{link}:1: cannot be read: {os.strerror(2)}.",)
        )
        assert load_monitor(folder) == BrokenFile(
            folder, (f"{folder}:1: cannot be read: {os.strerror(21)}.",)
        )
