"""Watershed basins of a gradient, and the tree in which neighbouring ones are merged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.basin_tree import groups_at, merge_basins
from ..kernels.watershed import watershed_basins


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

    def group_around(self, basin: int, groups: int) -> tuple[int, int]:
        """Find the largest group around a basin that is warmer than everything else together.

        Parameters
        ----------
        basin : int
            A basin, from 0.
        groups : int
            Merge no farther than until so many groups are left.

        Returns
        -------
        tuple of int
            The group, and how many groups there are when it stands; (-1, 0) when there is none: the basin is colder than
            what surrounds it, or all is one group.
        """
        parents = np.full(self.sizes.size, -1)
        parents[self.merges] = self.count + np.arange(len(self.merges))[:, np.newaxis]
        size, total = float(self.sizes[: self.count].sum()), float((self.sizes * self.means)[: self.count].sum())
        found, left, node = -1, 0, basin
        while node >= 0 and node < 2 * self.count - groups and self.sizes[node] < size:
            rest = (total - self.sizes[node] * self.means[node]) / (size - self.sizes[node])
            if self.means[node] > rest:
                found = int(node)
                left = int(2 * self.count - parents[node]) if parents[node] >= 0 else self.count - len(self.merges)
            node = parents[node]
        return found, left

    def basins_of(self, group: int) -> NDArray[np.bool_]:
        """Return which basins (n,) a group holds."""
        if group < self.count:
            return np.arange(self.count) == group
        return np.asarray(groups_at(self.merges, self.count, group - self.count + 1) == group, dtype=np.bool_)

    def warm_groups(self, group: int, left: int) -> NDArray[np.bool_]:
        """Return the basins (n,) of all groups at a level that are warmer than halfway from the rest up to one of them."""
        own = self.basins_of(group)
        weights, means = self.sizes[: self.count], self.means[: self.count]
        rest = float((weights * means)[~own].sum() / weights[~own].sum())
        halfway = 0.5 * (float(self.means[group]) + rest)
        nodes = groups_at(self.merges, self.count, self.count - left)
        return np.asarray(self.means[nodes] >= halfway, dtype=np.bool_) | own


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
