"""Which patients a scene holds: two of them may lie side by side, but are never combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from dosepainting_hrs.errors import IdentityError
from dosepainting_hrs.identity import Identity, SamePatient, require_same_patient

from .attributes import Node
from .volumes import identity_of


@dataclass(frozen=True, kw_only=True, eq=False)
class PatientNodes:
    """The nodes of one patient.

    Parameters
    ----------
    patient_id : str
        PatientID; empty for nodes of nobody known.
    nodes : tuple of vtkMRMLNode
        Its nodes, in the order given.
    """

    patient_id: str
    nodes: tuple[Node, ...]


def patients_of(nodes: Iterable[Node]) -> tuple[PatientNodes, ...]:
    """Group nodes by patient; nodes of unknown patients come last, together.

    Two nodes with one PatientID but another name or birth date are of two patients.

    Raises
    ------
    IdentityError, InputError
        If the identity of a node was changed or damaged.
    """
    groups: list[tuple[Identity, list[Node]]] = []
    unknown: list[Node] = []
    for node in nodes:
        identity = identity_of(node)
        if not (identity.patient_id or identity.name_hash):
            unknown.append(node)
            continue
        home = next((held for first, held in groups if _is_same(first, identity)), None)
        if home is None:
            groups.append((identity, [node]))
        else:
            home.append(node)
    found = tuple(PatientNodes(patient_id=first.patient_id, nodes=tuple(held)) for first, held in groups)
    return (*found, PatientNodes(patient_id="", nodes=tuple(unknown))) if unknown else found


def require_one_patient(identities: Mapping[str, Identity], same: Sequence[SamePatient] = ()) -> tuple[str, ...]:
    """Refuse to go on when any two of several things belong to different patients.

    Parameters
    ----------
    identities : mapping from str to Identity
        What each thing is, as the sentence names it (``'The region "GTVp"'``), and whose it is.
    same : sequence of SamePatient
        Declared pairs of IDs that are one person.

    Returns
    -------
    tuple of str
        Remarks to show: values that one side lacks, or a declaration that was used.

    Raises
    ------
    IdentityError
        If IDs, names or birth dates of any two contradict each other.
    """
    remarks: dict[str, None] = {}
    # Every pair: a thing without an ID agrees with both of two patients.
    for (first, mine), (second, theirs) in combinations(identities.items(), 2):
        named = second[:1].lower() + second[1:]
        remarks |= dict.fromkeys(require_same_patient(mine, theirs, what=(first, named), same=same))
    return tuple(remarks)


def _is_same(first: Identity, second: Identity) -> bool:
    try:
        require_same_patient(first, second, what=("A node", "another"))
    except IdentityError:
        return False
    return True
