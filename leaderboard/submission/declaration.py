"""What a sender declares: who it is, what the model was trained on, what it saw of the OOD data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from boss.measurement import Strict
from leaderboard.submission.findings import Refused
from leaderboard.submission.layout import DECLARATION
from leaderboard.submission.names import CURE, fault


def _named(name: str) -> str:
    if wrong := fault(name):
        raise ValueError(f"{name!a:.80} {wrong}. {CURE}")
    return name


Short = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[Short, AfterValidator(_named)]
Long = Annotated[str, Field(max_length=2000)]
Names = Annotated[tuple[Short, ...], Field(max_length=200)]
Exposure = Literal["none", "unlabelled", "selection", "training", "unknown"]

EXPOSURES: dict[Exposure, str] = {
    "none": "the OOD data was not looked at before the run",
    "unlabelled": "its texts were seen, without labels",
    "selection": "settings or a checkpoint were chosen by it",
    "training": "the model was trained on some of it",
    "unknown": "nobody can say, as for most large pretrained models",
}


class Contaminated(Strict):
    """A dataset whose test examples the model has, or may have, learnt from."""

    dataset: Name
    reason: Short


class Declaration(Strict):
    """submission.json. There are no defaults for what only the sender knows: ``unknown`` is an answer.

    Attributes:
        training_data: all the model was trained on after pretraining, by name; empty for none.
        external_data: further data that went into it (pretraining, distillation, a teacher), by name.
        ood_exposure: the strongest that is true, see `EXPOSURES`.
        licence: under which the predictions may be published.
        contaminated: measurements to be shown as such; the other measurements keep their place.
    """

    schema_version: Literal[1] = 1
    submitter: Name
    contact: Short
    licence: Short
    training_data: Names
    external_data: Names
    ood_exposure: Exposure
    contaminated: Annotated[tuple[Contaminated, ...], Field(max_length=200)] = ()
    notes: Long = ""

    def encode(self) -> bytes:
        """Return the file's bytes; the same declaration gives the same bytes."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def read_declaration(path: Path) -> Declaration:
    """Read and check a declaration.

    Raises:
        Refused: naming the field that is missing, unknown or too long.
    """
    cure = f"Write it as docs/submitting.md says; ood_exposure is one of {', '.join(EXPOSURES)}."
    try:
        return Declaration.model_validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Refused("declaration", DECLARATION, f"{where}: {first['msg']}", cure) from error
    except OSError as error:
        raise Refused("declaration", DECLARATION, f"cannot be read: {error.strerror}", cure) from error
