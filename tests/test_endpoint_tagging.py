"""Named entities and structured answers of a language model, measured from a stub on loopback."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.llm.endpoint import Endpoint
from boss.results.rescore import rescore
from boss.results.store import find_runs, read_run
from boss.tasks import get_task

pytest.importorskip("openai")

ROOT = Path(__file__).resolve().parents[1]
_SPEC = importlib.util.spec_from_file_location("stub_llm", ROOT / "tests" / "boss" / "models" / "stub_llm.py")
assert _SPEC is not None and _SPEC.loader is not None
stub_llm: Any = importlib.util.module_from_spec(_SPEC)
sys.modules.setdefault("stub_llm", stub_llm)
_SPEC.loader.exec_module(stub_llm)
Say, serving = stub_llm.Say, stub_llm.serving

TYPES = {"PER": "person", "ORG": "organization", "LOC": "location"}
Span = tuple[str, str]


def gold() -> dict[str, list[Span]]:
    """Return the entities of the toy sentences, read here by hand."""
    out: dict[str, list[Span]] = {}
    for name in ("news_test", "chat_test"):
        for block in (ROOT / "tests" / "data" / "toy" / f"{name}.conll").read_text().split("\n\n"):
            rows = [line.split() for line in block.splitlines() if line and not line.startswith("-DOCSTART")]
            found: list[Span] = []
            for word, tag in rows:
                if tag.startswith("B-"):
                    found.append((TYPES[tag[2:]], word))
                elif tag.startswith("I-"):
                    kind, text = found.pop()
                    found.append((kind, f"{text} {word}"))
            if rows:
                out[" ".join(word for word, _ in rows)] = found
    return out


GOLD = gold()


def sentence_of(request: dict[str, Any]) -> str:
    return str(request["messages"][-1]["content"].split("<tokens>\n")[1].split("\n</tokens>")[0])


def listing(spans: list[Span], request: dict[str, Any]) -> str:
    items = [{"type": kind, "text": text} for kind, text in spans]
    return json.dumps({"entities": items} if "response_format" in request else items)


def reader(request: dict[str, Any], times: int) -> Any:
    """List what there is; for a third each also what is not there, and for a third no list."""
    sentence = sentence_of(request)
    spans = GOLD.get(sentence, [])
    if len(sentence) % 3 == 0:
        return Say("There are some.")
    more = [("person", "Nobody Atall")] if len(sentence) % 3 == 1 else []
    return Say(listing([*spans, *more], request))


def run(tmp_path: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    words = [
        *(f"--config-dir={ROOT / 'tests' / 'conf'}", "suite=toy", "task=ner", "n_attacked=4", "n_variants=2"),
        *(f"output={tmp_path / 'runs'}", f"cache={tmp_path / 'cache'}", "model=endpoint"),
        *(f"model.base_url={url}", "model.name=stub-1", "model.noise=false", *more),
    ]
    return subprocess.run(
        [sys.executable, "-m", "boss.eval", *words],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=150,
    )


@pytest.mark.parametrize("structured", [False, True])
def test_entities_are_measured_clean_and_under_attack(tmp_path: Path, structured: bool) -> None:
    attack = ("attack=typo", "access=decision", "degrees=[0.1]") if not structured else ("attack=none",)
    with serving(reader) as stub:
        done = run(tmp_path, stub.url, *attack, f"model.structured={str(structured).lower()}")
        assert done.returncode == 0, done.stderr + done.stdout
        asked = [sentence_of(entry["request"]) for entry in stub.questions]
        limits = {entry["request"]["max_tokens"] for entry in stub.log}
    assert set(asked) >= set(GOLD) and limits == {512}
    [folder] = find_runs(tmp_path / "runs")
    stored = read_run(folder)
    clean = {
        record.measurement.dataset: record.score
        for record in stored.records
        if record.measurement.attack is None and record.score.metric == "span_f1"
    }
    assert set(clean) == {"toy_news", "toy_chat"}
    for dataset, score in clean.items():
        # Precision is 1, as what is not there is left out; the sentences without a list are missed.
        sentences = [s for s in asked_of(dataset) if s in GOLD]
        n_gold = sum(len(GOLD[s]) for s in sentences)
        n_right = sum(len(GOLD[s]) for s in sentences if len(s) % 3)
        assert 0 < n_right < n_gold
        assert score.value == pytest.approx(2 * n_right / (n_gold + n_right))
        assert score.n_scored == len(sentences)
        assert score.n_failed == sum(len(s) % 3 == 0 for s in sentences) > 0
    absent = sum(len(s) % 3 == 1 for s in GOLD)
    journal = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    [account] = [line for line in journal if line["event"] == "asked"]
    assert account["n_absent"] == absent if structured else account["n_absent"] >= absent
    assert f"entities left out: {account['n_absent']:,} not in their sentence" in done.stderr
    assert stored.records[0].model.options["max_tokens"] == 512
    assert stored.records[0].model.options["structured"] is structured
    assert rescore(folder).ok


def asked_of(dataset: str) -> list[str]:
    name = {"toy_news": "news_test", "toy_chat": "chat_test"}[dataset]
    text = (ROOT / "tests" / "data" / "toy" / f"{name}.conll").read_text()
    blocks = [[line.split()[0] for line in block.splitlines() if line] for block in text.split("\n\n")]
    return [" ".join(words) for words in blocks if words and words[0] != "-DOCSTART-"]


def fitted(stub: Any, tmp_path: Path, task: str, **options: Any) -> Any:
    recipe = Endpoint(base_url=stub.url, name="stub-1", retries=0, timeout=5, noise=False, **options)
    return recipe.fit(get_task(task), None, None, method="default", seed=0, cache=tmp_path)


def test_a_schema_is_sent_and_read(tmp_path: Path) -> None:
    example = Example("a", {"text": "The lamp is fine."}, "positive", "a")
    with serving(lambda request, times: Say(stub_llm.in_form(request, "positive"))) as stub:
        model = fitted(stub, tmp_path, "sentiment", structured=True)
        assert model.predict([example])[0].answer == "positive"
        [asked] = [entry["request"] for entry in stub.questions]
        schema = asked["response_format"]["json_schema"]["schema"]
        assert schema["properties"]["label"]["enum"] == ["negative", "positive", "neutral"]
        assert asked["messages"][-1]["content"].endswith('{"label": "..."}.')
        assert asked["max_tokens"] == 32
        # The question with the known answer is asked with a schema of its own words.
        known = stub.log[0]["request"]["response_format"]["json_schema"]["schema"]
        assert known["properties"]["label"]["enum"] == ["blue", "table", "seven"]
        plain = fitted(stub, tmp_path, "sentiment")
        assert plain.fingerprint != model.fingerprint
        assert plain.card.options["structured"] is False and plain.card.options["max_tokens"] == 32


@pytest.mark.parametrize("task", ["sentiment", "qa", "ner"])
def test_a_server_that_takes_no_schema_is_said_at_the_start(tmp_path: Path, task: str) -> None:
    says: list[tuple[Any, str]] = [
        (
            Say(status=400, error={"message": "response_format is not supported"}),
            r"response_format is not supported\).*model.structured=false asks without one",
        ),
        (Say("blue"), r"did not hold the answer to it; ask without: model.structured=false"),
        (Say('{"colour": "blue"}'), "did not hold the answer"),
        (Say('{"answer": "bl', finish="length"), "was cut off; allow more, such as model.max_tokens=4096"),
    ]
    for say, rule in says:
        with serving(lambda request, times, say=say: say, probe=False) as stub:
            with pytest.raises(ModelError, match=rule):
                fitted(stub, tmp_path, task, structured=True)
            assert len(stub.log) == 1


def test_structured_answers_have_no_log_probabilities(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model.answer=logprobs reads one token; model.structured=false"):
        Endpoint(base_url="http://127.0.0.1:1/v1", name="m", answer="logprobs", structured=True)
    with pytest.raises(ConfigError, match=r"model.extra.response_format has an option of its own"):
        Endpoint(base_url="http://127.0.0.1:1/v1", name="m", extra={"response_format": {}})
