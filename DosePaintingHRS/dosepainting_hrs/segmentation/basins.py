"""Watershed basins of a gradient, and the tree in which neighbouring ones are merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class BasinTree:
    """Basins, and in which order neighbours are merged.

    Parameters
    ----------
    labels : array of int32, (z, y, x)
        Number of the basin from 1, 0 where there is none.
    sizes, means : array of float64, (2 n,)
        Voxels and mean value of basins 0 to n - 1, then of the groups that the merges make.
    merges : array of int64, (m, 2)
        The two groups that each merge joins; merge k makes group n + k.
    """

    labels: NDArray[np.int32]
    sizes: NDArray[np.float64]
    means: NDArray[np.float64]
    merges: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of basins."""
        return self.sizes.size // 2

    def voxels_of(self, basins: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the voxels (z, y, x) of some basins."""
        return np.concatenate([[False], basins])[self.labels]

    def group_around(self, basin: int, groups: int, found: tuple[int, ...] = ()) -> tuple[int, int]:
        """Find the group around a basin that stands out most from everything else together.

        Parameters
        ----------
        basin : int
            A basin, from 0.
        groups : int
            Merge no farther than until so many groups are left.
        found : tuple of int
            Groups that were found before: they belong neither to this one nor to everything else.

        Returns
        -------
        tuple of int
            The group, and how many groups there are when it stands; (-1, 0) when there is none: the basin is nearer to what
            surrounds it than to any group, or all is one group.

        References
        ----------
        Otsu N (1979), A threshold selection method from gray-level histograms, IEEE Trans Syst Man Cybern 9:62-66 (the
        measure of how well two parts are told apart).
        """
        parents = self.parents()
        held = set(found)
        for one in found:
            held.update(self.above(one, parents))
        own = list(found)
        size = float(self.sizes[: self.count].sum() - self.sizes[own].sum())
        total = float((self.sizes * self.means)[: self.count].sum() - (self.sizes * self.means)[own].sum())
        best, left, clearest = -1, 0, 0.0
        for node in (basin, *self.above(basin, parents)):
            if node >= 2 * self.count - groups or node in held or self.sizes[node] >= size:
                break
            rest = (total - self.sizes[node] * self.means[node]) / (size - self.sizes[node])
            # Of all ways to divide what there is into a group and the rest: the largest variance between the two.
            clear = self.sizes[node] * (size - self.sizes[node]) * max(self.means[node] - rest, 0.0) ** 2
            belongs = self.means[basin] > 0.5 * (self.means[node] + rest)
            if belongs and clear > clearest:
                best, clearest = node, clear
                left = int(2 * self.count - parents[node]) if parents[node] >= 0 else self.count - len(self.merges)
        return best, left

    def parents(self) -> NDArray[np.int64]:
        """Return the group that each basin and group (2 n,) is merged into, -1 for none."""
        parents = np.full(self.sizes.size, -1, dtype=np.int64)
        parents[self.merges] = self.count + np.arange(len(self.merges))[:, np.newaxis]
        return parents

    @staticmethod
    def above(node: int, parents: NDArray[np.int64]) -> list[int]:
        """Return the groups that a basin or group is in, the smallest first."""
        found = []
        while parents[node] >= 0:
            node = int(parents[node])
            found.append(node)
        return found

    def basins_of(self, group: int) -> NDArray[np.bool_]:
        """Return which basins (n,) a group holds."""
        from ..kernels.basin_tree import groups_at  # noqa: PLC0415  (slow to import)

        if group < self.count:
            return np.asarray(np.arange(self.count) == group, dtype=np.bool_)
        return np.asarray(groups_at(self.merges, self.count, group - self.count + 1) == group, dtype=np.bool_)

    def warm_groups(self, group: int, groups: int, looked_in: NDArray[np.bool_]) -> list[int]:
        """Find the other groups that stand out from their surroundings at least half as much as one.

        Parameters
        ----------
        group : int
            From `group_around`.
        groups : int
            As there.
        looked_in : array of bool, (n,)
            Basins that another group may be around.

        Returns
        -------
        list of int
            Groups, `group` first.
        """
        found, means = [group], self.means[: self.count]
        free = looked_in & ~self.basins_of(group)
        while free.any():
            basin = int(np.where(free, means, -np.inf).argmax())
            other, _ = self.group_around(basin, groups, tuple(found))
            taken = np.any([self.basins_of(one) for one in (*found, *([other] if other >= 0 else []))], axis=0)
            rest = float((self.sizes[: self.count] * means)[~taken].sum() / max(self.sizes[: self.count][~taken].sum(), 1.0))
            if other < 0 or self.means[other] < 0.5 * (self.means[group] + rest):
                break
            found.append(other)
            free &= ~taken
        return found


def gradient_magnitude(values: NDArray[np.float64], spacing_zyx: ArrayLike) -> NDArray[np.float64]:
    """Return the length of the gradient of an array (z, y, x), per mm, from central differences."""
    squares = np.zeros(values.shape)
    for axis, edge in enumerate(np.asarray(spacing_zyx, dtype=np.float64)):
        if values.shape[axis] > 1:
            squares += np.gradient(values, edge, axis=axis) ** 2
    return np.sqrt(squares)


def basin_tree(heights: NDArray[np.float64], values: NDArray[np.float64], inside: NDArray[np.bool_]) -> BasinTree:
    """Find the basins of an image, and the order in which neighbours are merged by what another one holds in them.

    Parameters
    ----------
    heights : array of float64, (z, y, x)
        Image whose basins are found, a gradient for example.
    values : array of float64, (z, y, x)
        Image whose means decide which neighbours are merged.
    inside : array of bool, (z, y, x)
        Where basins are looked for.
    """
    from ..kernels.basin_tree import merge_basins  # noqa: PLC0415  (slow to import)
    from ..kernels.watershed import watershed_basins  # noqa: PLC0415  (slow to import)

    labels = np.zeros(tuple(n + 2 for n in heights.shape), dtype=np.int32)
    count = watershed_basins(np.pad(heights, 1), np.pad(inside, 1), labels)
    labels = np.ascontiguousarray(labels[1:-1, 1:-1, 1:-1])
    sizes, means = np.zeros(2 * count), np.zeros(2 * count)
    sizes[:count] = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    means[:count] = np.bincount(labels.ravel(), weights=values.ravel(), minlength=count + 1)[1:] / sizes[:count]
    merges = merge_basins(sizes, means, touching(labels, count))
    return BasinTree(labels=labels, sizes=sizes, means=means, merges=merges)


def touching(labels: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the pairs (n, 2) of basins, from 0, that share a face of a voxel; each pair once, in order."""
    keys = []
    for axis in range(3):
        one = np.moveaxis(labels, axis, 0)[:-1].astype(np.int64)
        other = np.moveaxis(labels, axis, 0)[1:].astype(np.int64)
        pair = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one, other)[pair] - 1, np.maximum(one, other)[pair] - 1
        keys.append(low * count + high)
    unique = np.unique(np.concatenate(keys))
    return np.stack([unique // max(count, 1), unique % max(count, 1)], axis=1)
