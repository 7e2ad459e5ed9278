"""The practice's own exercises and weights, as the library page reads them."""

from collections.abc import Iterable
from uuid import UUID

from django.shortcuts import get_object_or_404

from programmes.models import OwnedWeight, PracticeExercise
from programmes.rules.library import EXERCISES, Catalogue, catalogue
from programmes.selectors.library import as_exercise


def own_exercises() -> tuple[PracticeExercise, ...]:
    """Every exercise of the practice's own, the retired ones too, by name."""
    return tuple(PracticeExercise.objects.select_related("made_by", "changed_by"))


def in_use(own: Iterable[PracticeExercise]) -> tuple[PracticeExercise, ...]:
    """Those that aren't retired."""
    return tuple(each for each in own if each.retired_at is None)


def catalogue_of(own: Iterable[PracticeExercise]) -> Catalogue:
    """The built-in exercises and these."""
    return catalogue((as_exercise(each) for each in own), EXERCISES)


def own_exercise_or_404(code: UUID) -> PracticeExercise:
    """The practice's own exercise with this code."""
    own = PracticeExercise.objects.select_related("made_by", "changed_by")
    return get_object_or_404(own, code=code)


def weights() -> tuple[tuple[str, tuple[OwnedWeight, ...]], ...]:
    """What the practice owns, by kind, the lightest first; a kind without any is there too."""
    owned = tuple(OwnedWeight.objects.filter(gone_at=None))
    return tuple(
        (kind.label, tuple(each for each in owned if each.kind == kind))
        for kind in OwnedWeight.Kind
    )
