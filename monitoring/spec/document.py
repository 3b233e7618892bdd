"""
The text of a monitor file as plain values, and the line of each of its fields.

The text is untrusted: tags build no objects, aliases cannot grow a small file into a large value,
and what is too long or too deep is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from monitoring.errors import MonitorSpecError
from monitoring.spec.problems import FieldPath, Problem, Source, printable

#: The longest monitor file, in bytes or characters.
MAX_SIZE = 2**20

#: A feature list is three levels deep; whatever is this deep is no monitor file.
_MAX_DEPTH = 20

#: Far above any feature list, far below what aliases of aliases grow to.
_MAX_VALUES = 50_000

_TOO_DEEP = f"nested more than {_MAX_DEPTH} levels deep; a monitor file has at most four."

_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(
    f"{_STANDARD}{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
)

_REMEDIES = {
    "'\\t'": "indent with spaces, not with tabs",
    "mapping values are not allowed": "check the indentation, and quote text that contains ': '",
    "cannot start any token": "put the text in quotes",
    "undefined alias": "put text that begins with * in quotes",
    "another document": "write each model into a file of its own",
    "unexpected end of stream": "close the quote",
    "'<stream end>'": "close the bracket, and quote text that begins with #",
}


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a monitor file, where they stand, and what is wrong with its YAML."""

    data: dict[str, object]
    source: Source
    problems: list[Problem] = field(default_factory=list)


def read_document(text: str, *, source: str) -> Document:
    """
    Read *text* as YAML, of which JSON is a part.

    Raises:
        MonitorSpecError: when *text* is empty, too large, no YAML, or no mapping.
    """
    node, parser = _compose(text, source=source)
    reader = _Reader(parser, Source(source, {}))
    if not isinstance(node, MappingNode):
        found = "a list" if isinstance(node, SequenceNode) else "a single value"
        msg = f"expected keys with values such as 'model: churn', got {found}."
        raise _refused(msg, source=source, line=_line(node))

    return reader.read(node)


def decode(content: bytes, *, source: str) -> str:
    """
    Return the text of a monitor file, which is UTF-8, with or without a byte order mark.

    Raises:
        MonitorSpecError: when *content* is too large, or in another encoding.
    """
    if len(content) > MAX_SIZE:
        msg = f"expected at most {MAX_SIZE:,} bytes; list fewer features."
        raise _refused(msg, source=source)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        msg = f"not UTF-8, found the byte 0x{content[error.start]:02x}; save the file as UTF-8."
        raise _refused(msg, source=source, line=line) from error


def _compose(text: str, *, source: str) -> tuple[Node, YAML]:
    if len(text) > MAX_SIZE:
        msg = f"expected at most {MAX_SIZE:,} characters, got {len(text):,}; list fewer features."
        raise _refused(msg, source=source)

    parser = YAML(typ="safe", pure=True)
    try:
        node = parser.compose(text)
    except RecursionError as error:
        raise _refused(_TOO_DEEP, source=source) from error
    except (YAMLError, ValueError) as error:
        raise _not_yaml(error, text, source=source) from error
    if node is None:
        msg = "the file is empty; begin with model, task, predictions and reference."
        raise _refused(msg, source=source)

    return node, parser


class _Reader:
    """Turns the nodes of one document into values, and remembers lines and problems."""

    def __init__(self, parser: YAML, source: Source) -> None:
        self._parser = parser
        self._name = source.name
        self._lines: dict[FieldPath, int] = {}
        self._problems: list[Problem] = []
        self._values = 0

    def read(self, node: MappingNode) -> Document:
        data = self._mapping(node, ())

        return Document(data, Source(self._name, self._lines), self._problems)

    def _value(self, node: Node, path: FieldPath) -> object:
        self._values += 1
        if len(path) > _MAX_DEPTH:
            raise _refused(_TOO_DEEP, source=self._name, line=_line(node))
        if self._values > _MAX_VALUES:
            msg = f"expected at most {_MAX_VALUES:,} values; write them out without aliases."
            raise _refused(msg, source=self._name, line=_line(node))
        if str(node.tag) not in _TAGS:
            tag = printable(str(node.tag).removeprefix(_STANDARD))
            msg = f"the tag {tag} is not supported; write the value without it."
            self._problems.append(Problem(path, msg, line=_line(node)))

        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return self._sequence(node, path)
        return self._scalar(node)

    def _mapping(self, node: MappingNode, path: FieldPath) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key, value in node.value:
            line = _line(key)
            name = key.value if isinstance(key, ScalarNode) else ""
            here = (*path, name) if name else path
            if complaint := _key_complaint(key) or self._repetition(here, known=name in mapping):
                self._problems.append(Problem(here, complaint, line=line))
            else:
                self._lines[here] = line
                mapping[name] = self._value(value, here)

        return mapping

    def _repetition(self, path: FieldPath, *, known: bool) -> str:
        return f"stands twice, in line {self._lines[path]} too; keep one of them." if known else ""

    def _sequence(self, node: SequenceNode, path: FieldPath) -> list[object]:
        return list(self._entries(node, path))

    def _entries(self, node: SequenceNode, path: FieldPath) -> Iterator[object]:
        for position, entry in enumerate(node.value):
            self._lines[*path, position] = _line(entry)
            yield self._value(entry, (*path, position))

    def _scalar(self, node: Node) -> object:
        if str(node.tag) not in _TAGS:
            return node.value
        try:
            return self._parser.constructor.construct_object(node)
        except (ValueError, YAMLError):
            # 2013-02-30 looks like a day: the field's own message is better than the library's.
            return node.value


def _key_complaint(key: Node) -> str:
    if not isinstance(key, ScalarNode) or not key.value:
        return "expected a name as a key; write 'name: value'."
    if str(key.tag) == f"{_STANDARD}merge":
        return "merge keys are not supported; write the keys out."
    return ""


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _refused(message: str, *, source: str, line: int = 1) -> MonitorSpecError:
    return MonitorSpecError([Source(source, {}).locate(Problem((), message, line=line))])


def _not_yaml(error: Exception, text: str, *, source: str) -> MonitorSpecError:
    line, column, found = 1, 1, str(error)
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
        found = str(error.problem)
    elif isinstance(error, ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        found = f"the control character {error.character!r} is not allowed"

    remedy = next(
        (words for sign, words in _REMEDIES.items() if sign in found),
        "check quotes, brackets and indentation",
    )
    message = f"column {column}: not YAML, {printable(found)}; {remedy}."
    return _refused(message, source=source, line=line)
