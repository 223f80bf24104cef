"""What tests of TextAttack share: its import without an asset, sentences, and a victim with margins."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.textattack import attack, library
from robtest.textattack.resources import Resource

Rows = Callable[[Sequence[str]], NDArray[np.float64]]

SUBJECTS = ("the soup", "our guide", "this lamp", "the long walk", "her song", "the new chair", "a grey hat")
GOOD = ("was lovely", "made us happy", "is a fine thing", "pleased everybody")
BAD = ("was dreadful", "made us angry", "is a poor thing", "annoyed everybody")


@pytest.fixture(scope="session")
def ta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """TextAttack, imported with a few stop words of our own instead of NLTK's."""
    import nltk

    root = tmp_path_factory.mktemp("nltk_data")
    folder = root / "corpora" / "stopwords"
    folder.mkdir(parents=True)
    (folder / "english").write_text("a\nis\nour\nthe\nthis\nwas\n")

    def add() -> None:
        if str(root) not in nltk.data.path:
            nltk.data.path.insert(0, str(root))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "add_stopwords", add)
        patch.setattr(attack, "STOP_WORDS", Resource("stop words", add))
        yield library.library()


@pytest.fixture(scope="session")
def sentences() -> list[tuple[str, int]]:
    """56 short sentences and their labels."""
    told = [(f"{subject} {what}.", 1) for subject, what in product(SUBJECTS, GOOD)]
    told += [(f"{subject} {what}.", 0) for subject, what in product(SUBJECTS, BAD)]
    return [(text[0].upper() + text[1:], label) for text, label in told]


@pytest.fixture(scope="session")
def victim(sentences: list[tuple[str, int]]) -> Rows:
    """Probabilities of a logistic regression on words.

    Fitted to an uneven part of the sentences, so that subjects weigh too and no decision is close.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), LogisticRegression(C=3))
    part = [pair for i, pair in enumerate(sentences) if i * 7 % 5 not in (0, 3) or pair[1] != i // 4 % 2]
    texts, labels = zip(*part, strict=True)
    model.fit(texts, labels)

    def probs(asked: Sequence[str]) -> NDArray[np.float64]:
        rows: NDArray[np.float64] = model.predict_proba(list(asked))
        return rows

    return probs
