"""Clusters of maps: the order, the number and its figures, agreement with scikit-learn, and input that is odd."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.feature_extraction.image import grid_to_graph
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError, ParameterError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.quantities import ADC
from dosepainting_hrs.registry import SEGMENTATIONS
from dosepainting_hrs.segmentation import clusters
from dosepainting_hrs.segmentation.clusters import ClusterMethod, ordered
from dosepainting_hrs.segmentation.features import standardised

SHAPE = (6, 10, 12)
NAMES = [name for name in SEGMENTATIONS.names() if issubclass(SEGMENTATIONS.get(name), ClusterMethod)]
every_method = pytest.mark.parametrize("name", NAMES)


def truth() -> np.ndarray:
    """Three parts side by side along x: background 0, tumour 1, its hottest part 2."""
    return np.broadcast_to(np.repeat([0, 1, 2], 4), SHAPE)


def maps(noise: float = 0.15, second: bool = True) -> dict[str, Image]:
    random = np.random.default_rng(1)
    suv = np.array([1.0, 4.0, 9.0])[truth()] + random.normal(0, noise, SHAPE)
    adc = np.array([1800.0, 1300.0, 700.0])[truth()] + random.normal(0, 100 * noise, SHAPE)
    found = {"SUV": image_of(suv)}
    return found | {"ADC": image_of(adc, quantity=ADC)} if second else found


def whole() -> Mask:
    return mask_of(np.ones(SHAPE))


def method(name: str, **chosen: Any) -> ClusterMethod:
    kind = SEGMENTATIONS.get(name)
    return kind(from_json(kind, chosen))  # type: ignore[return-value]


def made(name: str, given: dict[str, Image] | None = None, within: Mask | None = None, **chosen: Any) -> Mask:
    return method(name, **chosen).compute(maps=given or maps(), within=within or whole())


@every_method
@pytest.mark.parametrize(
    ("chosen", "parts"),
    [({"keep": 1}, [2]), ({"keep": 2}, [1, 2]), ({"end": "lowest"}, [0]), ({"end": "lowest", "keep": 2}, [0, 1])],
    ids=["highest", "two highest", "lowest", "two lowest"],
)
def test_the_parts_are_found_in_the_order_of_the_first_map(name: str, chosen: dict[str, Any], parts: list[int]) -> None:
    region = made(name, clusters=3, **chosen).array
    wanted = np.isin(truth(), parts)
    assert (region != wanted).mean() < (0.02 if "super" not in name else 0.1)


@every_method
def test_the_number_of_clusters_is_found(name: str) -> None:
    features, found, figures = method(name).clustering(maps(), whole())
    assert found.labels.max() + 1 == 3
    assert [one.clusters for one in figures] == [2, 3, 4, 5, 6]
    assert max(figures, key=lambda one: one.silhouette).clusters == 3
    assert "3: silhouette 0.9" in made(name).history[-1]
    assert features.names == ("SUV", "ADC")


def test_k_means_is_that_of_scikit_learn() -> None:
    features, found, figures = method("k-means", clusters=4).clustering(maps(1.0), whole())
    peer = KMeans(4, n_init=10, random_state=0).fit(features.scaled).labels_
    assert adjusted_rand_score(peer, found.labels) == pytest.approx(1.0)
    assert figures[0].silhouette == pytest.approx(silhouette_score(features.scaled, peer), abs=1e-9)


def test_a_mixture_is_that_of_scikit_learn_with_its_criteria() -> None:
    features, found, figures = method("gaussian-mixture", clusters=3).clustering(maps(1.0), whole())
    peer = GaussianMixture(3, n_init=3, random_state=0, max_iter=200).fit(features.scaled)
    assert adjusted_rand_score(peer.predict(features.scaled), found.labels) == pytest.approx(1.0)
    # By the definition: 3 weights less 1, 3 x 2 means, 3 x 3 covariances are 17 parameters; n = 720.
    likelihood = 720 * peer.score(features.scaled)
    assert figures[0].bic == pytest.approx(17 * np.log(720) - 2 * likelihood)
    assert figures[0].aic == pytest.approx(2 * 17 - 2 * likelihood)


def test_ward_is_that_of_scikit_learn() -> None:
    features, found, _ = method("ward", clusters=5).clustering(maps(1.0), whole())
    peer = AgglomerativeClustering(5, connectivity=grid_to_graph(*SHAPE)).fit(features.scaled).labels_
    assert adjusted_rand_score(peer, found.labels) == pytest.approx(1.0)


def test_the_order_of_clusters_by_hand() -> None:
    """Means of the first map 2, 1, 2; the second map settles the tie: 5 before 7."""
    raw = np.array([[2.0, 7.0], [1.0, 0.0], [2.0, 5.0], [2.0, 7.0]])
    assert ordered(np.array([9, 4, 0, 9]), raw).tolist() == [2, 0, 1, 2]


def test_maps_are_scaled_by_mean_and_standard_deviation() -> None:
    np.testing.assert_allclose(standardised(np.array([[1.0, 5.0], [3.0, 5.0]])), [[-1.0, 0.0], [1.0, 0.0]])


def test_neighbours_put_single_voxels_right() -> None:
    """Three voxels of noise in a hot half: fuzzy c-means drops them, with its neighbours in mind it keeps them."""
    values = np.where(np.arange(12) < 6, 1.0, 5.0) + np.zeros(SHAPE)
    holes = [(3, 5, 9), (2, 3, 8), (4, 7, 10)]
    for hole in holes:
        values[hole] = 2.6
    given = {"SUV": image_of(values)}
    alone, together = (made("fuzzy-c-means", given, clusters=2, neighbours=share).array for share in (0.0, 2.0))
    assert not any(alone[hole] for hole in holes)
    assert all(together[hole] for hole in holes)


@every_method
def test_a_map_that_is_the_same_everywhere_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r'hold 1 distinct value in the region "GTVp", too few for 2 clusters'):
        made(name, {"SUV": image_of(np.full(SHAPE, 3.0))})


@every_method
def test_more_clusters_than_distinct_values_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"hold 3 distinct values .* too few for 4 clusters"):
        made(name, {"SUV": image_of(truth().astype(float))}, clusters=4)


@every_method
def test_keeping_all_clusters_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match='"keep" is 3, but there are 3 clusters'):
        made(name, clusters=3, keep=3)


@every_method
def test_a_voxel_without_a_value_in_any_map_never_belongs(name: str) -> None:
    given = maps()
    hot = np.argwhere(truth() == 2)[0]
    array = given["ADC"].array.copy()
    array[tuple(hot)] = np.nan
    region = made(name, {**given, "ADC": replace(given["ADC"], array=array)}, clusters=3)
    assert not region.array[tuple(hot)]
    assert any(one.startswith("1 voxels of the region have no value") for one in region.history)


@every_method
def test_negative_values_are_as_good_as_others(name: str) -> None:
    shifted = {one: replace(image, array=image.array - np.float32(3000)) for one, image in maps().items()}
    assert (made(name, shifted, clusters=3).array != made(name, clusters=3).array).mean() < 0.01


@every_method
def test_maps_on_other_grids_and_of_others_are_refused(name: str) -> None:
    given = maps()
    moved = image_of(given["ADC"].array, geometry_of(SHAPE, origin=(1.0, 0, 0)))
    with pytest.raises(GeometryError, match=r'The region "GTVp" lies on a grid of'):
        made(name, {**given, "ADC": moved})
    with pytest.raises(IdentityError, match='patient "P1", but the map to patient "P2"'):
        made(name, {**given, "ADC": replace(given["ADC"], identity=OTHER_PATIENT)})


def test_without_maps_there_is_nothing_to_do() -> None:
    with pytest.raises(InputError, match="At least one map"):
        method("k-means").compute(maps={}, within=whole())


def test_a_silhouette_of_a_large_region_is_taken_of_voxels_all_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    features, found, _ = method("k-means", clusters=3).clustering(maps(0.5), whole())
    everything = silhouette_score(features.scaled, found.labels)
    monkeypatch.setattr(clusters, "_SAMPLE", 240)
    assert clusters.silhouette(features, found.labels) == pytest.approx(everything, abs=0.03)
