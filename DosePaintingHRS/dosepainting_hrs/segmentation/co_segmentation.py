"""PET with CT or MR in one clustering: uptake together with the edges of anatomy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..parameters import Field
from ..progress import Progress
from ..registry import register_segmentation
from ..restoration.boxes import filled
from .basins import gradient_magnitude
from .clusters import Cluster, ClusterMethod
from .features import Features, standardised
from .fuzzy_c_means import FuzzyParameters, fuzzy, neighbour_means


@dataclass(frozen=True, kw_only=True)
class CoSegmentationParameters(FuzzyParameters):
    """How much the other maps and their edges count beside the first, and how clusters are made of them."""

    others: Annotated[
        float, Field(help="Weight of the values of the other maps; the first has 1.", unit="1", minimum=0.0, maximum=10.0)
    ] = 0.5
    edges: Annotated[
        float,
        Field(help="Weight of the gradients of the other maps.", unit="1", minimum=0.0, maximum=10.0),
    ] = 0.25


@register_segmentation("co-segmentation", schema=1)
class CoSegmentation(ClusterMethod):
    """Voxels inside a region in the highest or lowest joint clusters of a PET map and the values and gradients of CT or MR.

    The first map is the one that counts (PET), the others anatomy (CT, MR).

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Fuzzy c-means on these channels, each less its mean over its standard deviation: the first map; the others times the root
    of their weight; the lengths of the gradients of the others, per mm, times the root of theirs. Gradients are taken in the
    box of the region. With one map alone it is the method "fuzzy-c-means".

    References
    ----------
    Gregoire V, Thorwarth D, Lee JA (2018), Molecular imaging-guided radiotherapy for the treatment of head-and-neck squamous
    cell carcinoma: does it fulfill the promises?, Semin Radiat Oncol 28:35-45, section on segmentation (several modalities).
    """

    title = "Co-segmentation"
    parameters: CoSegmentationParameters

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        progress(0.0, "Taking gradients")
        chosen, channels = self.parameters, joint_channels(features, self.parameters.others, self.parameters.edges)
        around = neighbour_means(features, channels)
        return lambda number: fuzzy(channels, around, number, chosen.fuzziness, chosen.neighbours)[0]


def joint_channels(features: Features, others: float, edges: float) -> NDArray[np.float64]:
    """Return the channels (n, c) of a joint clustering, weighted."""
    spacing, inside, box = features.uptake.image.geometry.spacing[::-1], features.uptake.inside, features.uptake.box
    columns = [features.scaled[:, :1]]
    for number, image in enumerate(features.images[1:], 1):
        columns.append(np.sqrt(others) * features.scaled[:, number : number + 1])
        values, _ = filled(np.asarray(image.array[box], dtype=np.float64))
        steep = gradient_magnitude(values, spacing)[inside][:, np.newaxis]
        columns.append(np.sqrt(edges) * standardised(steep))
    return np.ascontiguousarray(np.concatenate(columns, axis=1))
