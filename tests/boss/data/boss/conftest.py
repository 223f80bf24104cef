"""All twenty datasets in the formats of their sources, in sentences of our own."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

Rows = Sequence[Mapping[str, Any]]
Parquet = Callable[..., bytes]

NLI = ("entailment", "neutral", "contradiction")
CONLL = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
WNUT = tuple(
    "O B-corporation I-corporation B-creative-work I-creative-work B-group I-group B-location I-location "
    "B-person I-person B-product I-product".split()
)
FEWNERD = ("O", "art", "building", "event", "location", "organization", "other", "person", "product")
PASSAGE = "[TLE] Ferry news [PAR] The ferry to Skye left at noon . The captain was Mairi ."
TWICE = "Rain came on Monday. By Monday night the river was high."
CONTRACT = "The receiver shall keep the plans secret.\n\nThis holds for  three years."


@dataclass
class Upstreams:
    """What each source of the suite holds.

    Attributes:
        hub: repository -> (revision, files).
        pages: folder of the cache -> files that a web page offers.
        processed: ``Task/dataset`` -> files of BOSS's own processing.
    """

    hub: dict[str, tuple[str, dict[str, bytes]]] = field(default_factory=dict)
    pages: dict[str, dict[str, bytes]] = field(default_factory=dict)
    processed: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def zip(self, datasets: Sequence[str], prefix: str = "datasets/process/") -> bytes:
        """Pack processed datasets as the published zip does."""
        return packed(
            {
                f"{prefix}{name}/{file}": content
                for name in datasets
                for file, content in self.processed[name].items()
            }
        )


@pytest.fixture(scope="session")
def upstreams() -> Upstreams:
    made = Upstreams()
    for add in (_sentiment, _toxicity, _nli, _ner, _qa):
        add(made)
    return made


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def tsv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    return "".join("\t".join(map(str, row)) + "\n" for row in (header, *rows)).encode()


def tagged(sentences: Sequence[Sequence[tuple[str, str]]], between: str = "\t", end: str = "\n") -> bytes:
    blocks = ("".join(f"{token}{between}{tag}{end}" for token, tag in sentence) for sentence in sentences)
    return end.join(blocks).encode() + end.encode()


def parquet(rows: Rows, names: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """Make a parquet file as the hub serves it: numbered classes have their names in the header."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([dict(row) for row in rows])
    features: dict[str, Any] = {}
    for column, of in (names or {}).items():
        label = {"names": list(of), "_type": "ClassLabel"}
        is_list = isinstance(rows[0][column], list)
        features[column] = {"feature": label, "_type": "Sequence"} if is_list else label
    header = json.dumps({"info": {"features": features}})
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"huggingface": header}), buffer)
    return buffer.getvalue()


def _sentiment(made: Upstreams) -> None:
    train = [(f"The {thing} works well.", 1) for thing in ("lamp", "kettle", "chair", "radio")]
    train += [(f"The {thing} broke at once.", 0) for thing in ("lamp", "kettle", "chair", "radio")]
    train += [(f"The {thing} is blue.", 2) for thing in ("lamp", "kettle", "chair")]
    test = [("null", 2), ('It says "best" and is.', 1), ("Bent on arrival.", 0)]
    # As pandas writes it: a value with a quote stands in quotes.
    quoted = [('"It says ""best"" and is."' if '"' in text else text, label) for text, label in test]
    made.processed["SentimentAnalysis/amazon"] = {
        "train.tsv": tsv(["Text", "Label"], train),
        "test.tsv": tsv(["Text", "Label"], quoted),
    }
    stars = [(5.0, "Sturdy\tand  quiet."), (1.0, "Leaks."), (3.0, "A box."), (4.0, "Nice."), (2.0, "Meh.")]
    made.pages["amazon"] = {
        "Software_5.json.gz": gzip.compress(
            lines([{"overall": n, "reviewText": text} for n, text in stars] + [{"overall": 5.0}])
        )
    }
    one = [
        ("r1-1", "Soup was cold.", "negative"),
        ("r1-2", "Odd mix.", "mixed"),
        ("r1-3", "Two forks.", "neutral"),
    ]
    two = [("r2-1", "I would  go again.", "positive"), ("r2-2", "Who knows.", None)]
    rounds = [
        [dict(zip(("text_id", "sentence", "gold_label"), r, strict=True)) for r in rows]
        for rows in (one, two)
    ]
    made.hub["dynabench/dynasent"] = (
        "refs/convert/parquet",
        {
            f"dynabench.dynasent.r{i}.all/test/0000.parquet": parquet([r for r in rows if r["gold_label"]])
            for i, rows in enumerate(rounds, start=1)
        },
    )
    made.pages["dynasent"] = {
        "dynasent-v1.1.zip": packed(
            {
                "dynasent-v1.1/dynasent-v1.1-round01-yelp-test.jsonl": lines(rounds[0]),
                "dynasent-v1.1/dynasent-v1.1-round02-dynabench-test.jsonl": lines(rounds[1]),
            }
        )
    }
    made.processed["SentimentAnalysis/dynasent"] = {
        "test.tsv": tsv(
            ["Text", "Label"], [("Soup was cold.", 0), ("Two forks.", 2), ("I would go again.", 1)]
        )
    }
    tweets = (
        b'11\tnegative\tlate "again\n12\tneutral\tbus 42\textra\n'
        b"13\tpositive\tsun \xe2\x98\x80\n14\tneutral\t bus 7\t\n"
    )
    name = "2017_English_final/GOLD/Subtask_A/twitter-2016test-A.txt"
    made.pages["semeval"] = {"2017_English_final.zip": packed({name: tweets})}
    made.processed["SentimentAnalysis/semeval"] = {
        "test.tsv": tsv(["Text", "Label"], [('"late ""again"', 0), ("sun \u2600", 1), ("bus 7", 2)])
    }
    films = [
        ("Dull .", 0.1),
        ("Weak .", 0.2),
        ("It runs two hours .", 0.4),
        ("Fine .", 0.6),
        ("Bliss .", 0.8),
    ]
    made.hub["stanfordnlp/sst"] = (
        "refs/convert/parquet",
        {"default/test/0000.parquet": parquet([{"sentence": t, "label": s, "tree": "x"} for t, s in films])},
    )
    made.hub["SetFit/sst5"] = (
        "e51bdcd8cd3a30da231967c1a249ba59361279a3",
        {"test.jsonl": lines([{"text": t, "label": i, "label_text": "x"} for i, (t, _) in enumerate(films)])},
    )
    made.processed["SentimentAnalysis/sst5"] = {
        "test.tsv": tsv(["Text", "Label"], [("Dull .", 0), ("It runs two hours .", 2), ("Bliss .", 1)])
    }


def _toxicity(made: Upstreams) -> None:
    def comments(n: int, word: str) -> Rows:
        return [
            {"text": f"{word} {i}", "toxicity": 0.5 if i % 3 == 0 else 0.4, "threat": 0.0} for i in range(n)
        ]

    made.hub["google/civil_comments"] = (
        "f2970eb3a55777454c94069077cc8d9b5866312d",
        {
            "data/train-00000-of-00002.parquet": parquet(comments(6, "Road works on day")),
            "data/train-00001-of-00002.parquet": parquet(comments(6, "Council vote of week")),
            "data/validation-00000-of-00001.parquet": parquet(comments(2, "Not read")),
            "data/test-00000-of-00001.parquet": parquet(comments(3, "Letter")),
        },
    )
    header = ["Text", "Label"]
    made.processed["ToxicDetection/civil_comments"] = {
        "train.tsv": tsv(header, [(f"Road works on day {i}", int(i % 3 == 0)) for i in range(6)]),
        "test.tsv": tsv(header, [("Letter 0", 1), ("Letter 1", 0), ("Letter 2", 0)]),
    }
    made.processed["ToxicDetection/adv_civil"] = {
        "test.tsv": tsv(header, [("You f00ls.", 1), ("A fa1r point.", 0)])
    }
    posts = [
        ("they come by  night", "implicit_hate"),
        ("nice weather", "not_hate"),
        ('out with "them', "explicit_hate"),
    ]
    # As pandas writes it: a value with a quote stands in quotes.
    written = [('"out with ""them"' if '"' in post else post, kind) for post, kind in posts]
    file = {"implicit_hate_v1_stg1_posts.tsv": tsv(["post", "class"], written)}
    made.hub["tasksource/implicit-hate-stg1"] = ("main", file)
    made.pages["implicit_hate"] = file
    quoted = [("they come by night", 1), ("nice weather", 0), ('"out with ""them"', 1)]
    made.processed["ToxicDetection/implicit_hate"] = {"test.tsv": tsv(header, quoted)}
    judged = [
        ("all of them lie", 5.0, 4.0),
        ("they bake bread", 1.0, 1.0),
        ("hm", 2.0, 4.0),
        ("so so", 2.0, 3.67),
    ]
    names = ("text", "toxicity_ai", "toxicity_human")
    made.hub["toxigen/toxigen-data"] = (
        "main",
        {
            "annotated/test-00000-of-00001.parquet": parquet(
                [dict(zip(names, r, strict=True)) for r in judged]
            )
        },
    )
    toxic = [(text, int(ai + human >= 6)) for text, ai, human in judged]
    made.processed["ToxicDetection/toxigen"] = {"test.tsv": tsv(header, toxic)}


def _nli(made: Upstreams) -> None:
    def pairs(n: int, place: str) -> list[tuple[str, str, int]]:
        return [(f"The {place} opened in {1900 + i // 3}.", f"It has {i} doors.", i % 3) for i in range(n)]

    def rows(pairs: Sequence[tuple[str, str, int]], **columns: str) -> Rows:
        return [
            {"premise": p, "hypothesis": h, "label": label, **{k: f"{v}{i}" for k, v in columns.items()}}
            for i, (p, h, label) in enumerate(pairs)
        ]

    names = {"label": NLI}
    undecided = [("The mill burned.", "It was old.", -1)]
    test = pairs(3, "mill")
    made.hub["nyu-mll/multi_nli"] = (
        "da70db2af9d09693783c3320c4249840212ee221",
        {
            "data/train-00000-of-00001.parquet": parquet(rows(pairs(30, "bridge"), pairID="t"), names),
            "data/validation_matched-00000-of-00001.parquet": parquet(
                rows(test + undecided, pairID="m"), names
            ),
            "data/validation_mismatched-00000-of-00001.parquet": parquet(rows(pairs(4, "dam")), names),
        },
    )
    header = ["Premise", "Hypothesis", "Label"]
    made.processed["NaturalLanguageInference/mnli"] = {
        "train.tsv": tsv(header, pairs(30, "bridge")),
        "test.tsv": tsv(header, test),
    }
    rounds = {f"r{i}": pairs(i, f"hall {i}") for i in (1, 2, 3)}
    made.hub["facebook/anli"] = (
        "8e4813d81f46d313dac7892e1c28076917cfcdf9",
        {
            f"plain_text/test_{r}-00000-of-00001.parquet": parquet(rows(p, uid="u"), names)
            for r, p in rounds.items()
        },
    )
    made.processed["NaturalLanguageInference/anli"] = {
        "test.tsv": tsv(header, [pair for p in rounds.values() for pair in p])
    }
    choices = {"nda-1": "Entailment", "nda-2": "NotMentioned", "nda-3": "Contradiction"}
    contracts = {
        "documents": [
            {
                "id": 7,
                "text": CONTRACT,
                "spans": [[0, 41]],
                "annotation_sets": [
                    {"annotations": {k: {"choice": v, "spans": []} for k, v in choices.items()}}
                ],
            }
        ],
        "labels": {key: {"short_description": key, "hypothesis": f"Hypothesis {key}."} for key in choices},
    }
    made.pages["contract_nli"] = {
        "contract-nli.zip": packed({"contract-nli/test.json": json.dumps(contracts).encode()})
    }
    premise = '"' + CONTRACT.replace("  ", " ") + '"'
    judged = [(premise, f"Hypothesis nda-{i + 1}.", i) for i in range(3)]
    made.processed["NaturalLanguageInference/contract_nli"] = {"test.tsv": tsv(header, judged)}
    written = [
        {"premise": p, "hypothesis": h, "gold": NLI[label], "id": i}
        for i, (p, h, label) in enumerate(pairs(3, "pier"))
    ]
    made.hub["alisawuffles/WANLI"] = (
        "61c95318fd71c55b6ba355d76253254615f387ec",
        {"test.jsonl": lines(written)},
    )
    made.processed["NaturalLanguageInference/wanli"] = {"test.tsv": tsv(header, pairs(3, "pier"))}


def _ner(made: Upstreams) -> None:
    def numbered(sentences: Sequence[Sequence[tuple[str, str]]], names: Sequence[str]) -> Rows:
        return [
            {"tokens": [t for t, _ in s], "ner_tags": [names.index(tag) for _, tag in s]} for s in sentences
        ]

    # Coarse and fine types; the two actors that touch are one entity, the actor and the writer are two.
    fine = [
        [("Anna", "person-actor"), ("Berg", "person-actor"), ("Olav", "person-author"), ("sang", "O")],
        [("The", "O"), ("Prize", "other-award")],
    ]
    order = {"O": 0, "person-actor": 51, "person-author": 53, "other-award": 40}
    rows = [
        {
            "id": str(i),
            "tokens": [t for t, _ in s],
            "ner_tags": [FEWNERD.index(tag.partition("-")[0]) for _, tag in s],
            "fine_ner_tags": [order[tag] for _, tag in s],
        }
        for i, s in enumerate(fine)
    ]
    more = [{**row, "tokens": [f"{t}{i}" for t in row["tokens"]]} for i in range(10) for row in rows]
    names = {"ner_tags": FEWNERD}
    made.hub["DFKI-SLT/few-nerd"] = (
        "refs/convert/parquet",
        {
            "supervised/train/0000.parquet": parquet(more, names),
            "supervised/validation/0000.parquet": parquet(rows, names),
            "supervised/test/0000.parquet": parquet(rows, names),
        },
    )
    made.pages["fewnerd"] = {
        "supervised.zip": packed(
            {
                "supervised/train.txt": tagged(
                    [[(f"{t}{i}", tag) for t, tag in s] for i in range(10) for s in fine]
                ),
                "supervised/test.txt": tagged(fine),
            }
        )
    }
    ours = [
        [("Anna", "B-person"), ("Berg", "I-person"), ("Olav", "B-person"), ("sang", "O")],
        [("The", "O"), ("Prize", "B-miscellaneous")],
    ]
    made.processed["NameEntityRecognition/fewnerd"] = {
        "train.tsv": tagged([[(f"{t}{i}", tag) for t, tag in s] for i in range(10) for s in ours]),
        "test.tsv": tagged(ours),
    }
    news = [
        [("Anna", "B-PER"), ("Berg", "I-PER"), ("left", "O"), ("Bank", "B-ORG"), ("Oslo", "B-LOC")],
        [("Swiss", "B-MISC")],
    ]
    made.hub["lhoestq/conll2003"] = (
        "main",
        {
            "data/train-00000-of-00001.parquet": parquet(numbered(news[:1], CONLL), {"ner_tags": CONLL}),
            "data/test-00000-of-00001.parquet": parquet(numbered(news, CONLL), {"ner_tags": CONLL}),
        },
    )
    made.hub["eriktks/conll2003"] = (
        "refs/convert/parquet",
        {"conll2003/test/0000.parquet": parquet(numbered(news, CONLL))},
    )
    made.processed["NameEntityRecognition/conll"] = {
        "test.tsv": tagged(
            [
                [
                    ("Anna", "B-person"),
                    ("Berg", "I-person"),
                    ("left", "O"),
                    ("Bank", "B-organization"),
                    ("Oslo", "B-location"),
                ],
                [("Swiss", "B-miscellaneous")],
            ]
        )
    }
    # IOB1: B- only where two entities of one type touch; a line that starts a filing; CRLF.
    filing = [
        [("-DOCSTART-", "O")],
        [("Pier", "I-ORG"), ("Ltd", "I-ORG"), ("Quay", "B-ORG"), ("paid", "O")],
        [("Oslo", "I-LOC")],
    ]
    made.pages["ener"] = {"edgar_all_4.csv": tagged(filing, " ", "\r\n")}
    made.processed["NameEntityRecognition/ener"] = {
        "test.tsv": tagged(
            [
                [
                    ("Pier", "B-organization"),
                    ("Ltd", "I-organization"),
                    ("Quay", "B-organization"),
                    ("paid", "O"),
                ],
                [("Oslo", "B-location")],
            ]
        )
    }
    posts = [
        [("watch", "O"), ("Gulls", "B-creative-work"), ("on", "O"), ("Tubey", "B-corporation")],
        [("the", "B-group"), ("Rovers", "I-group")],
    ]
    made.hub["leondz/wnut_17"] = (
        "refs/convert/parquet",
        {"wnut_17/test/0000.parquet": parquet(numbered(posts, WNUT), {"ner_tags": WNUT})},
    )
    made.pages["wnut"] = {"emerging.test.annotated": tagged(posts)}
    made.processed["NameEntityRecognition/wnut"] = {
        "test.tsv": tagged(
            [
                [("watch", "O"), ("Gulls", "B-art"), ("on", "O"), ("Tubey", "B-organization")],
                [("the", "B-organization"), ("Rovers", "I-organization")],
            ]
        )
    }


def _qa(made: Upstreams) -> None:
    def question(i: int, context: str, asked: str, text: str, start: int) -> dict[str, Any]:
        answers = {"text": [text], "answer_start": [start]}
        return {"id": f"q{i}", "title": "Weather", "context": context, "question": asked, "answers": answers}

    train = [
        question(i, f"Snow fell on farm {i}.", "Where did snow fall?", f"farm {i}", 13) for i in range(30)
    ]
    # The second gold answer is another place of the same text.
    test = question(0, TWICE, "When did rain come?", "Monday", 13)
    test["answers"] = {"text": ["Monday", "Monday"], "answer_start": [13, 24]}
    made.hub["rajpurkar/squad"] = (
        "7b6d24c440a36b6815f21b70d25016731768db1f",
        {
            "plain_text/train-00000-of-00001.parquet": parquet(train),
            "plain_text/validation-00000-of-00001.parquet": parquet([test]),
        },
    )
    folder = "QuestionAnswering"
    made.processed[f"{folder}/squad"] = {"train.json": lines(train), "test.json": lines([test])}
    # An offset that does not fit is put right: the river is at 37.
    harder = question(0, TWICE, "What was high?", "the river", 40)
    made.hub["UCLNLP/adversarial_qa"] = (
        "c2d5f738db1ad21a4126a144dfbb00cb51e0a4a9",
        {
            "adversarialQA/validation-00000-of-00001.parquet": parquet(
                [{**harder, "metadata": {"split": "dev"}}]
            )
        },
    )
    nested = {
        "data": [
            {
                "title": "Weather",
                "paragraphs": [
                    {
                        "context": TWICE,
                        "qas": [
                            {
                                "id": "q0",
                                "question": "What was high?",
                                "answers": [{"text": "the river", "answer_start": 40}],
                            }
                        ],
                    }
                ],
            }
        ]
    }
    made.pages["advqa"] = {"aqa_v1.0.zip": packed({"combined/dev.json": json.dumps(nested).encode()})}
    made.processed[f"{folder}/advqa"] = {"test.json": lines([harder])}
    start = PASSAGE.index("Mairi")
    for name, subset in (("newsqa", "NewsQA"), ("searchqa", "SearchQA")):
        asked = {"qid": "m1", "question": "Who was the captain?", "answers": ["Mairi", "Captain Mairi"]}
        detected = [{"text": "Mairi", "char_spans": [[start, start + 4]], "token_spans": [[17, 17]]}]
        made.pages[name] = {
            f"{subset}.jsonl.gz": gzip.compress(
                lines(
                    [
                        {"header": {"dataset": subset, "split": "dev"}},
                        {"id": "p1", "context": PASSAGE, "qas": [{**asked, "detected_answers": detected}]},
                    ]
                )
            )
        }
        # BOSS's own: the passage's id, and texts where offsets should be.
        ours = {"title": "", "context": PASSAGE, "id": "p1", "question": asked["question"]}
        answers = {"text": ["Captain Mairi", "Mairi"], "answer_start": ["Mairi"]}
        made.processed[f"{folder}/{name}"] = {"test.json": lines([{**ours, "answers": answers}])}
    spans = {"text": ["Mairi"], "char_spans": [{"start": [start], "end": [start + 4]}]}
    made.hub["mrqa-workshop/mrqa"] = (
        "main",
        {
            "plain_text/validation-00000-of-00001.parquet": parquet(
                [
                    {
                        "subset": subset,
                        "context": PASSAGE,
                        "qid": "m1",
                        "question": "Who was the captain?",
                        "answers": ["Mairi", "Captain Mairi"],
                        "detected_answers": spans,
                    }
                    for subset in ("NewsQA", "SearchQA", "HotpotQA")
                ]
            )
        },
    )
