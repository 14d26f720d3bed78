"""Step Register: lay an image of another frame of reference on the planning CT, look, adjust by hand, accept or reject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from dosepainting_hrs.errors import IdentityError, InputError, ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import ACCEPTED, REJECTED, FrameTransform, require_same_patient
from dosepainting_hrs.image import on_grid
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.transform import Transform, rotation_and_shift
from dosepainting_hrs_mrml import transforms, volumes

from .choices import VolumeChoice
from .decisions import BY_HAND, Decisions, write_case_beside
from .fusion_view import FusionView

_SLIDERS = ("shiftL", "shiftP", "shiftS", "turnL", "turnP", "turnS")


class RegisterStep:
    """Choice of the moving image, registration in a child process, sliders, and the sign-off.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Register.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self._found: Transform | None = None
        self._figures: tuple[str, ...] = ()
        self._passed = False
        self._pair = ""
        self._node = None
        self._moving = None
        self._centre = np.zeros(3)
        self._resetting = False
        self.moving = VolumeChoice(ui.movingSelector, panel.changed)
        for name in _SLIDERS:
            getattr(ui, f"{name}Slider").connect("valueChanged(double)", self._adjusted)
        self.view = FusionView(panel, ui)
        self.decisions = Decisions()
        ui.registerButton.connect("clicked(bool)", self.register)
        ui.acceptButton.connect("clicked(bool)", self.accept)
        ui.rejectButton.connect("clicked(bool)", self.reject)
        self.choices = (self.moving,)
        ui.caseButton.connect("clicked(bool)", self.write_case)
        self.buttons = {
            "register": ui.registerButton,
            "accept": ui.acceptButton,
            "reject": ui.rejectButton,
            "write_case": ui.caseButton,
        }

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {
            "moving": self._panel.scene_access.volume_facts(self.moving.get()),
            "registered": self.is_waiting,
            "decided": len(self.decisions.made),
        }

    @property
    def is_waiting(self) -> bool:
        """Whether a registration waits to be accepted or rejected."""
        return self._found is not None

    def register(self) -> None:
        """Register the moving image to the planning CT round the GTV, in a child process."""
        if not self._panel.may("register"):
            return
        with self._panel.guarded():
            fixed, moving = self._pair_of_nodes()
            region = self._panel.regions.gtv()
            access = self._panel.scene_access
            path = self._panel.new_temporary("registration.tfm")
            words = ["register", "--fixed", access.address_of(fixed)]
            words += ["--moving", access.source_of(moving, self._panel.new_temporary("moving.nrrd"))]
            words += ["--within", access.write_region(region, self._panel.new_temporary("gtv.nrrd")), "-o", path]
            if self.ui.centresCheck.checked:
                words += ["--start", "centres"]
            self._panel.run(words, _("Registering"), self._registered)

    def _pair_of_nodes(self) -> tuple[Any, Any]:
        fixed, moving = self._panel.patient.planning_ct.get(), self.moving.get()
        if fixed is None or moving is None:
            raise InputError(_("Choose a planning CT and an image to lay on it."))
        access = self._panel.scene_access
        one, other = access.identity(moving), access.identity(fixed)
        what = (f'"{moving.GetName()}"', f'"{fixed.GetName()}"')
        require_same_patient(one, other, what=what)
        if one.frame_of_reference and one.frame_of_reference == other.frame_of_reference:
            raise IdentityError(_("Both images lie in one frame of reference: there is nothing to register."))
        return fixed, moving

    def _registered(self, answer: Mapping[str, Any]) -> None:
        fixed, moving = self._pair_of_nodes()
        self.show(
            Transform.of_matrix(answer["matrix"], answer["from_frame"], answer["to_frame"]),
            figures=tuple(_sentences(answer)),
            passed=bool(answer["quality_passed"]),
            pair=f"{moving.GetName()} to {fixed.GetName()}",
        )
        self._panel.status.say(_("Registered; look at it, then accept or reject."))

    def show(self, found: Transform, *, figures: tuple[str, ...], passed: bool, pair: str) -> None:
        """Put the moving image under a transform that was found, and let it be looked at and adjusted."""
        self._take_back()
        self._found, self._figures, self._passed, self._pair = found, figures, passed, pair
        self._moving = self.moving.get()
        gtv = self._panel.regions.gtv()
        fixed = self._panel.patient.planning_ct.get()
        access = self._panel.scene_access
        corners = volumes.stored_geometry(fixed).corners()
        if gtv[1] and access.region(gtv).array.any():
            mask = access.region(gtv)
            inside = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
            self._centre, corners = inside.mean(axis=0), np.stack([inside.min(axis=0), inside.max(axis=0)])
        else:
            self._centre = corners.mean(axis=0)
        self.view.begin((fixed, self._moving), (access.image(fixed), access.image(self._moving)), corners)
        self._reset_sliders()
        self._node = transforms.add_transform(self._panel.scene_access.scene, found, _("Registration, not accepted"))
        self._moving.SetAndObserveTransformNodeID(self._node.GetID())
        self.ui.figuresLabel.text = "\n".join(figures)
        self.view.follow(found.matrix)
        self._panel.show_region(gtv)
        self._panel.refresh()

    def current(self) -> Transform:
        """Return the transform as it was found and adjusted by hand."""
        if self._found is None or self._found.matrix is None:
            raise InputError(_("Nothing was registered yet."))
        return Transform.of_matrix(self._by_hand() @ self._found.matrix, self._found.from_frame, self._found.to_frame)

    def _by_hand(self):
        """Return the sliders as a matrix about the middle of the GTV, LPS mm."""
        values = [float(getattr(self.ui, f"{name}Slider").value) for name in _SLIDERS]
        motion = np.eye(4)
        for axis, angle in enumerate(np.radians(values[3:])):
            a, b = (axis + 1) % 3, (axis + 2) % 3
            one = np.eye(4)
            one[a, a] = one[b, b] = np.cos(angle)
            one[b, a], one[a, b] = np.sin(angle), -np.sin(angle)
            motion = one @ motion
        motion[:3, 3] = self._centre + values[:3] - motion[:3, :3] @ self._centre
        return motion

    def _adjusted(self, *_unused) -> None:
        if self._resetting or self._node is None:
            return
        matrix = self.current().matrix
        if matrix is not None:
            transforms.set_matrix(self._node, matrix)
            self.view.follow(matrix)

    def accept(self) -> None:
        """Keep the image where it lies now, with who accepted it and why; its voxels stay as they are."""
        with self._panel.guarded():
            who, reason = self._who_and_why(_("A registration is accepted by somebody, for a reason."))
            if not self._passed and not self.ui.failedCheck.checked:
                raise InputError(
                    _("The quality figure failed: {0}").format(self._figures[0]), _("Tick that it is accepted all the same.")
                )
            whole, moving = self.current(), self._moving
            if whole.matrix is None or moving is None:
                raise InputError(_("Nothing was registered yet."))
            signed = self._signed(whole, who, reason, ACCEPTED)
            name = f"{moving.GetName()} (on the planning CT)"
            self._take_back()
            image = self._panel.scene_access.image(moving)
            placed = Geometry(image.stored.geometry.shape, whole.matrix @ image.stored.geometry.affine)
            geometry, stored = on_grid(placed)
            array = np.ascontiguousarray(stored.axes.apply(image.stored.axes.restore(image.array)))
            identity = replace(
                image.identity, frame_of_reference=whole.to_frame, transforms=(*image.identity.transforms, signed)
            )
            step = f"Laid on the planning CT by the transform that {who} accepted; no voxel was changed."
            moved = replace(
                image, array=array, geometry=geometry, stored=stored, identity=identity, history=(*image.history, step)
            )
            volumes.add_volume(self._panel.scene_access.scene, moved, name)
            self._keep(signed)
            self._panel.status.say(_('"{0}" added; {1} accepted the registration.').format(name, who))
        self._panel.changed()

    def _who_and_why(self, needed: str) -> tuple[str, str]:
        who, reason = self.ui.whoEdit.text.strip(), self.ui.whyEdit.text.strip()
        if not who or not reason:
            raise ParameterError(needed, _("Fill in both."))
        return who, reason

    def _keep(self, signed: FrameTransform) -> None:
        self.decisions.add(signed)
        self.ui.decisionsLabel.text = self.decisions.in_words()

    def _signed(self, whole: Transform, who: str, reason: str, decision: str) -> FrameTransform:
        by_hand = self._by_hand()
        angle, _shift = rotation_and_shift(by_hand)
        moved = float(np.linalg.norm((by_hand @ [*self._centre, 1.0])[:3] - self._centre))
        hand = f"{BY_HAND}: {moved:.2f} mm at the middle of the GTV, {angle:.2f} degrees."
        matrix = whole.matrix if whole.matrix is not None else np.eye(4)
        failed = decision == ACCEPTED and not self._passed
        overridden = (_("Accepted although the quality figure failed."),) if failed else ()
        return FrameTransform(
            from_frame=whole.from_frame,
            to_frame=whole.to_frame,
            matrix=tuple(float(value) for value in matrix.ravel()),
            who=who,
            reason=reason,
            when=datetime.now().astimezone().isoformat(timespec="seconds"),
            decision=decision,
            kind=whole.kind,
            pair=self._pair,
            figures=(*self._figures, *((hand,) if moved > 1e-6 or angle > 1e-6 else ()), *overridden),
        )

    def reject(self) -> None:
        """Take the image back to where it lay, and keep who rejected the registration and why."""
        with self._panel.guarded():
            who, reason = self._who_and_why(_("A registration is rejected by somebody, for a reason."))
            self._keep(self._signed(self.current(), who, reason, REJECTED))
            self._take_back()
            self.ui.figuresLabel.text = _("Rejected; the image lies as it lay.")
        self._panel.changed()

    def write_case(self) -> None:
        """Write series, roles and decisions as a case file for the command line, into the folder of the export."""
        if not self._panel.may("write_case"):
            return
        with self._panel.guarded():
            path = write_case_beside(self._panel, Path(self._panel.export.ui.exportFolderEdit.currentPath))
            self._panel.status.say(_("Case written: {0}").format(path))

    def restore(self, values: list[Any]) -> None:
        """Show the decisions that were kept with the scene."""
        self.decisions.restore(values)
        self.ui.decisionsLabel.text = self.decisions.in_words()

    def close(self) -> None:
        """Leave no unaccepted transform behind."""
        self._take_back()

    def forget(self) -> None:
        """The scene was closed."""
        self.view.forget()
        self._found = self._node = self._moving = None

    def _take_back(self) -> None:
        self.view.end()
        if self._moving is not None and self._moving.GetScene() is not None:
            self._moving.SetAndObserveTransformNodeID(None)
        if self._node is not None and self._node.GetScene() is not None:
            self._panel.scene_access.scene.RemoveNode(self._node)
        self._found = self._node = self._moving = None

    def _reset_sliders(self) -> None:
        self._resetting = True
        for name in _SLIDERS:
            getattr(self.ui, f"{name}Slider").value = 0.0
        self._resetting = False


def _sentences(answer: Mapping[str, Any]) -> list[str]:
    quality = answer["quality"]
    verdict = _("The quality figure finds nothing wrong.") if answer["quality_passed"] else _("FAILED:")
    return [
        " ".join([verdict, *quality["reasons"]]),
        _("Mutual information {0:.3f} before, {1:.3f} after; repeats agree within {2:.2f} mm; {3:.1f} mm moved.").format(
            quality["similarity_before"],
            quality["similarity_after"],
            quality["repeatability_mm"],
            answer["largest_shift_mm"],
        ),
        *warnings_first(answer["remarks"]),
    ]
