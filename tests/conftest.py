import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

# A refused look-up at a hub costs 25 s of retries; tests about hub loading set their own.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

if "PYTEST_XDIST_WORKER" in os.environ:  # side by side, each on its core
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Shared machines are slow in bursts: an example may take long, the suite has its own time limit.
settings.register_profile("boss", deadline=None)
settings.load_profile("boss")


@pytest.fixture(autouse=True, scope="module")
def _cache_of_before() -> Iterator[None]:
    """Leave the cache of other modules alone: a run in this process makes its own one everybody's."""
    before = os.environ.get("BOSS_CACHE")
    yield
    if before is None:
        os.environ.pop("BOSS_CACHE", None)
    else:
        os.environ["BOSS_CACHE"] = before


@pytest.fixture(scope="session")
def boss_eval() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Measure on the toy suite as a user does, by these words, and return what the command did.

    The suite is that of these tests, or of another folder, ``conf``.
    """
    root = Path(__file__).parents[1]

    def measure(*words: str, conf: Path = root / "tests" / "conf") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "boss.eval", f"--config-dir={conf}", "suite=toy", *words],
            cwd=root,
            env={**os.environ, "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return measure


@pytest.fixture(scope="session")
def measured_toy(boss_eval: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., Path]:
    """Measure tf-idf under a small attack, and return the one run that a folder then holds."""

    def measure(folder: Path, cache: Path, *words: str) -> Path:
        small = ("model=tfidf", "n_attacked=4", "n_variants=2", "degrees=[0.1,0.3]")
        done = boss_eval(*small, f"output={folder}", f"cache={cache}", *words)
        assert done.returncode == 0, done.stderr
        [path] = (file.parent for file in folder.rglob("run.json"))
        return path

    return measure


@pytest.fixture(scope="session")
def tiny_roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a RoBERTa of two layers with a byte-level tokenizer of its own."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("tiny_roberta")
    texts = [path.read_text() for path in sorted((Path(__file__).parent / "data" / "toy").iterdir())]
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        texts, vocab_size=320, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], show_progress=False
    )
    bpe.save_model(str(folder))
    tokenizer = RobertaTokenizerFast(
        vocab_file=str(folder / "vocab.json"), merges_file=str(folder / "merges.txt"), model_max_length=64
    )
    tokenizer.save_pretrained(folder)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        RobertaModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a T5 of two layers, with a tokenizer of characters and the prompts' words."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    from boss.models.prompts import LABEL_WORDS, TEMPLATES

    words = " ".join((*TEMPLATES.values(), *(w for ws in LABEL_WORDS.values() for w in ws))).split()
    names = (
        "Lisbon",
        "Oslo",
        "Quito",
        "Cairo",
        "lovely",
        "awful",
        "wooden",
        "The",
        "is",
        "was",
        "born",
        "in",
    )
    vocabulary = [
        "<pad>",
        "</s>",
        "<unk>",
        "<extra_id_0>",
        *sorted({f"▁{word}" for word in (*words, *names)}),
    ]
    vocabulary += ["▁", *map(chr, range(33, 127))]
    scores = [
        (piece, 0.0 if i < 4 else -float(10 - 2 * (len(piece) > 1))) for i, piece in enumerate(vocabulary)
    ]
    inner = Tokenizer(models.Unigram(scores, unk_id=2))
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Metaspace()
    inner.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<extra_id_0>"],
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=128,
    )
    folder = tmp_path_factory.mktemp("tiny_t5")
    tokenizer.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        dropout_rate=0.0,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.fixture
def make_tar() -> Callable[[Mapping[str, bytes]], bytes]:
    def make(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return buffer.getvalue()

    return make


@pytest.fixture
def make_zip() -> Callable[[Mapping[str, bytes]], bytes]:
    def make(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as zipped:
            for name, content in files.items():
                zipped.writestr(name, content)
        return buffer.getvalue()

    return make


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], str]:
    """A package index of one file on this disk; returns the file's sha256."""

    def publish(file: str, content: bytes) -> str:
        folder = tmp_path / "links"
        folder.mkdir(exist_ok=True)
        (folder / file).write_bytes(content)
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        return hashlib.sha256(content).hexdigest()

    return publish
