"""How many clusters: silhouette, BIC and AIC of each number for the method of step 4; a click takes the number over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.notes import warnings_first

from .compare_part import ComparePart
from .plot_label import Place, PlotLabel
from .plot_picture import BLUE, GREEN, RED, Plot

_INPUTS = ("--maps=", "--within=")


class ClustersPart(ComparePart):
    """The largest number to try, the plot, and taking a number over."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.number: int | None = None
        self._answer: Mapping[str, Any] | None = None
        self.most = qt.QSpinBox()
        self.most.name = "mostSpin"
        self.most.minimum, self.most.maximum, self.most.value = 2, 20, 8
        self.form().addRow(_("Try up to"), self.most)
        self.row(self.button("clusters", _("Try each number"), self.run))
        self.plot = PlotLabel("clustersPlot", self.panel.new_temporary, self._picked)
        box.layout().addWidget(self.plot.widget)
        self.numbers = self.label("clustersLabel")
        self.row(self.button("useNumber", _("Use this number"), self.use))

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {"number": self.number}

    def run(self) -> None:
        """Cluster with each number in a child process."""
        form = self.panel.segment.form
        name, *words = form.words()
        parameters = [f"{key}={value}" for key, value in form.parameters.values().items() if value is not None]
        given = [word for word in words if word.startswith(_INPUTS)]
        out = self.panel.new_temporary("numbers.json")
        asked = ["clusters", "--method", " ".join([name, *(_quoted(one) for one in parameters)]), *given]
        self.panel.run([*asked, "--most", str(self.most.value), "-o", out], _("Trying numbers of clusters"), self._done)

    def _done(self, answer: Mapping[str, Any]) -> None:
        self._answer = answer
        self.number = answer["best"].get(answer["chosen_by"])
        self._draw()
        self.panel.status.say(
            _("Tried {0} numbers of clusters.").format(len(answer["figures"])), "\n".join(warnings_first(answer["remarks"]))
        )

    def _draw(self) -> None:
        answer = self._answer
        if answer is None:
            return
        rows, best = answer["figures"], answer["best"]
        numbers, heights = [one["clusters"] for one in rows], [one["silhouette"] for one in rows]
        criteria = [one[name] for one in rows for name in ("bic", "aic") if one[name] is not None]
        right = (min(criteria), max(criteria)) if criteria else None
        plot = Plot((min(numbers) - 0.5, max(numbers) + 0.5), (min(0.0, *heights), max(heights)), right=right)
        legend = [_("silhouette (blue, left, the larger the better): {0}").format(best["silhouette"])]
        plot.line(numbers, heights, BLUE)
        plot.points(numbers, heights, BLUE)
        for name, key, colour in (("BIC", "bic", RED), ("AIC", "aic", GREEN)):
            if name in best:
                values = [one[key] for one in rows]
                plot.line(numbers, values, colour, right=True)
                plot.points(numbers, values, colour, right=True)
                tone = _("orange") if colour == RED else _("green")
                legend.append(_("{0} ({1}, right, the smaller the better): {2}").format(name, tone, best[name]))
        if self.number is not None:
            plot.mark(self.number, (0, 0, 0), str(self.number))
        self.plot.show(plot)
        self.numbers.text = _("Best number by {0}.").format("; ".join(legend))

    def _picked(self, _pressed: Place, place: Place) -> None:
        if self.plot.plot is not None and self._answer is not None:
            numbers = [one["clusters"] for one in self._answer["figures"]]
            across = self.plot.plot.values_at(*place)[0]
            self.number = min(numbers, key=lambda one: abs(one - across))
            self._draw()
            self.step.refresh()

    def use(self) -> None:
        """Take the number over into the method of step 4."""
        self.panel.segment.form.parameters.set_values({"clusters": self.number})
        self.panel.changed()
        self.panel.status.say(_("Step 4 has {0} clusters now.").format(self.number))

    def forget(self) -> None:
        """The scene was closed: show nothing of it."""
        self.number, self._answer = None, None
        self.plot.show(None)
        self.numbers.text = ""

    def close(self) -> None:
        """Hear no more clicks."""
        self.plot.close()


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word
