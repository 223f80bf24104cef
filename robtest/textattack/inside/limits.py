"""This suite's degree limits as constraints of TextAttack."""

from typing import Any

from textattack.constraints import Constraint

from robtest.degree import MILLION, budget, check_degree, within
from robtest.minilm import embedded
from robtest.similarity import Encoder, Similarity
from robtest.text import cells, check_text, protect, spaces
from robtest.textattack.align import edits_between
from robtest.types import Tag, Text


class DegreeConstraint(Constraint):  # type: ignore[misc]
    """Characters (malicious) or words (general) that differ from the original, as a share of them.

    Exact, see `robtest.degree`; unlike TextAttack's `MaxWordsPerturbed` it counts white-space tokens,
    aligns them before it compares, rounds no limit up, and reads 0 as 0.

    Attributes:
        n_refused: texts refused so far.
    """

    def __init__(self, degree: float, tag: Tag = "malicious") -> None:
        """Limit the distance to ``degree``, in [0, 1]; `ValueError` if it is not."""
        super().__init__(compare_against_original=True)
        self.degree = check_degree(degree)
        self.tag = tag
        self.n_refused = 0

    def allows(self, original: str, perturbed: str) -> bool:
        """Whether a text keeps the limit; one that does not is counted."""
        kept = within(original, perturbed, self.tag, self.degree)
        self.n_refused += not kept
        return kept

    def _check_constraint(self, transformed_text: Any, reference_text: Any) -> bool:
        return self.allows(reference_text.text, transformed_text.text)

    def extra_repr_keys(self) -> list[str]:
        """Return the names of the attributes that its ``repr`` shows."""
        return ["degree", "tag", *super().extra_repr_keys()]


class SimilarityConstraint(Constraint):  # type: ignore[misc]
    """How far a whole text may be in meaning from the original: 1 - cosine at most a degree.

    Exact, in millionths, see `robtest.similarity`. Needs no indices of modified words, so it works for
    transformations of whole sentences too.
    """

    def __init__(self, degree: float, encoder: Encoder | None = None) -> None:
        """Limit the distance to ``degree``, in [0, 1], by the embedded encoder if none is given.

        Raises:
            ValueError: for a degree out of range.
            AssetError: if the embedded encoder cannot be had.
        """
        super().__init__(compare_against_original=True)
        self.degree = check_degree(degree)
        self._encoder = embedded() if encoder is None else encoder
        self._similarity: Similarity | None = None

    def _check_constraint_many(self, transformed_texts: list[Any], reference_text: Any) -> list[Any]:
        original = reference_text.text
        if self._similarity is None or self._similarity.original != original:
            self._similarity = Similarity(self._encoder, original)
        distances = self._similarity.distances([text.text for text in transformed_texts])
        limit = budget(self.degree, MILLION)
        return [text for text, far in zip(transformed_texts, distances, strict=True) if far <= limit]

    def _check_constraint(self, transformed_text: Any, reference_text: Any) -> bool:
        return bool(self._check_constraint_many([transformed_text], reference_text))

    def clear_cache(self) -> None:
        """Forget the texts of the last original; TextAttack calls this after every attack."""
        self._similarity = None

    def extra_repr_keys(self) -> list[str]:
        """Return the names of the attributes that its ``repr`` shows."""
        return ["degree", *super().extra_repr_keys()]


class KeptConstraint(Constraint):  # type: ignore[misc]
    """What must stay of a text: protected spans, and its words where labels hang on them."""

    def __init__(self, text: Text) -> None:
        """Hold for one original; `ValueError` if a protected span lies outside of it."""
        super().__init__(compare_against_original=True)
        check_text(text)
        self._text = text
        self._taken = protect(text)

    def allows(self, perturbed: str) -> bool:
        """Whether all that must stay of the original is in a text, at its place."""
        original = self._text.value
        if self._text.keep_words:
            # A word that vanishes leaves its white space behind, so both are compared.
            before, after = len(original.split()), len(perturbed.split())
            if before != after or spaces(original) != spaces(perturbed):
                return False
        if not self._text.protected:
            return True
        edits = edits_between(original, perturbed, "")
        return all(self._taken.find(1, *cells(edit)) < 0 for edit in edits)

    def _check_constraint(self, transformed_text: Any, reference_text: Any) -> bool:
        return self.allows(transformed_text.text)
