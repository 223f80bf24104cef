"""How a right answer is written as a model should write it: the form prompts ask for and parsers read."""

import json

from boss.data.types import Answer, Example
from boss.metrics.spans import spans
from boss.models.llm.functions import number_of
from boss.models.llm.orders import LabelOrder
from boss.models.llm.prompt import shown
from boss.tasks import Task

TYPE, TEXT = "type", "text"
"""Keys of an entity in an answer."""
LABEL, PHRASE, ENTITIES = "label", "answer", "entities"
"""The one key of a structured answer: to labels, to questions, to named entities."""


def written(task: Task, example: Example, *, structured: bool = False, order: LabelOrder = "given") -> str:
    """Return the gold answer of an example as a model should write it.

    That is a label as prompts write it; of the gold answers of a question the shortest, the first of equals,
    nothing where there is none; for tagging a JSON list of the entities in the order of the sentence.

    Args:
        structured: as the JSON object that ``model.structured=true`` asks for.
        order: in which the functions of a choice are numbered.

    >>> task = TASKS["ner"]
    >>> written(task, Example("a", {"tokens": ("Mr", "Ito", "left")}, ("O", "B-person", "O"), "a"))
    '[{"type": "person", "text": "Ito"}]'
    """
    if task.kind == "tagging":
        entities = _entities(example)
        return _json({ENTITIES: entities} if structured else entities)
    if task.kind == "span":
        answers = [item.text for item in example.gold if isinstance(item, Answer)]
        phrase = min(answers, key=len, default="")
        return _json({PHRASE: phrase}) if structured else phrase
    label = number_of(task, example, order) if task.is_choice else shown(str(example.gold))
    return _json({LABEL: label}) if structured else label


def _entities(example: Example) -> list[dict[str, str]]:
    tokens, tags = example.inputs["tokens"], example.gold_texts
    return [
        {TYPE: shown(kind), TEXT: " ".join(tokens[start:end])}
        for start, end, kind in sorted(spans(" ".join(tags)))
    ]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
