"""What processes use, as Linux tells it: their descendants, their memory, their CPU seconds."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """Return *root* and all its descendants; each thread of a process has children of its own."""
    try:
        lists = [path.read_text() for path in Path(f"/proc/{root}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return []

    return [
        root,
        *(pid for listed in lists for child in listed.split() for pid in tree(int(child))),
    ]


def megabytes(process: int) -> float:
    """Return how much memory *process* holds; what it shares with others included."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0

    return int(pages) * _PAGE / 2**20


def is_java(process: int) -> bool:
    """Return whether *process* is a Java virtual machine, or has been split off one just now."""
    try:
        return Path(f"/proc/{process}/exe").readlink().name == "java"
    except (FileNotFoundError, ProcessLookupError):
        return False


def cpu_seconds(process: int) -> float:
    """Return what *process* has used, and its children that have ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0

    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS
