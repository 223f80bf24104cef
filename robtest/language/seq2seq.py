"""Paraphrases by any encoder-decoder of Hugging Face, straight or there and back through a language."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from robtest.language.pretrained import load, version_of

MAX_PIECES = 256
"""Pieces of a sentence that is rewritten at most; longer ones have no paraphrase."""

N_BEAMS = 5
"""Width of the beam search, or the number of sequences asked for if that is larger."""

_BATCH_PIECES = 2048  # pieces in a batch at most, all beams counted
_SENTENCES = 1 << 13  # sentences whose paraphrases are kept
_WHAT = "the encoder-decoder"

Ids = tuple[int, ...]


class Writer(Protocol):
    """Texts in, other texts out; the same text always gets the same ones, whatever stands beside it.

    Attributes:
        version: changes whenever the texts may.
    """

    @property
    def version(self) -> str:
        """Name and version of the model."""
        ...

    def __call__(self, texts: Sequence[str], n: int, /) -> Sequence[tuple[str, ...]]:
        """Return up to ``n`` texts for each, best first; none for a text that is too long."""
        ...


@dataclass(frozen=True)
class Seq2Seq:
    """An encoder-decoder with beam search; no sampling, whatever its own settings say.

    Runs in float64 and batches texts of the same number of pieces only: no padding, and what a batch
    changes is in the last digits, far from those that decide between two beams. On a CPU that takes
    about twice as long as float32; sentences in a batch instead of alone save far more.

    Attributes:
        model: a folder, or an id at the hub, which may end in ``@`` and a commit, tag or branch.
            Weights are read from safetensors only.
        device: where it runs, as ``cuda``.
    """

    model: str
    device: str = "cpu"

    @cached_property
    def version(self) -> str:
        """The model's name, and the commit or the beginning of the digest of its files.

        Raises:
            AssetError: if there is no such model; the text says how to get it.
        """
        return version_of(self.model)

    def __call__(self, texts: Sequence[str], n: int, /) -> list[tuple[str, ...]]:
        """Return the ``n`` best outputs for each text.

        Raises:
            AssetError: if the model cannot be had or is no encoder-decoder; the text says what to do.
        """
        ids = {i: pieces for i, text in enumerate(texts) if (pieces := self._pieces(text))}
        results: list[tuple[str, ...]] = [()] * len(texts)
        for batch in _batches(ids, max(N_BEAMS, n)):
            outputs = self._generate([ids[i] for i in batch], n)
            for row, i in enumerate(batch):
                results[i] = tuple(outputs[row * n : (row + 1) * n])
        return results

    def _pieces(self, text: str) -> Ids | None:
        """Return the pieces of a text; None if it is empty or too long."""
        # A lone surrogate is no text to a tokenizer; it becomes a question mark.
        readable = text.encode("utf-8", "replace").decode("utf-8")
        pieces = tuple(self._tokenizer(readable, verbose=False)["input_ids"]) if readable.strip() else ()
        return pieces if 0 < len(pieces) <= min(MAX_PIECES, self._tokenizer.model_max_length) else None

    def _generate(self, batch: Sequence[Ids], n: int) -> list[str]:
        """Return ``n`` outputs for each of some texts of one length, those of one text together."""
        import torch

        ids = torch.tensor(batch, dtype=torch.long, device=self.device)
        settings = deepcopy(self._network.generation_config)
        settings.update(
            do_sample=False,
            temperature=1.0,
            top_p=1.0,
            top_k=50,
            num_beams=max(N_BEAMS, n),
            num_return_sequences=n,
            early_stopping=True,
            max_new_tokens=None,
            max_length=2 * len(batch[0]) + 16,
        )
        with torch.inference_mode():
            sequences = self._network.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=settings,
                # Else a setting above that happens to be transformers' default gives way to the model's.
                use_model_defaults=False,
            )
        decoded: list[str] = self._tokenizer.batch_decode(sequences, skip_special_tokens=True)
        return decoded

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return load(AutoTokenizer, self.model, _WHAT)

    @cached_property
    def _network(self) -> Any:
        from transformers import AutoModelForSeq2SeqLM

        network = load(AutoModelForSeq2SeqLM, self.model, _WHAT, dtype="float64", use_safetensors=True)
        return network.eval().to(self.device)


def _batches(ids: Mapping[int, Ids], n_beams: int) -> Iterator[list[int]]:
    """Cut texts into batches of one length, of `_BATCH_PIECES` pieces at most, or of one text."""
    batch: list[int] = []
    for i in sorted(ids, key=lambda i: len(ids[i])):
        size = len(ids[i])
        if batch and (size != len(ids[batch[0]]) or size * n_beams * (len(batch) + 1) > _BATCH_PIECES):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


@dataclass(frozen=True)
class Paraphraser:
    """Paraphrases sentences by one writer, or by two, there and back.

    Of back-translation (Sennrich et al. 2016, arXiv:1511.06709, there for training data) the first
    writer's best text is what the second one gives its ``n`` best for. A writer that does both by itself is
    `robtest.language.roundtrip.RoundTrip`. Tested with random weights; no published paraphraser of Hugging
    Face has been evaluated with it.

    Attributes:
        writers: in their order.
        prefix: put before each sentence for the first writer (``paraphrase: `` of many T5 models).
        n: sequences asked for; fewer remain, see `differs`.
    """

    writers: tuple[Writer, ...]
    prefix: str = ""
    n: int = 3
    _kept: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def version(self) -> str:
        """The writers' versions."""
        return "+".join(writer.version for writer in self.writers)

    def prepare(self, sentences: Sequence[str]) -> None:
        """Paraphrase sentences in batches over all of them; the newest 8,192 are kept."""
        self(list(dict.fromkeys(sentences))[:_SENTENCES])

    def __call__(self, sentences: Sequence[str], /) -> list[tuple[str, ...]]:
        """Return up to ``n`` different paraphrases of each sentence, best first."""
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._kept]
        paraphrases = {sentence: self._kept[sentence] for sentence in sentences if sentence in self._kept}
        for sentence, texts in zip(new, self._written(new), strict=True):
            single = (" ".join(text.split()) for text in texts)
            paraphrases[sentence] = tuple(dict.fromkeys(text for text in single if differs(sentence, text)))
            while len(self._kept) >= _SENTENCES:
                del self._kept[next(iter(self._kept))]
            self._kept[sentence] = paraphrases[sentence]
        return [paraphrases[sentence] for sentence in sentences]

    def _written(self, sentences: Sequence[str]) -> Sequence[tuple[str, ...]]:
        texts = [f"{self.prefix}{sentence}" for sentence in sentences]
        for writer in self.writers[:-1]:
            texts = ["".join(best) for best in writer(texts, 1)]
        return self.writers[-1](texts, self.n) if texts else []


def differs(old: str, new: str) -> bool:
    """Whether a text may stand for another: not the same, with a letter, half to twice as long.

    >>> [differs("It rained.", new) for new in ("There was rain.", "it rained.", "Rain")]
    [True, False, False]
    """
    same = " ".join(old.split()).casefold() == new.casefold()
    return not same and any(map(str.isalpha, new)) and len(old) <= 2 * len(new) <= 4 * len(old)
