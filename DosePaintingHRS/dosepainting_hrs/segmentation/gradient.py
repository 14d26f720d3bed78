"""The lesion in a region by the edge of its uptake: gradient, watershed and a hierarchy of basins."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..image import Image, Mask
from ..progress import Progress, part, silent
from ..registry import Segmentation, register_segmentation
from .gradient_region import GradientParameters, found_by_gradient
from .islands import ALL, HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .seeds import Seeds


@dataclass(frozen=True, kw_only=True)
class GradientInRegionParameters(GradientParameters):
    """Resolution of the image, how it is restored, where the tree of basins is cut, and which islands to keep."""

    seeds: Seeds = ()
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("gradient", schema=1)
class Gradient(Segmentation):
    """Lesion inside a region by the edge of its uptake, without any threshold.

    The map is smoothed without losing its edges and deblurred with the resolution given. The basins of its gradient meet
    where the edge is steepest; neighbouring basins are merged, the most alike first, until the lesion stands out from its
    surroundings. The only calibration is the resolution.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map; it should reach beyond the lesion.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If the region is empty or smaller than the resolution, the map has no value or no edge in it, a seed lies outside,
        or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Basins are those of the gradient's regional minima (six neighbours), looked for no farther from the region than the
    resolution. They are merged by Ward's rule on the restored map. The lesion is the group around the seed (or the highest
    voxel), at the level of the hierarchy or finer, that is warmer than the rest and best told apart from it: the variance
    between the two is largest.

    A blurred curved edge is steepest inside the true one, by about sigma^2/R. The correction takes each island for a sphere,
    calculates where its edge comes to lie after blurring, deblurring and differences between voxels, and moves it back. It is
    right for what is round; a long or hollow lesion is moved by what a sphere of its volume would need.

    Richardson-Lucy takes negative values as 0; Landweber does not mind them.

    References
    ----------
    Geets X, Lee JA, Bol A, Lonneux M, Gregoire V (2007), A gradient-based method for segmenting FDG-PET images: methodology
    and validation, Eur J Nucl Med Mol Imaging 34:1427-1438, doi:10.1007/s00259-006-0363-4.

    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, figure 1.

    Ward JH (1963), Hierarchical grouping to optimize an objective function, J Am Stat Assoc 58:236-244.
    """

    parameters: GradientInRegionParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        progress(0.0, "Looking at the map inside the region")
        uptake = Uptake.of(map, within)
        chosen = self.parameters
        lesion, step, done = found_by_gradient(
            uptake, chosen, part(progress, 0.0, 0.95), seeds=chosen.seeds, all_warm=chosen.islands == ALL
        )
        progress(0.95, "Finding islands")
        region = replace(uptake, remarks=(*uptake.remarks, *done)).kept(lesion, chosen, step)
        progress(1.0, "Region made")
        return region
