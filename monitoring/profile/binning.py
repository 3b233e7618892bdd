"""Finding the bin of each value: a table over a uniform grid in place of a binary search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Cells of the grid; 16,384 entries of 32 bits stay in the cache.
_CELLS = 16_384

#: Cells with more edges than this are searched: the two edges of an atom share a cell.
_COMPARISONS = 3

#: Fewer values than this do not pay for the table.
_WORTH_A_TABLE = 4_096

# Without its outermost edges, a heavy tail cannot crowd the others into a few cells.
_MARGINS = (100, 20)


class _Grid(NamedTuple):
    low: float
    scale: float
    edges_in_cell: NDArray[np.int64]

    @property
    def crowd(self) -> int:
        """How many edges lie in cells that have to be searched."""
        return int(self.edges_in_cell[self.edges_in_cell > _COMPARISONS].sum())


def locate(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """
    Return the number of *edges* that are at or below each of the finite *values*.

    The same as ``numpy.searchsorted(edges, values, side="right")``, bit for bit, at a tenth of
    the time: the map from value to cell is monotone, so only the edges of its own cell have to be
    compared with a value. Cells that hold many edges fall back to the search.
    """
    grids = [_grid(edges, len(edges) // margin) for margin in _MARGINS]
    usable = [grid for grid in grids if grid is not None]
    if len(values) < _WORTH_A_TABLE or not usable:
        return np.searchsorted(edges, values, side="right")

    low, scale, edges_in_cell = grid = min(usable, key=lambda grid: grid.crowd)
    edges_before = (np.cumsum(edges_in_cell) - edges_in_cell).astype(np.int32)
    cells = _cells(values, low=low, scale=scale)
    found = edges_before.take(cells)
    guarded = np.append(edges, np.inf)
    for _ in range(min(int(edges_in_cell.max()), _COMPARISONS)):
        found += values >= guarded.take(found)
    if grid.crowd:
        crowded = np.flatnonzero((edges_in_cell > _COMPARISONS).take(cells))
        found[crowded] = np.searchsorted(edges, values[crowded], side="right")

    return found.astype(np.intp, copy=False)


def _grid(edges: NDArray[np.float64], margin: int) -> _Grid | None:
    low = float(edges[margin])
    with np.errstate(over="ignore", divide="ignore"):
        scale = float(_CELLS / (edges[-1 - margin] - low))
    if not 0 < scale < np.inf:
        return None

    cells = _cells(edges, low=low, scale=scale)
    return _Grid(low, scale, np.bincount(cells, minlength=_CELLS))


def _cells(values: NDArray[np.float64], *, low: float, scale: float) -> NDArray[np.int32]:
    with np.errstate(over="ignore"):
        positions = values - low
        positions *= scale
    np.clip(positions, 0, _CELLS - 1, out=positions)
    return positions.astype(np.int32)
