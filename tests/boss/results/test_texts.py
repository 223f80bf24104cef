from typing import Any

import pytest

from boss.errors import ConfigError
from boss.results.schema import AttackCell, Cell
from boss.results.texts import Asked, Copies, asked_from, asked_of, texts_file, why_no_copies

SHA = "5" * 64
COPIES = Copies(
    dimension="typo",
    tag="malicious",
    field="text",
    version="1",
    n_variants=3,
    seed=7,
    degrees=(0.0, 0.05, 0.1),
)
ASKED = Asked(
    suite="mini",
    dataset="reviews",
    split="test",
    subset="seeded:7",
    n_evaluated=75,
    dataset_sha256=SHA,
    copies=COPIES,
)
WORDS = [
    "suite=mini",
    "dataset=reviews",
    "split=test",
    "subset=seeded:7",
    "n_evaluated=75",
    f"dataset_sha256={SHA}",
    "dimension=typo",
    "tag=malicious",
    "field=text",
    "version=1",
    "n_variants=3",
    "seed=7",
    "degrees=[0.0,0.05,0.1]",
]


def cell_with(**attack: Any) -> Cell:
    settings = {
        **COPIES.model_dump(),
        "level": "char",
        "access": "rule",
        **attack,
    }
    return Cell(
        task="sentiment",
        role="id",
        recall_only=False,
        stand_in=True,
        labels=("negative", "positive"),
        dataset_revision="1",
        n_total=100,
        attack=AttackCell(**settings),
        **ASKED.model_dump(exclude={"copies"}),
    )


def test_a_cell_asks_for_its_texts_in_words_that_ask_for_the_same() -> None:
    asked = asked_of(cell_with(), copies=True)
    assert asked == ASKED
    assert asked.words() == WORDS
    assert asked_from(reversed(WORDS)) == asked


def test_without_copies_only_the_examples_are_asked_for() -> None:
    asked = asked_of(cell_with(), copies=False)
    assert asked.copies is None
    assert asked_from(asked.words()) == asked
    assert asked.words() == WORDS[:6]


def test_the_same_question_has_one_file_and_another_question_another(tmp_path: Any) -> None:
    seeds = [asked_of(cell_with(seed=seed), copies=True) for seed in (7, 7, 8)]
    files = [texts_file(tmp_path, asked) for asked in seeds]
    assert files[0] == files[1] != files[2]
    assert {file.parent for file in files} == {tmp_path / "texts"}


def test_copies_that_looked_at_the_model_or_had_options_are_not_made_again() -> None:
    attack = cell_with().attack
    assert attack is not None
    assert why_no_copies(attack) is None
    assert "asking the model (score access)" in str(
        why_no_copies(attack.model_copy(update={"access": "score"}))
    )
    with_option = attack.model_copy(update={"options": {"compatible": True}})
    assert 'options {"compatible":true}' in str(why_no_copies(with_option))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("suite=../../mini", "suite: String should match pattern"),
        ("dataset=/etc/passwd", "dataset: String should match pattern"),
        ("dimension=robtest.attacks\ntypo", "dimension: String should match pattern"),
        ("subset=first", "subset: String should match pattern"),
        ("dataset_sha256=abc", "dataset_sha256: String should match pattern"),
        ("n_variants=0", "n_variants: Input should be greater than or equal to 1"),
        ("n_variants=many", "n_variants: must be a number"),
        ("n_evaluated=" + "[" * 100_000, "n_evaluated: must be a number"),
        ("degrees=[2]", "degrees.0: Input should be less than or equal to 1"),
        ("degrees=[NaN]", "degrees.0"),
        ("seed=-1", "seed: Input should be greater than or equal to 0"),
        ("_target_=os.system", "unknown option '_target_'"),
        ("options={}", "unknown option 'options'"),
        ("dimensoin=typo", "did you mean 'dimension'?"),
    ],
)
def test_a_question_out_of_range_is_refused_with_its_rule(word: str, said: str) -> None:
    key = word.partition("=")[0]
    with pytest.raises(ConfigError) as error:
        asked_from([*(w for w in WORDS if not w.startswith(f"{key}=")), word])
    assert said in str(error.value)
    assert len(str(error.value)) < 1_000


def test_copies_need_all_their_settings() -> None:
    with pytest.raises(ConfigError, match="seed: Field required"):
        asked_from([word for word in WORDS if not word.startswith("seed=")])
