"""What BOSS's F1 of sub-tokens needs of a tagger: how many pieces it reads a word in, and its own tags."""

from collections.abc import Iterator, Sequence

import numpy as np

from boss.data.types import Example
from boss.errors import ModelError
from boss.metrics.upstream import encode_piece_tags
from boss.models.base import Differentiable, Model, Prediction
from boss.tasks import Task


def piece_tags(
    model: Model, task: Task, labels: Sequence[str], pairs: Sequence[tuple[Example, Prediction]]
) -> Iterator[str]:
    """Yield for each tagged sentence the tags of its pieces (`boss.metrics.upstream.encode_piece_tags`).

    The tag is the likeliest among those the dataset has, whether it is legal there or not, as BOSS
    decides. Pieces are those of the word by itself. Deviation: BOSS tags every piece, while our heads
    answer for a word at its first piece, and here the others follow it.

    Raises:
        ModelError: if the model has no pieces, or no scores of tags.
    """
    allowed = [i for i, tag in enumerate(task.labels) if tag == "O" or tag[2:] in labels]
    n_pieces: dict[str, int] = {}
    for example, prediction in pairs:
        scores = prediction.probs if prediction.logits is None else prediction.logits
        if not isinstance(model, Differentiable) or scores is None:
            raise ModelError(
                f"{model.card.id} ({model.card.adapter}) has no sub-tokens with scores, which scoring=boss "
                f"counts for task {task.name}; measure it with scoring=corrected"
            )
        words = example.inputs["tokens"]
        for word in words:
            if word not in n_pieces:
                n_pieces[word] = len(model.embed(word))
        best = np.asarray(scores)[:, allowed].argmax(-1)
        tags = [task.labels[allowed[i]] for i in best]
        yield encode_piece_tags(tags, [n_pieces[word] for word in words])
