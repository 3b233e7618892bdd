"""Write what the documentation takes from the code: `python docs/generate.py`."""  # noqa: INP001

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML

from monitoring.metrics import EVERY_TASK, METRICS, Metric
from monitoring.spec.json_schema import monitor_json_schema
from monitoring.spec.keys import Key, monitor_keys

DOCS = Path(__file__).parent
PAGE = DOCS / "monitor-file.md"
SCHEMA = DOCS / "monitor.schema.json"

_EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def schema_text() -> str:
    """Return the JSON Schema of the monitor file as it is published."""
    return json.dumps(monitor_json_schema(), indent=2, ensure_ascii=False) + "\n"


def page_text(page: str) -> str:
    """Return *page* with its generated tables written anew."""
    page = _filled(page, "keys", _keys_table(examples(page)))

    return _filled(page, "metrics", _metrics_table())


def examples(page: str) -> list[str]:
    """Return the monitor files that *page* shows."""
    return _EXAMPLE.findall(page)


def _filled(page: str, name: str, rows: Iterable[str]) -> str:
    start, end = rf"(?<=docs/generate\.py: {name} -->\n)", rf"(?=<!-- end: {name} -->)"
    table = "\n".join(rows) + "\n"

    return re.sub(f"{start}.*?{end}", lambda _: table, page, flags=re.DOTALL)


def _keys_table(files: list[str]) -> Iterator[str]:
    documents = [YAML(typ="safe", pure=True).load(text) for text in files]
    yield "| key | type | default | example | what it says |"
    yield "|---|---|---|---|---|"
    for key in monitor_keys():
        default = "" if not key.default else f"`{key.default}`"
        example = next(
            (_flow(value) for document in documents for value in _values(document, key.path)), ""
        )
        cells = (f"`{key.name}`", _type(key), default, example, key.description)
        yield f"| {' | '.join(cells)} |"


def _type(key: Key) -> str:
    return f"{key.type}, required" if key.default is None else key.type


def _values(value: object, path: tuple[str, ...]) -> Iterator[object]:
    """Yield what stands at *path*, where ``*`` goes through every entry."""
    if not path:
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _values(entry, path[1:] if path[0] == "*" else ("missing",))
    elif isinstance(value, dict):
        for key in value if path[0] == "*" else [path[0]]:
            if key in value:
                yield from _values(value[key], path[1:])


def _flow(value: object) -> str:
    """Write an example on one line; a part is shown by its keys."""
    if isinstance(value, dict):
        return ""
    plain = str(value) if isinstance(value, date) else value
    if isinstance(plain, str) and not re.fullmatch(r"[\w][\w ./:?*-]*", plain):
        return f"`{json.dumps(plain)}`"

    return f"`{plain if isinstance(plain, str) else json.dumps(plain).replace(chr(34), '')}`"


def _metrics_table() -> Iterator[str]:
    yield "| metric | what it is | family | direction | values | tasks |"
    yield "|---|---|---|---|---|---|"
    for metric in METRICS.values():
        tasks = "all" if metric.tasks == EVERY_TASK else ", ".join(sorted(metric.tasks))
        direction = "only describes" if metric.direction == "none" else metric.direction
        cells = (
            f"`{metric.name}`",
            metric.words,
            metric.family,
            direction.replace("_", " "),
            _range(metric),
            tasks.replace("_", " "),
        )
        yield f"| {' | '.join(cells)} |"


def _range(metric: Metric) -> str:
    return f"{metric.lowest:g} to {metric.highest:g}".replace("inf", "∞")


def main() -> None:
    """Write the schema and the page."""
    SCHEMA.write_text(schema_text(), "utf-8")
    PAGE.write_text(page_text(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
