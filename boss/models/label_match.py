"""From the label names of somebody else's fine-tuned model to the labels of a task."""

from collections.abc import Mapping, Sequence

from boss.errors import ConfigError, ModelError
from boss.models.label_map import LabelMap
from boss.models.label_names import (
    CLASS_NAMES,
    NO_ENTITIES,
    OUTSIDE,
    TYPE_NAMES,
    folded,
    meaning,
    nearest,
    readings,
)
from boss.tasks import Task
from robtest.plural import counted

Given = Mapping[str, str] | Sequence[str] | None
"""A label map as it is given: the model's name -> the task's, or the task's of each output in order."""

TO_FILL, TO_FILL_IN_LIST = "???", "LABEL"
"""What stands for a label that is to be filled in, and is refused where it is left: in a map Hydra's own sign
of a missing value, which in a list it takes for a fault of its own."""


def map_labels(
    model: str,
    task: Task,
    names: Sequence[str],
    label_map: Given = None,
    *,
    neutral_threshold: float | None = None,
    iob1: bool = False,
    independent: bool = False,
    partial: bool = False,
    otherwise: str = "or train the head with method=finetune",
) -> LabelMap:
    """Return the map from a model's outputs, called ``names``, to the task's labels.

    A name is looked up in ``label_map`` first (of tags also the type alone), then taken as the task's own
    name, in any case, then as one of `boss.models.label_names`. A tagger may lack entity types, a classifier
    classes, if it tells two apart.

    Args:
        iob1: names of tags in IOB1 are those of BIO, so it has to be said.
        independent: see `LabelMap`.
        partial: the label map may name labels that are not among ``names``.
        otherwise: another way out, for the error.

    Raises:
        ConfigError: for a label map that names what neither has.
        ModelError: listing the names of both where they do not match, with a map to fill in.
    """
    if len(names) == 1 and not independent:
        raise ModelError(
            f"model {model} has one output, {names[0]}, and so tells no classes apart; {otherwise}"
        )
    raw = _by_name(names, label_map)
    if not partial:
        _refuse_strangers(task, names, raw)
    given = _given(task, raw)
    if task.kind == "tagging":
        _refuse_threshold(task, neutral_threshold, "a tagger")
        return _of_tags(model, task, names, raw, iob1, otherwise)
    targets = [given.get(folded(name)) or _class(name, task) for name in names]
    if None in targets:
        stray = [name for name, target in zip(names, targets, strict=True) if target is None]
        raise _mismatch(model, task, names, stray, raw, otherwise)
    ids: dict[str, list[int]] = {}
    for output, target in enumerate(targets):
        ids.setdefault(str(target), []).append(output)
    if independent and len(task.labels) - len(ids) <= 1:
        _refuse_threshold(task, neutral_threshold, f"model {model}, whose outputs are independent,")
        return LabelMap(_members(task, ids), independent=True)
    groups = tuple(task.members(label) for label in (*task.labels, *task.merged) if label in ids)
    if independent or len(groups) < 2 or sum(map(len, groups)) != len({n for group in groups for n in group}):
        means = "; ".join(f"{name} means {target}" for name, target in zip(names, targets, strict=True))
        raise ModelError(
            f"model {model} does not tell the classes of task {task.name} apart ({', '.join(task.labels)}): "
            f"{means}. Correct what is wrong of it with model.label_map={{NAME: LABEL}}, {otherwise}"
        )
    if neutral_threshold is None:
        whole = all(label in ids for label in task.labels)
        return LabelMap(_members(task, ids), None if whole else groups)
    if "neutral" not in task.labels or "neutral" in ids or len(groups) != 2:
        _refuse_threshold(task, neutral_threshold, f"model {model}, whose labels are {', '.join(names)},")
    return LabelMap(_members(task, ids), neutral=(task.labels.index("neutral"), float(neutral_threshold)))


def _members(task: Task, ids: Mapping[str, Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Return the outputs of each label of the task; those of a merged label are its first member's."""
    own = {task.members(label)[0]: tuple(outputs) for label, outputs in ids.items()}
    return tuple(own.get(label, ()) for label in task.labels)


def _class(name: str, task: Task) -> str | None:
    return meaning(name, (*task.labels, *task.merged), CLASS_NAMES)


def _refuse_threshold(task: Task, threshold: float | None, what: str) -> None:
    if threshold is not None:
        raise ConfigError(
            f"model.neutral_threshold={threshold:g} is for a model of two classes on a task that has neutral "
            f"as well; {what} on task {task.name} is none: leave it out"
        )


def _of_tags(
    model: str, task: Task, names: Sequence[str], raw: Mapping[str, str], iob1: bool, otherwise: str
) -> LabelMap:
    given = _given(task, raw)
    kinds = _kinds(task)
    targets = [_tag(name, task, kinds, given) for name in names]
    stray = [name for name, target in zip(names, targets, strict=True) if target is None]
    if stray or "O" not in targets:
        types = list(dict.fromkeys(readings(name)[0].kind for name in stray or names))
        raise _mismatch(model, task, names, types, raw, otherwise)
    members = tuple(
        tuple(output for output, target in enumerate(targets) if target == label) for label in task.labels
    )
    has = dict(zip(task.labels, members, strict=True))
    bare = any(has[f"I-{kind}"] and not has[f"B-{kind}"] for kind in kinds)
    return LabelMap(members, opens=task.labels if iob1 or bare else ())


def _tag(name: str, task: Task, kinds: Sequence[str], given: Mapping[str, str]) -> str | None:
    """Return the tag of the task that a tagger's tag means; None where it cannot be told."""
    whole = given.get(folded(name))
    if whole in task.labels:
        return whole
    if whole is not None:
        return f"{readings(name)[0].role}-{whole}"
    if folded(name) in OUTSIDE:
        return "O"
    for role, kind in readings(name):
        target = given.get(folded(kind)) or meaning(kind, kinds, TYPE_NAMES)
        if target is not None:
            return target if target in task.labels else f"{role}-{target}"
    return None


def _by_name(names: Sequence[str], label_map: Given) -> dict[str, str]:
    """Return a label map by name, also where it is a list."""
    if label_map is None:
        return {}
    if isinstance(label_map, Mapping):
        return {str(name): str(target) for name, target in label_map.items()}
    if isinstance(label_map, str) or len(label_map) != len(names):
        raise ConfigError(
            f"model.label_map={label_map} must be a map, or a list with one label for each of the "
            f"{counted(len(names), 'output')} of the model in order: {', '.join(names)}"
        )
    return dict(zip(names, map(str, label_map), strict=True))


def label_of(name: str, task: Task, label_map: Mapping[str, str]) -> str | None:
    """Return the label of the task that a name means, of classes also a merged one; None where it is none.

    Raises:
        ConfigError: for a label map that names no label of the task.
    """
    given = _given(task, label_map)
    if task.kind == "tagging":
        return name if name in task.labels else _tag(name, task, _kinds(task), given)
    return given.get(folded(name)) or _class(name, task)


def _refuse_strangers(task: Task, names: Sequence[str], raw: Mapping[str, str]) -> None:
    known = {folded(name) for name in names}
    if task.kind == "tagging":
        known |= {folded(reading.kind) for name in names for reading in readings(name)}
    for name in raw:
        if folded(name) not in known:
            raise ConfigError(
                f"model.label_map names {name}, which is no label of the model; its labels: "
                f"{', '.join(names)}"
            )


def _given(task: Task, raw: Mapping[str, str]) -> dict[str, str]:
    """Return a label map as folded name -> label of the task (of a tagger also its type), checked."""
    targets = [*task.labels, *task.merged, *(_kinds(task) if task.kind == "tagging" else ())]
    by_name = {folded(target): target for target in targets}
    out = {}
    for name, target in raw.items():
        if folded(target) not in by_name:
            raise ConfigError(
                f"model.label_map says {name}: {target}, and {target} is no label of task {task.name}; "
                f"its labels: {', '.join(targets)}"
            )
        out[folded(name)] = by_name[folded(target)]
    return out


def _mismatch(
    model: str,
    task: Task,
    names: Sequence[str],
    stray: Sequence[str],
    raw: Mapping[str, str],
    otherwise: str,
) -> ModelError:
    """Return the error on names that do not match, with the map that cures it as Hydra reads it."""
    proposal = {**raw, **{name: _proposed(name, task) for name in stray}}
    option, blank = _as_option(proposal), TO_FILL
    if option is None:  # a name that Hydra cannot read as a key
        in_order = [proposal.get(name) or _proposed(name, task) for name in names]
        blank = TO_FILL_IN_LIST
        option = f"model.label_map=[{', '.join(in_order)}]".replace(TO_FILL, blank)
    fill = f" (with a label of the task for every {blank})" if blank in option else ""
    classes = ", ".join((*task.labels, *task.merged))
    return ModelError(
        f"labels of model {model} do not match task {task.name}. The model's: {', '.join(names)}. "
        f"The task's: {classes}. Say which is which{fill}: '{option}', {otherwise}"
    )


def _proposed(name: str, task: Task) -> str:
    """Return the label that a name means or is nearly written as; else what is to be filled in."""
    if task.kind == "classification":
        return _class(name, task) or nearest(name, (*task.labels, *task.merged)) or TO_FILL
    kinds = _kinds(task)
    known = _tag(name, task, kinds, {})
    if known is not None or folded(readings(name)[0].kind) in NO_ENTITIES:
        return known or "O"
    return nearest(name, kinds) or TO_FILL


def _kinds(task: Task) -> list[str]:
    return list(dict.fromkeys(label[2:] for label in task.labels if label != "O"))


def _as_option(proposal: Mapping[str, str]) -> str | None:
    """Return a map as a word of the command line; None where Hydra would read other names out of it."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    option = f"model.label_map={{{', '.join(f'{name}: {target}' for name, target in proposal.items())}}}"
    try:
        read = OverridesParser.create().parse_override(option).value()
    except HydraException:
        return None
    same = isinstance(read, dict) and {str(key): str(value) for key, value in read.items()} == dict(proposal)
    return option if same and "'" not in option else None
