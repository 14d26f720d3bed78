"""Voxels of one or several maps in clusters by a mixture of Gaussians."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..parameters import Field
from ..progress import Progress
from ..registry import register_segmentation
from .clusters import AIC, BIC, SILHOUETTE, Cluster, Clustering, ClusterMethod, ClusterParameters
from .features import Features

SEED, STARTS, ROUNDS = 0, 3, 200


@dataclass(frozen=True, kw_only=True)
class GaussianMixtureParameters(ClusterParameters):
    """How many Gaussians, and which of them make the region."""

    choose_by: Annotated[
        str, Field(help="What chooses the number of clusters when none is given.", choices=(BIC, AIC, SILHOUETTE))
    ] = BIC


@register_segmentation("gaussian-mixture", schema=1)
class GaussianMixtureClusters(ClusterMethod):
    """Voxels inside a region that most likely belong to the highest or lowest Gaussians of a mixture of maps.

    See Also
    --------
    ClusterMethod : what all of these take, return and raise.

    Notes
    -----
    Full covariances, fitted by expectation and maximisation to the maps less their mean over their standard deviation; three
    starts from a fixed seed. The number of Gaussians is that of the smallest Bayesian information criterion,
    -2 log L + p log n, unless it is given. It counts Gaussians, not tissues: a blurred edge takes several, so that the highest
    alone is the middle of a lesion (on digital spheres about half of the volume, docs/validation/spheres.md). Look at the
    figures with the command clusters, and keep as many as belong to the lesion.

    References
    ----------
    Dempster AP, Laird NM, Rubin DB (1977), Maximum likelihood from incomplete data via the EM algorithm, J R Stat Soc B
    39:1-38. Schwarz G (1978), Estimating the dimension of a model, Ann Stat 6:461-464. Akaike H (1974), A new look at the
    statistical model identification, IEEE Trans Autom Control 19:716-723.
    """

    title = "Gaussian mixture"
    parameters: GaussianMixtureParameters

    @property
    def criterion(self) -> str:
        """What chooses the number of clusters."""
        return self.parameters.choose_by

    def maker(self, features: Features, progress: Progress) -> Cluster:
        """Return what makes a clustering of a given number."""
        return lambda number: gaussians(features.scaled, number)


def gaussians(values: NDArray[np.float64], number: int) -> Clustering:
    """Fit a mixture of Gaussians to rows (n, channels), and give every row to its most likely one."""
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  (slow to import)
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Told below, in words.
        fitted = GaussianMixture(number, n_init=STARTS, max_iter=ROUNDS, random_state=SEED).fit(values)
        labels = np.asarray(fitted.predict(values), dtype=np.int64)
        criteria = float(fitted.bic(values)), float(fitted.aic(values))
    told = "" if fitted.converged_ else f"The fit had not settled after {ROUNDS} rounds."
    return Clustering(labels=labels, bic=criteria[0], aic=criteria[1], told=told)
