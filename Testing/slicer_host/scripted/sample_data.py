"""Stand-in for the module SampleData: keeps what modules register, and gives samples that are made locally."""
# ruff: noqa: N802, N815 - the names are Slicer's

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import slicer


@dataclass(eq=False)
class SampleDataSource:
    """One sample: where it comes from, or the function that makes it."""

    sampleName: str | None = None
    uris: Any = None
    fileNames: Any = None
    nodeNames: Any = None
    customDownloader: Callable[[Any], Any] | None = None
    thumbnailFileName: str | None = None
    loadFileTypes: Any = None
    loadFiles: Any = None
    loadFileProperties: dict[str, Any] = field(default_factory=dict)
    checksums: Any = None


class SampleDataLogic:
    """Registering samples and asking for them."""

    @staticmethod
    def registerCustomSampleDataSource(category: str = "Custom", **described: Any) -> None:
        """Add a sample to a category."""
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        slicer.modules.sampleDataSources.setdefault(category, []).append(SampleDataSource(**described))

    @staticmethod
    def sourceForSampleName(sampleName: str) -> SampleDataSource | None:
        """Return the source of a sample by its name, or None."""
        known = getattr(slicer.modules, "sampleDataSources", {})
        return next((source for sources in known.values() for source in sources if source.sampleName == sampleName), None)

    def downloadSamples(self, sampleName: str) -> Any:
        """Make a sample; one that would have to be downloaded is refused, as nothing leaves the machine in a test."""
        source = self.sourceForSampleName(sampleName)
        if source is None:
            raise ValueError(f"No sample data source found with sample name: {sampleName}")
        if source.customDownloader is None:
            raise RuntimeError(f'The sample "{sampleName}" would be downloaded, which the stand-in for Slicer does not do.')
        return source.customDownloader(source)

    def downloadSample(self, sampleName: str) -> Any:
        """Make a sample and return its first node."""
        made = self.downloadSamples(sampleName)
        return made[0] if isinstance(made, list | tuple) else made


def downloadSample(sampleName: str) -> Any:
    """Make a sample and return its first node."""
    return SampleDataLogic().downloadSample(sampleName)


def downloadSamples(sampleName: str) -> Any:
    """Make a sample and return what it has."""
    return SampleDataLogic().downloadSamples(sampleName)
