"""The query of a request, read strictly: unknown parameters are refused by name, not ignored."""

from collections.abc import Iterable, Mapping, Sequence

from boss.errors import BossError, suggestion
from leaderboard.text import shown

MOST_VALUES = 100
_SHOWN = 20


class RequestError(BossError):
    """A request that cannot be answered; ``status`` is the HTTP status."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Query:
    """The parameters of a request."""

    def __init__(self, pairs: Sequence[tuple[str, str]], parameters: Sequence[str]) -> None:
        """Take the pairs of a query string, all of them named in ``parameters``.

        Raises:
            RequestError: naming the parameter that is not known, is empty or makes them too many.
        """
        if len(pairs) > MOST_VALUES:
            raise RequestError(f"the request has {len(pairs)} parameters; at most {MOST_VALUES} are read")
        self.values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in parameters:
                near = suggestion(name, parameters)
                names = ", ".join(parameters) or "none"
                raise RequestError(f"unknown parameter {shown(name)!r}{near}; known here: {names}")
            if not value:
                raise RequestError(f"the parameter {name} is empty; give it a value or leave it out")
            self.values.setdefault(name, []).append(value)

    def value(self, name: str) -> str | None:
        """Return the value of a parameter, None where it is not there.

        Raises:
            RequestError: if it is there twice.
        """
        values = self.values.get(name, [])
        if len(values) > 1:
            raise RequestError(f"the parameter {name} is there {len(values)} times; give it once")
        return values[0] if values else None

    def among(self, name: str, options: Iterable[str], default: str | None = None) -> str:
        """Return the value of a parameter, which is one of the options; the only option may be left out.

        Args:
            default: what it is where it is not there.

        Raises:
            RequestError: naming the options.
        """
        choices, value = list(options), self.value(name) or default
        if value is None and len(choices) == 1:
            return choices[0]
        if value is None:
            raise RequestError(f"the parameter {name} is missing; {_listed(choices)}")
        if value not in choices:
            near = suggestion(value, choices)
            raise RequestError(f"there is no {name} {shown(value)!r}{near}; {_listed(choices)}", 404)
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``.

        Raises:
            RequestError: if it is none.
        """
        text = self.value(name)
        if text is None:
            return default
        # isdigit alone lets superscripts through, and int reads digits of every script.
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and low <= int(text) <= high):
            raise RequestError(f"{name} is {shown(text)!r}; it is a whole number from {low} to {high}")
        return int(text)

    def filters(self, names: Iterable[str]) -> Mapping[str, list[str]]:
        """Return the values of those of ``names`` that the query has."""
        return {name: self.values[name] for name in names if name in self.values}


def _listed(options: Sequence[str]) -> str:
    if not options:
        return "there is none here"
    more = f" and {len(options) - _SHOWN} more" if len(options) > _SHOWN else ""
    return "there is: " + ", ".join(repr(shown(option)) for option in options[:_SHOWN]) + more
