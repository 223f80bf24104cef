import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from boss.data import suite
from boss.data.suite import load_suite
from boss.errors import ConfigError, DatasetMissing
from boss.tasks import TASKS

MakeSuite = Callable[..., Path]
HOME = "text,label\n" + "".join(f"thing number {i},positive\n" for i in range(200))
AWAY = "text,label\n" + "".join(f"far thing {i},neutral\n" for i in range(40))


def test_the_toy_suite_loads_all_five_tasks_id_first(toy_conf: Path, tmp_path: Path) -> None:
    toy = load_suite("toy", [toy_conf], tmp_path)
    assert [task.name for task in toy.tasks] == list(TASKS)
    assert (toy.name, toy.version, toy.stand_in) == ("toy", "1", True)
    for task in toy.tasks:
        data = toy.load(task.name)
        assert data.failures == ()
        assert data.train is not None
        assert data.validation is not None
        assert [split.card.role for split in data.tests] == ["id", "ood"]
        ids = [e.id for s in (data.train, data.validation, *data.tests) for e in s.examples]
        assert len(ids) == len(set(ids))


def test_labels_and_fields_are_those_of_the_task(toy_conf: Path, tmp_path: Path) -> None:
    toy = load_suite("toy", [toy_conf], tmp_path)
    for task in toy.tasks:
        for split in toy.load(task.name).tests:
            for example in split.examples:
                assert tuple(example.inputs) == task.fields
                if task.kind == "classification":
                    assert task.members(str(example.gold))
                elif task.kind == "tagging":
                    assert len(example.inputs["tokens"]) == len(example.gold)
                    assert set(example.gold) <= set(task.labels)


def test_a_carved_dataset_has_three_splits_that_share_no_source(suite_of: MakeSuite, tmp_path: Path) -> None:
    data = load_suite("own", [suite_of({"home.csv": HOME})], tmp_path).load("sentiment")
    assert data.train is not None
    assert data.validation is not None
    sizes = [len(data.train.examples), len(data.validation.examples), len(data.tests[0].examples)]
    assert sum(sizes) == 200
    expected = (140, 20, 40)  # 70, 10 and 20 % of 200; four standard deviations are below 30
    assert all(abs(size - mean) < 30 for size, mean in zip(sizes, expected, strict=True))


def test_the_cache_gives_what_building_gave(
    toy_conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = [load_suite("toy", [toy_conf], tmp_path).load(name) for name in TASKS]

    def never(*_: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr(suite, "build", never)
    assert [load_suite("toy", [toy_conf], tmp_path).load(name) for name in TASKS] == built


def test_a_damaged_cache_is_built_again(toy_conf: Path, tmp_path: Path) -> None:
    toy = load_suite("toy", [toy_conf], tmp_path)
    built = toy.load("qa")
    (stored,) = (tmp_path / "splits" / "toy").glob("qa-*.jsonl")
    stored.write_bytes(stored.read_bytes()[:-20])
    assert toy.load("qa") == built


def test_one_changed_character_changes_the_manifest_hash(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    before = load_suite("own", [conf], tmp_path).load("sentiment").tests
    (conf / "dataset" / "own" / "away.csv").write_text(AWAY.replace("far thing 7", "far thinG 7"))
    after = load_suite("own", [conf], tmp_path).load("sentiment").tests
    assert before[0].sha256 == after[0].sha256
    assert before[1].sha256 != after[1].sha256


def test_a_seeded_subset_is_nested_and_leaves_removal_alone(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY + "far thing 3,neutral\n"})
    own = load_suite("own", [conf], tmp_path)
    full = own.load("sentiment").tests[1]
    small, large = (own.load("sentiment", n_examples=n, seed=3).tests[1] for n in (5, 20))
    assert large.examples[:5] == small.examples
    assert (small.subset, small.n_total, full.subset) == ("seeded:3", 41, "all")
    assert small.noted == full.noted == {"a text that stands twice": 1}
    assert small.removed == full.removed == {}
    assert own.load("sentiment", n_examples=5, seed=4).tests[1].examples != small.examples
    assert own.load("sentiment", n_examples=41).tests[1] == full


def test_a_cap_takes_the_same_examples_whatever_the_seed(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME}, train_cap={"sentiment": 50}, validation_cap=5)
    own = load_suite("own", [conf], tmp_path)
    one, two = (own.load("sentiment", seed=seed) for seed in (1, 2))
    assert one.train is not None
    assert one.validation is not None
    assert (len(one.train.examples), one.train.subset) == (50, "cap")
    assert one.train.n_total > 100
    assert len(one.validation.examples) == 5
    assert one.train == two.train


def test_a_failed_dataset_leaves_the_others_whole(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of(
        {"home.csv": HOME, "away.csv": AWAY, "gone.csv": AWAY, "odd.csv": "text,label\na,angry\n"}
    )
    (conf / "dataset" / "own" / "gone.csv").unlink()
    data = load_suite("own", [conf], tmp_path).load("sentiment")
    assert [split.dataset for split in data.tests] == ["home", "away"]
    assert [name for name, _ in data.failures] == ["gone", "odd"]
    assert isinstance(data.failures[0][1], DatasetMissing)
    assert "label 'angry' is not in `labels:`" in str(data.failures[1][1])


def test_without_the_id_dataset_there_is_no_training_data(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": "", "away.csv": AWAY})
    data = load_suite("own", [conf], tmp_path).load("sentiment")
    assert data.train is None
    assert [name for name, _ in data.failures] == ["home"]
    assert [split.dataset for split in data.tests] == ["away"]


def test_training_data_can_be_left_out(toy_conf: Path, tmp_path: Path) -> None:
    data = load_suite("toy", [toy_conf], tmp_path).load("sentiment", with_train=False)
    assert (data.train, data.validation, len(data.tests)) == (None, None, 2)


def test_a_dataset_is_added_by_a_file_in_the_users_own_folder(
    suite_of: MakeSuite, toy_conf: Path, tmp_path: Path
) -> None:
    conf = suite_of({"extra.csv": AWAY})
    shutil.move(conf / "dataset" / "own", conf / "dataset" / "toy")
    toy = load_suite("toy", [toy_conf, conf], tmp_path)
    assert [split.dataset for split in toy.load("sentiment").tests] == ["toy_reviews", "toy_posts", "extra"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("task", "sentimant", "unknown task 'sentimant'"),
        ("role", "iid", "role: Input should be 'id' or 'ood'"),
        ("licens", "MIT", "licens: Extra inputs are not permitted"),
        ("labels", ["good", "bad"], "label 'good' is not a label of task sentiment"),
        ("labels", [], "labels: needs at least two"),
        ("files", {"train": "a"}, "an OOD dataset has a test file, and train where"),
        ("reader", {"_target_": "os.system", "command": "true"}, "must be a class, where it is defined"),
        ("reader", {"_target_": "boss.data.sources.os.system"}, "does not exist|is not where"),
        ("reader", {"_target_": "boss.data.sources.Path"}, "must be a class, where it is defined"),
        ("reader", {"_target_": "boss.data.readers.ratings.Ratings", "treshold": 1}, "treshold"),
    ],
)
def test_a_wrong_dataset_file_names_file_key_and_rule(
    suite_of: MakeSuite, tmp_path: Path, key: str, value: object, message: str
) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": AWAY})
    path = conf / "dataset" / "own" / "away.yaml"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ConfigError, match=message):
        load_suite("own", [conf], tmp_path)


def test_yaml_that_cannot_be_read_names_the_file(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME})
    (conf / "dataset" / "own" / "home.yaml").write_text("title: a: b")
    with pytest.raises(ConfigError, match=r"home\.yaml: not valid YAML"):
        load_suite("own", [conf], tmp_path)


def test_two_id_datasets_of_one_task_are_refused(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME, "home2.csv": AWAY})
    with pytest.raises(ConfigError, match=r"needs one dataset with role id; found \['home', 'home2'\]"):
        load_suite("own", [conf], tmp_path)


def test_unknown_names_list_the_known_ones(toy_conf: Path, suite_of: MakeSuite, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"unknown suite 'toi' \(did you mean 'toy'\?\); known suites: own, toy"
    ):
        load_suite("toi", [toy_conf, suite_of({"home.csv": HOME})], tmp_path)
    own = load_suite("own", [suite_of({"home.csv": HOME})], tmp_path)
    with pytest.raises(ConfigError, match="suite own has no task 'qa'; its tasks: sentiment"):
        own.load("qa")
    with pytest.raises(ConfigError, match=r"no task 'sentimant' \(did you mean 'sentiment'\?\)"):
        own.load("sentimant")
    with pytest.raises(ConfigError, match=r"n_examples must be at least 1.*got -3"):
        own.load("sentiment", n_examples=-3)


def test_a_repeated_id_is_an_error(suite_of: MakeSuite, tmp_path: Path) -> None:
    conf = suite_of({"home.csv": HOME, "away.csv": "text,label,key\na,neutral,1\nb,neutral,1\n"})
    path = conf / "dataset" / "own" / "away.yaml"
    spec = json.loads(path.read_text())
    path.write_text(json.dumps(spec | {"reader": spec["reader"] | {"id": "key"}}))
    ((name, error),) = load_suite("own", [conf], tmp_path).load("sentiment").failures
    assert name == "away"
    assert "id 'away-1' occurs more than once" in str(error)


def test_a_source_that_cannot_be_had_is_asked_once(
    suite_of: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fail(*_: object) -> None:
        asked.append(1)
        raise DatasetMissing("gone")

    conf = suite_of({"home.csv": HOME, "one.csv": AWAY, "two.csv": AWAY})
    two = conf / "dataset" / "own" / "two.yaml"
    two.write_text(two.read_text().replace("two.csv", "one.csv"))
    monkeypatch.setattr("boss.data.sources.LocalFile.get", fail)
    data = load_suite("own", [conf], tmp_path).load("sentiment")
    assert len(data.failures) == 3
    assert len(asked) == 2
