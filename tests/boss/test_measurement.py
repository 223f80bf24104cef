"""Nothing that decides a number can be forgotten, and nothing else makes two numbers differ."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from boss.measurement import (
    DESCRIPTIONS,
    INDIRECT,
    UNKNOWN,
    AttackSettings,
    Measurement,
    SearchSettings,
    Strict,
    attack_of,
    name_of,
)
from boss.seam import attack_settings
from boss.tasks import TASKS
from robtest.attacks import DIMENSIONS
from robtest.attacks.contextual import Contextual
from robtest.attacks.distraction import Distraction
from robtest.attacks.glyph import Glyph
from robtest.attacks.inflection import Inflection
from robtest.attacks.phonetic import Phonetic
from robtest.attacks.synonym import Synonym
from robtest.attacks.syntax import Syntax
from robtest.attacks.typo import Typo
from robtest.language.names import SpacyNamer
from robtest.language.parser import SpacyParser
from robtest.language.tagger import SpacyTagger
from robtest.search import SEARCHES
from robtest.settings import settings_of as options_of
from robtest.textattack import Recipe
from robtest.textattack.search import RecipeSearch
from robtest.types import Access, Attack, Level

DEGREES = (0.0, 0.05, 0.1, 0.3)
ATTACKS: Sequence[type[Any]] = (*DIMENSIONS.values(), Recipe)  # type: ignore[arg-type]
Options = dict[str, Any]
Pair = tuple[Options, Options]


def measured(attack: AttackSettings | None) -> Measurement:
    return Measurement(
        suite="mini",
        suite_version="1",
        task="sentiment",
        dataset="notes",
        split="test",
        role="id",
        recall_only=False,
        stand_in=True,
        labels=("negative", "positive"),
        dataset_revision="1",
        dataset_sha256="e" * 64,
        n_total=9,
        n_evaluated=4,
        subset="all",
        majority=0.5,
        attack=attack,
    )


def settings_of(
    attack: Attack, access: Access = "rule", degrees: Sequence[float] = DEGREES, **search: Any
) -> AttackSettings:
    return attack_settings(
        "a",
        attack,
        tag="general",
        access=access,
        field="text",
        search=search,
        query_budget=search.get("query_budget"),
        n_variants=2,
        seed=7,
        degrees=degrees,
    )


@pytest.fixture
def base() -> Measurement:
    return measured(settings_of(Typo()))


def changed(measurement: Measurement, part: str, **update: Any) -> Measurement:
    """Return a measurement with other values of its own, its ``attack``'s or its ``search``'s fields."""
    raw = measurement.model_dump()
    owner = {"": raw, "attack": raw["attack"], "search": raw["attack"] and raw["attack"]["search"]}[part]
    owner.update(update)
    return Measurement.model_validate(raw)


def init_fields(kind: type[Any]) -> "list[Field[Any]]":
    return [option for option in fields(kind) if option.init]


# -- every option of every attack and every search


def words_in(folder: Path, name: str, text: str = "") -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text or name, encoding="utf-8")
    return str(folder / name)


def models_in(folder: Path) -> list[str]:
    """Return two folders that pass for models until they are read."""
    return [str(Path(words_in(folder / name, "config.json", name)).parent) for name in ("one", "two")]


def attack_options(folder: Path) -> Mapping[type[Any], Mapping[str, Pair]]:
    """Return for every option of every attack two ways to make it which differ in that option alone."""
    one, two = models_in(folder)
    misspelt, tabled, modelled = {"operators": ("misspell",)}, {"sources": ("table",)}, {"model": one}
    return {
        Typo: {
            "operators": ({}, {"operators": ("swap", "repeat")}),
            "misspellings": (
                {**misspelt, "misspellings": {"receive": ["recieve"]}},
                {**misspelt, "misspellings": {"receive": ["receeve"]}},
            ),
        },
        Glyph: {
            "sources": ({}, {"sources": ("accented",)}),
            "n_neighbours": ({}, {"n_neighbours": 5}),
        },
        Phonetic: {
            "homophones": ({}, {"homophones": True}),
            "dictionary": ({}, {"dictionary": words_in(folder, "a.dict", "TEA  T IY1\n")}),
        },
        Synonym: {
            "sources": ({}, {"sources": ("wordnet", "counterfitted")}),
            "n_synonyms": ({}, {"n_synonyms": 2}),
            "min_sense": ({}, {"min_sense": 0.5}),
            "min_fit": ({}, {"min_fit": -3.0}),
            "min_similarity": ({}, {"min_similarity": 0.9}),
            "threshold": ({}, {"threshold": 0.8}),
            "table": ({**tabled, "table": {"good": ["fine"]}}, {**tabled, "table": {"good": ["nice"]}}),
            "tagger": ({}, {"tagger": SpacyTagger("another_model")}),
            "namer": ({}, {"namer": SpacyNamer("another_model")}),
        },
        Contextual: {
            "model": ({}, {"model": Given("mine@7")}),
            "device": ({}, {"device": "cuda"}),
            "n_candidates": ({}, {"n_candidates": 3}),
            "min_fit": ({}, {"min_fit": -1.0}),
            "min_similarity": ({}, {"min_similarity": 0.9}),
            "namer": ({}, {"namer": SpacyNamer("another_model")}),
            "tagger": ({}, {"tagger": SpacyTagger("another_model")}),
        },
        Inflection: {"tagger": ({}, {"tagger": SpacyTagger("another_model")})},
        Syntax: {
            "kinds": ({}, {"kinds": ("passive",)}),
            "parser": ({}, {"parser": SpacyParser("another_model")}),
            "model": (modelled, {"model": two}),
            "pivot": ({"pivot": (one, two)}, {"pivot": (two, one)}),
            "faithful": (modelled, {**modelled, "faithful": False}),
            "prefix": (modelled, {**modelled, "prefix": "paraphrase: "}),
            "n_paraphrases": (modelled, {**modelled, "n_paraphrases": 5}),
            "device": (modelled, {**modelled, "device": "cuda"}),
        },
        Distraction: {
            "kinds": ({}, {"kinds": ("url",)}),
            "statements": ({}, {"statements": ("It is late.",)}),
        },
        Recipe: {"recipe": ({"recipe": "deepwordbug"}, {"recipe": "pruthi"})},
    }


@dataclass(frozen=True)
class Given:
    """A filler that knows no word."""

    version: str

    def prepare(self, places: Sequence[tuple[str, int, int]]) -> None:
        """Do nothing."""

    def candidates(self, text: str, start: int, end: int) -> Sequence[str]:
        """Return none."""
        return ()


SEARCH_OPTIONS: Mapping[str, Any] = {
    "n_candidates": 5,
    "query_budget": 77,
    "compatible": True,
    "beam": 3,
    "rerank": True,
}
"""Option of a search -> a value that is no default."""


def test_the_tables_name_every_attack_and_every_option_and_no_others(tmp_path: Path) -> None:
    table = attack_options(tmp_path)
    assert {kind.__name__: set(options) for kind, options in table.items()} == {
        kind.__name__: {option.name for option in init_fields(kind)} for kind in ATTACKS
    }
    assert set(SEARCH_OPTIONS) == {o.name for kind in SEARCHES.values() for o in init_fields(kind)}
    assert {option.name for option in init_fields(RecipeSearch)} == {"recipe", "query_budget"}


@pytest.mark.data
@pytest.mark.parametrize(
    ("kind", "option"),
    [
        pytest.param(kind, option.name, id=f"{kind.__name__}.{option.name}")
        for kind in ATTACKS
        for option in init_fields(kind)
    ],
)
def test_every_option_of_every_attack_makes_another_measurement(
    kind: type[Any], option: str, tmp_path: Path
) -> None:
    before, after = (kind(**given) for given in attack_options(tmp_path)[kind][option])
    names = [each.name for each in init_fields(kind)]
    assert [name for name in names if getattr(before, name) != getattr(after, name)] == [option]
    one, two = settings_of(before), settings_of(after)
    assert isinstance(one.options, dict) and isinstance(two.options, dict)
    assert one.options.keys() == two.options.keys() == set(names)
    # By name, whatever else the attack's version says of it.
    assert [name for name in names if one.options[name] != two.options[name]] == [option]
    assert measured(one).id != measured(two).id
    assert attack_of(one) != attack_of(two)
    said = measured(one).differences(measured(two), ("worst", 0.1))
    assert any(line.startswith(f"options.{option}") for line in said)


@pytest.mark.data
@pytest.mark.parametrize("kind", ATTACKS)
def test_the_version_of_every_attack_makes_another_measurement(kind: type[Any]) -> None:
    given = {"recipe": "deepwordbug"} if kind is Recipe else {}
    before, after = kind(**given), kind(**given)
    assert measured(settings_of(before)).id == measured(settings_of(after)).id
    object.__setattr__(after, "version", "another")
    assert measured(settings_of(before)).id != measured(settings_of(after)).id


@pytest.mark.parametrize(
    ("access", "option"),
    [(access, option.name) for access, kind in SEARCHES.items() for option in init_fields(kind)],
)
def test_every_option_of_every_search_makes_another_measurement(access: Access, option: str) -> None:
    before, after = (
        settings_of(Typo(), access),
        settings_of(Typo(), access, **{option: SEARCH_OPTIONS[option]}),
    )
    assert isinstance(before.search.options, dict) and isinstance(after.search.options, dict)
    names = [each.name for each in init_fields(SEARCHES[access])]
    assert set(names) == before.search.options.keys() == after.search.options.keys()
    assert [n for n in names if before.search.options[n] != after.search.options[n]] == [option]
    assert measured(before).id != measured(after).id
    [said] = measured(before).differences(measured(after), ("worst", 0.1))
    assert said.startswith(f"search.options.{option}: ")


def test_the_options_of_a_recipes_search_make_another_measurement() -> None:
    before = settings_of(Recipe("deepwordbug"))
    limited = settings_of(Recipe("deepwordbug"), query_budget=77)
    assert measured(before).differences(measured(limited)) == ("search.options.query_budget: null and 77",)
    other = settings_of(Recipe("pruthi"))
    assert "search.options.recipe: deepwordbug and pruthi" in measured(before).differences(measured(other))
    assert len({measured(each).id for each in (before, limited, other)}) == 3


@pytest.mark.parametrize("kind", [*SEARCHES.values(), RecipeSearch])
def test_the_version_of_every_search_makes_another_measurement(
    kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    attack: Attack = Recipe("deepwordbug") if kind is RecipeSearch else Typo()
    access: Any = next((name for name, each in SEARCHES.items() if each is kind), "score")
    before = settings_of(attack, access)
    monkeypatch.setattr(kind, "version", "another")
    after = settings_of(attack, access)
    assert measured(before).differences(measured(after)) == (
        f"version of the search: {before.search.version} and another",
    )
    assert measured(before).id != measured(after).id


def test_a_file_counts_by_what_it_holds_and_not_by_where_it_lies(tmp_path: Path) -> None:
    def phonetic(folder: str, text: str) -> str:
        return measured(settings_of(Phonetic(dictionary=words_in(tmp_path / folder, "a.dict", text)))).id

    assert phonetic("here", "TEA  T IY1\n") == phonetic("there", "TEA  T IY1\n")
    assert phonetic("here", "TEA  T IY1\n") != phonetic("there", "TEE  T IY1\n")


# -- every field of a measurement

VALUES: Mapping[str, tuple[type[Strict], Mapping[str, Any]]] = {
    "": (
        Measurement,
        {
            "benchmark": "another",
            "benchmark_version": "2",
            "suite": "mini+letters",
            "suite_version": "2",
            "task": "toxicity",
            "dataset": "letters",
            "split": "validation",
            "role": "ood",
            "recall_only": True,
            "stand_in": False,
            "labels": ("positive", "negative"),
            "dataset_revision": "2",
            "dataset_sha256": "0" * 64,
            "n_total": 10,
            "n_evaluated": 3,
            "subset": "seeded:1",
            "majority": 0.75,
            "own_task": dataclasses.asdict(TASKS["toxicity"]),
            "scoring": "boss",
            "attack": None,
        },
    ),
    "attack": (
        AttackSettings,
        {
            "name": "slips",
            "dimension": "misprint",
            "level": "word",
            "tag": "malicious",
            "access": "score",
            "field": "title",
            "version": "2",
            "options": {"operators": ["swap"], "misspellings": None},
            "changed": {"operators": ["swap"]},
            "search": {"version": "1", "options": {"compatible": True}},
            "n_variants": 3,
            "seed": 8,
            "degrees": (0.0, 0.05, 0.3),
            "transferred": {"run": "r", "model": "m", "fingerprint": "f", "access": "score"},
        },
    ),
    "search": (SearchSettings, {"version": "2", "options": {"compatible": True}}),
}
"""Part of a measurement -> its class, and another value of each of its fields."""
WALK = [
    pytest.param(part, field, id=f"{part}.{field}".lstrip("."))
    for part, (kind, _) in VALUES.items()
    for field in kind.model_fields
]


def other(base: Measurement, part: str, field: str) -> Measurement:
    return changed(base, part, **{field: VALUES[part][1][field]})


@pytest.mark.parametrize(("part", "field"), WALK)
def test_every_field_decides_but_the_descriptions(base: Measurement, part: str, field: str) -> None:
    there = other(base, part, field)
    assert there != base
    decides = field not in DESCRIPTIONS.get(part, ())
    assert (there.id != base.id) == decides
    assert bool(base.differences(there)) == decides


def test_the_descriptions_and_what_is_said_elsewhere_are_fields() -> None:
    assert DESCRIPTIONS == {
        "": {"dataset_revision", "n_total", "stand_in", "majority"},
        "attack": {"name"},
    }
    assert DESCRIPTIONS[""] | INDIRECT < Measurement.model_fields.keys()
    assert DESCRIPTIONS["attack"] < AttackSettings.model_fields.keys()


NUMBERS: tuple[tuple[str, float | None], ...] = (
    ("clean", None),
    ("average", 0.1),
    ("worst", 0.1),
    ("area_worst", None),
)


@pytest.mark.parametrize(
    ("number", "part", "field"),
    [
        pytest.param(number, part, field, id=f"{number[0]}, {part}.{field}")
        for number in NUMBERS
        for part, (kind, _) in VALUES.items()
        for field in kind.model_fields
        if number[0] != "clean" or (part == "" and field != "attack")
    ],
)
def test_numbers_have_one_identity_exactly_where_they_do_not_differ(
    base: Measurement, number: tuple[str, float | None], part: str, field: str
) -> None:
    undecided = {**DESCRIPTIONS, "": DESCRIPTIONS[""] | INDIRECT, "search": frozenset()}
    here = measured(None) if number[0] == "clean" else base
    there = other(here, part, field)
    same = here.identity(*number, run="a") == there.identity(*number, run="b")
    assert same == (here.differences(there, number) == ())
    assert same == (there.differences(here, number) == ())
    assert same == (field in undecided[part])


def test_a_copy_with_another_value_has_another_identity(base: Measurement) -> None:
    """Whatever was asked of the measurement before."""
    before = base.id, base.differences(base), base.identity("worst", 0.1, run="a")
    copy = base.model_copy(update={"n_evaluated": 3})
    assert copy.id == changed(base, "", n_evaluated=3).id != before[0]
    assert base.differences(copy) == ("number of examples: 4 and 3",)
    assert copy.identity("worst", 0.1, run="a") != before[2]
    clean = base.model_copy(update={"attack": None})
    assert clean.id == measured(None).id


def test_a_measurement_is_the_same_after_it_was_written_down(base: Measurement) -> None:
    again = Measurement.model_validate_json(base.model_dump_json(), strict=True)
    assert (again, again.id) == (base, base.id)
    assert again.identity("worst", 0.1, run="b") == base.identity("worst", 0.1, run="a")


def test_an_attack_is_the_same_whatever_the_data_and_whatever_it_is_called(base: Measurement) -> None:
    attack = base.attack
    assert attack is not None

    def digest(field: str) -> str:
        there = other(base, "attack", field).attack
        assert there is not None
        return attack_of(there)

    for field in AttackSettings.model_fields:
        described = field in DESCRIPTIONS["attack"]
        assert (digest(field) == attack_of(attack)) == described, field


# -- in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("", {"dataset_sha256": "0" * 64}), "content of the data: eeeeeeeeeeee… and 000000000000…"),
        (("", {"n_evaluated": 3}), "number of examples: 4 and 3"),
        (("", {"suite": "mini+letters"}), "suite: mini and mini+letters"),
        (("", {"recall_only": True}), "recall_only: false and true"),
        (("", {"labels": ("no", "yes")}), "labels: [negative, positive] and [no, yes]"),
        (("attack", {"degrees": (0.0, 0.1)}), "degrees that count: [0, 0.05, 0.1, 0.3] and [0, 0.1]"),
        (("attack", {"n_variants": 3}), "copies of each example: 2 and 3"),
        (("attack", {"seed": 8}), "seed of the copies: 7 and 8"),
        (("attack", {"version": "2"}), "version of the attack: 1 and 2"),
        (("attack", {"level": "word"}), "level: char and word"),
        (
            ("attack", {"options": {"operators": ["swap"], "misspellings": None}}),
            "options.operators: [delete, insert, replace, swap, repeat] and [swap]",
        ),
        (("search", {"version": "2"}), "version of the search: 1 and 2"),
        (("search", {"options": {"compatible": True}}), "search.options.compatible: false and true"),
        (("search", {"options": {"compatible": False, "beam": 2}}), "search.options.beam: none and 2"),
    ],
)
def test_a_difference_in_words(base: Measurement, change: tuple[str, Options], said: str) -> None:
    part, update = change
    assert base.differences(changed(base, part, **update)) == (said,)


def test_all_differences_are_said_in_the_order_of_the_fields(base: Measurement) -> None:
    there = changed(changed(base, "attack", seed=8, n_variants=3), "", n_evaluated=3, dataset="letters")
    assert base.differences(there) == (
        "dataset: notes and letters",
        "number of examples: 4 and 3",
        "copies of each example: 2 and 3",
        "seed of the copies: 7 and 8",
    )
    assert there.differences(base)[0] == "dataset: letters and notes"


def test_runs_that_differ_in_their_seed_alone_differ_in_copies_and_in_the_subset_that_was_drawn(
    base: Measurement,
) -> None:
    drawn = changed(base, "", subset="seeded:7")
    again = changed(changed(drawn, "attack", seed=8), "", subset="seeded:8", dataset_sha256="0" * 64)
    assert drawn.differences(again) != ()
    assert drawn.apart_from_seed(run="a") == again.apart_from_seed(run="b")
    for part, update in (
        ("attack", {"n_variants": 3}),
        ("", {"n_evaluated": 3}),
        ("search", {"version": "2"}),
    ):
        assert changed(again, part, **update).apart_from_seed(run="a") != drawn.apart_from_seed(run="a")
    # Of all examples, and of a cap, which knows of no seed, other content is other data.
    for subset in ("all", "cap"):
        one = changed(base, "", subset=subset)
        assert changed(one, "attack", seed=8).apart_from_seed(run="a") == one.apart_from_seed(run="a")
        other_data = changed(one, "", dataset_sha256="0" * 64)
        assert other_data.apart_from_seed(run="a") != one.apart_from_seed(run="a")
    untold = changed(base, "attack", options=UNKNOWN)
    assert untold.apart_from_seed(run="a") != untold.apart_from_seed(run="b")


def test_names_within_a_run(base: Measurement) -> None:
    assert base.name == "sentiment/notes/a-general-rule-text"
    assert measured(None).name == name_of("sentiment", "notes", None) == "sentiment/notes/clean"
    assert name_of("qa", "squad", base.attack) == "qa/squad/a-general-rule-text"


def test_an_attack_is_called_by_what_is_changed_of_it() -> None:
    assert settings_of(Typo()).label == "typo"
    assert settings_of(Typo(operators=("swap", "repeat"))).label == "typo, operators=[swap, repeat]"
    table = {"sources": ("table",), "table": {"good": ["fine"]}}
    assert settings_of(Synonym(**table, n_synonyms=2)).label == (  # type: ignore[arg-type]
        "synonym, sources=[table], n_synonyms=2, table={good: [fine]}"
    )
    assert [settings_of(Typo(), compatible=each).compatible for each in (False, True)] == [False, True]


# -- which part matters to which number

WHOLE = [0.05, 0.1, 0.3]
CURVES = [
    f"{kind}_{curve}"
    for kind in ("area", "d50", "weighted_total", "robtest_total")
    for curve in (
        "average",
        "worst",
    )
]


def grid(measurement: Measurement, aggregate: str, degree: float | None) -> object:
    return measurement.parts(aggregate, degree)["attack.degrees"]


@pytest.mark.parametrize("level", ["char", "word"])
@pytest.mark.parametrize("aggregate", ["average", "worst", "attack_success_rate"])
def test_under_rule_access_copies_know_of_no_degree_above(
    base: Measurement, aggregate: str, level: Level
) -> None:
    nested = changed(base, "attack", level=level)
    assert grid(nested, aggregate, 0.05) == [0.05]
    assert grid(nested, aggregate, 0.1) == [0.05, 0.1]
    assert grid(nested, aggregate, 0.3) == WHOLE
    higher = changed(nested, "attack", degrees=(0.05, 0.1, 0.6))
    assert nested.differences(higher, (aggregate, 0.1)) == ()
    assert nested.differences(higher, (aggregate, 0.3)) == (
        "degrees that count: [0.05, 0.1, 0.3] and [0.05, 0.1]",
    )
    finer = changed(nested, "attack", degrees=(0.0, 0.02, 0.05, 0.1, 0.3))
    assert nested.differences(finer, (aggregate, 0.1)) == (
        "degrees that count: [0.05, 0.1] and [0.02, 0.05, 0.1]",
    )


@pytest.mark.parametrize(
    ("level", "access"),
    [
        *(("sentence", access) for access in SEARCHES),
        *product(("char", "word"), ("decision", "score", "gradient")),
    ],
)
@pytest.mark.parametrize("aggregate", ["average", "worst", "attack_success_rate"])
def test_whole_texts_and_guided_searches_share_out_the_whole_grid(
    base: Measurement, aggregate: str, level: Level, access: Access
) -> None:
    shared = changed(base, "attack", level=level, access=access)
    assert grid(shared, aggregate, 0.05) == grid(shared, aggregate, 0.3) == WHOLE
    higher = changed(shared, "attack", degrees=(*DEGREES, 0.6))
    assert shared.differences(higher, (aggregate, 0.05)) == (
        "degrees that count: [0.05, 0.1, 0.3] and [0.05, 0.1, 0.3, 0.6]",
    )


@pytest.mark.parametrize(("level", "access"), [*product(("char", "word", "sentence"), SEARCHES)])
def test_at_degree_0_no_degree_counts_and_off_a_curve_all_do(
    base: Measurement, level: Level, access: Access
) -> None:
    measurement = changed(base, "attack", level=level, access=access)
    assert grid(measurement, "worst", 0.0) == []
    assert measurement.differences(changed(measurement, "attack", degrees=(0.0, 0.9)), ("worst", 0.0)) == ()
    for aggregate in CURVES:
        assert grid(measurement, aggregate, None) == WHOLE


def test_the_order_of_the_degrees_does_not_count(base: Measurement) -> None:
    turned = changed(base, "attack", degrees=(0.3, 0.1, 0.05, 0.0))
    assert base.differences(turned, ("area_worst", None)) == ()


def test_a_clean_number_has_no_attack(base: Measurement) -> None:
    clean, number = measured(None), ("clean", None)
    assert not [name for name in base.parts(*number) if name.startswith("attack.")]
    for part, field in (("attack", "seed"), ("attack", "version"), ("search", "version")):
        assert base.differences(other(base, part, field), number) == ()
    assert base.differences(clean, number) == ()
    assert base.identity(*number, run="a") == clean.identity(*number, run="b")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("field", sorted(INDIRECT))
def test_how_the_examples_were_chosen_and_the_scoring_matter_to_no_single_number(
    base: Measurement, field: str, number: tuple[str, float | None]
) -> None:
    there = other(base, "", field)
    assert base.differences(there, number) == ()
    assert base.identity(*number, run="a") == there.identity(*number, run="b")
    assert base.id != there.id


# -- what is unknown

UNTOLD: Mapping[str, Callable[[Measurement], Measurement]] = {
    "options": lambda m: changed(m, "attack", options=UNKNOWN),
    "options.tagger": lambda m: changed(m, "attack", options={"tagger": UNKNOWN}),
    "version of the search": lambda m: changed(m, "search", version=UNKNOWN),
    "search.options": lambda m: changed(m, "search", options=UNKNOWN),
}


@pytest.mark.parametrize("said", UNTOLD)
def test_what_is_unknown_equals_nothing_itself_included(base: Measurement, said: str) -> None:
    untold = UNTOLD[said](base)
    for number in (None, ("worst", 0.1), ("area_average", None)):
        assert untold.differences(untold, number) == (f"{said}: unknown and unknown",)
        assert any(line.startswith(f"{said}: unknown and ") for line in untold.differences(base, number))
        assert base.differences(untold, number)
    identities = {
        untold.identity("worst", 0.1, run="a"),
        untold.identity("worst", 0.1, run="b"),
        base.identity("worst", 0.1, run="a"),
    }
    assert len(identities) == 3


def test_an_unknown_attack_leaves_the_clean_number_known(base: Measurement) -> None:
    untold = changed(base, "attack", options=UNKNOWN)
    assert untold.differences(untold, ("clean", None)) == ()
    assert untold.identity("clean", None, run="a") == untold.identity("clean", None, run="b")


class Silent:
    """An object that says nothing of itself."""

    version = ""

    def __call__(self, text: str) -> tuple[()]:
        return ()


@pytest.mark.parametrize(
    ("field", "value"), [("labels", ("known", UNKNOWN)), ("dataset", UNKNOWN), ("split", UNKNOWN)]
)
def test_a_label_or_a_dataset_of_that_name_is_known(base: Measurement, field: str, value: Any) -> None:
    named = changed(base, "", **{field: value})
    for number in (None, ("worst", 0.1)):
        assert named.differences(named, number) == ()
    assert named.identity("worst", 0.1, run="a") == named.identity("worst", 0.1, run="b")


def test_an_option_that_says_nothing_of_itself_is_unknown() -> None:
    untold = measured(settings_of(Inflection(tagger=Silent())))
    assert untold.differences(untold) == ("options.tagger: unknown and unknown",)


@dataclass(frozen=True)
class Ensemble:
    """An attack of somebody's own that is made of such objects."""

    taggers: tuple[Silent, ...]


@pytest.mark.parametrize("n", [1, 100])
def test_a_list_of_options_that_say_nothing_is_unknown(base: Measurement, n: int) -> None:
    options = options_of(Ensemble((Silent(),) * n))
    untold = changed(base, "attack", options=options)
    assert untold.differences(untold) != ()
    assert untold.identity("worst", 0.1, run="a") != untold.identity("worst", 0.1, run="b")
