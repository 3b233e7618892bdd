"""Environments of the tools that we are compared with: they do not install beside ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

#: Where the environments lie; it tells Git to leave it alone.
CACHE = Path(__file__).parent / ".environments"


class MissingEnvironmentError(Exception):
    """An environment could not be made; the text says which command failed, and how."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with *requirements*, made by uv or by venv and pip."""

    name: str
    requirements: tuple[str, ...]

    def python(self) -> Path:
        """
        Return the interpreter of the environment; the first time, make it.

        Raises:
            MissingEnvironmentError: when a requirement cannot be installed.
        """
        folder, wanted = CACHE / self.name, "\n".join(self.requirements)
        python, recipe = folder / "bin" / "python", folder / "recipe.txt"
        if python.exists() and recipe.exists() and recipe.read_text() == wanted:
            return python

        print(f"Making the environment of {self.name} …", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        CACHE.mkdir(exist_ok=True)
        (CACHE / ".gitignore").write_text("*\n")
        for command in self._commands(folder, python):
            _run(command)
        recipe.write_text(wanted)
        return python

    def _commands(self, folder: Path, python: Path) -> list[list[str]]:
        uv = shutil.which("uv")
        if uv is None:
            return [
                [sys.executable, "-m", "venv", str(folder)],
                [str(python), "-m", "pip", "install", "--quiet", *self.requirements],
            ]
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [*install, *self.requirements],
        ]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        msg = f"{' '.join(command[:3])} failed: {lines[-1] if lines else 'without a word'}"
        raise MissingEnvironmentError(msg)


#: The versions that work together; none of the three runs on pandas 3.
EVIDENTLY = Environment("evidently", ("evidently==0.7.23", "pandas==2.3.3", "pyarrow"))
NANNYML = Environment(
    "nannyml",
    (
        "nannyml==0.13.1",
        "numpy==2.2.6",
        "pandas==2.3.1",
        "pyarrow",
        "scikit-learn==1.7.0",
        "scipy==1.15.3",
        "statsmodels==0.14.5",
    ),
)
WHYLOGS = Environment("whylogs", ("whylogs[viz]==1.6.4", "pandas==2.3.3", "pyarrow"))
