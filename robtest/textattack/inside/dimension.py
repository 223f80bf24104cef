"""Any dimension as a transformation of TextAttack."""

from collections.abc import Iterable
from typing import Any

from textattack.transformations import WordSwap

from robtest.attacks import get_attack
from robtest.errors import AttackError
from robtest.text import apply
from robtest.textattack.inside.words import Words
from robtest.types import Attack


class DimensionTransformation(WordSwap):  # type: ignore[misc]
    """Every edit a dimension has at the words to be modified, one text each, in order of the text.

    Deterministic, so TextAttack may cache it. A `WordSwap`, because only of these does
    `GreedyWordSwapWIR` make use, and the stop-word constraint is only asked about these. A dimension of
    whole texts is best searched with `GreedySearch` or `BeamSearch`.

    An edit of characters that TextAttack does not see as part of a word (punctuation) is offered at the
    word beside it; see `robtest.textattack.inside.words.Words`. Edits that move a line break between two
    input fields are left out, and a text without any word in TextAttack's sense has none.
    """

    def __init__(self, attack: str | Attack) -> None:
        """Take a dimension, by name with its default options, or any attack that lists edits.

        Raises:
            ValueError: naming the known dimensions.
        """
        super().__init__()
        self.attack = get_attack(attack) if isinstance(attack, str) else attack
        self.dimension = self.attack.name

    def _get_transformations(self, current_text: Any, indices_to_modify: Iterable[int]) -> list[Any]:
        view = Words(current_text)
        texts = dict.fromkeys(
            apply(view.text, [edit])
            for edit in view.edits(self.attack, {int(index) for index in indices_to_modify})
        )
        if view.text in texts:
            raise AttackError(
                f"attack {self.dimension!r} proposed an edit of {view.text!r} that changes nothing"
            )
        candidates = (view.attacked_text(text, self) for text in texts)
        return [text for text in candidates if text is not None]

    def extra_repr_keys(self) -> list[str]:
        """Return the names of the attributes that its ``repr`` shows."""
        return ["dimension"]
