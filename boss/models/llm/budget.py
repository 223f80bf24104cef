"""What may be spent on a model behind a server: requests, tokens, money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil
from typing import Any, NamedTuple

from boss.errors import ConfigError, OutOfBudget
from robtest.plural import counted

PER = 1_000_000
"""Tokens that a price is for."""
PER_MESSAGE = 32
"""Tokens of a chat template around a message, at most."""


class Spent(NamedTuple):
    """What was asked: requests that were sent, tokens read and written."""

    requests: int = 0
    n_input: int = 0
    n_output: int = 0


@dataclass(frozen=True)
class Budget:
    """Limits, None for no limit; what counts is everything ever asked of the model on its server.

    Attributes:
        requests: sent, those that failed included.
        tokens: read and written.
        money: in the currency of the prices.
        input_price, output_price: of a million tokens read and written, as its provider says.
    """

    requests: int | None = 1000
    tokens: int | None = None
    money: float | None = None
    input_price: float | None = None
    output_price: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        for item in fields(self):
            value = getattr(self, item.name)
            whole = item.name in ("requests", "tokens")
            kinds = int if whole else (int, float)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0
            ):
                kind = "a whole number" if whole else "a number"
                raise ConfigError(
                    f"model.budget.{item.name} must be {kind} from 0 on, or null for no limit, got {value!r}"
                )
        if self.money is not None and None in (self.input_price, self.output_price):
            raise ConfigError(
                f"model.budget.money={self.money:g} needs what a million tokens cost: "
                "model.budget.input_price=PRICE model.budget.output_price=PRICE"
            )

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> "Budget":
        """Return the budget that options name.

        Raises:
            ConfigError: for an option that there is not.
        """
        names = [item.name for item in fields(cls)]
        if unknown := sorted(set(map(str, options)) - set(names)):
            raise ConfigError(f"model.budget has no {unknown[0]!r}; it has {', '.join(names)}")
        return cls(**{str(name): value for name, value in options.items()})

    def cost(self, spent: Spent) -> float | None:
        """Return the money that was spent; None without prices."""
        if self.input_price is None or self.output_price is None:
            return None
        return (spent.n_input * self.input_price + spent.n_output * self.output_price) / PER

    def refusal(self, spent: Spent, more: Spent) -> OutOfBudget | None:
        """Return why ``more`` may not be spent on top of ``spent``; None where it may."""
        after = Spent(*(one + other for one, other in zip(spent, more, strict=True)))
        cost = self.cost(after)
        checks: Sequence[tuple[str, float | None, float | None, float | None]] = (
            ("requests", self.requests, spent.requests, after.requests),
            ("tokens", self.tokens, spent.n_input + spent.n_output, after.n_input + after.n_output),
            ("money", self.money, self.cost(spent), cost),
        )
        for name, limit, used, needed in checks:
            if limit is not None and used is not None and needed is not None and needed > limit:
                higher = 2 * max(limit, needed)
                value = f"{higher:.4g}" if name == "money" else f"{higher:.0f}"
                return OutOfBudget(
                    f"the budget of {limit:,g} for {name} would be passed: {used:,.6g} spent so far, "
                    f"{needed:,.6g} with the next question",
                    (f"model.budget.{name}={value}",),
                )
        return None

    def short(self, spent: Spent, more: Spent) -> tuple[str, ...]:
        """Return the options by which the budget holds ``more`` on top of ``spent``; none where it does."""
        after = Spent(*(one + other for one, other in zip(spent, more, strict=True)))
        needs = (
            ("requests", self.requests, after.requests, f"{after.requests}"),
            ("tokens", self.tokens, after.n_input + after.n_output, f"{after.n_input + after.n_output}"),
            (
                "money",
                self.money,
                cost := self.cost(after),
                "" if cost is None else f"{ceil(100 * cost) / 100}",
            ),
        )
        return tuple(
            f"model.budget.{name}={value}"
            for name, limit, needed, value in needs
            if limit is not None and needed is not None and needed > limit
        )

    def in_words(self, spent: Spent) -> str:
        """Return what may be spent and what was, as a person would say it."""
        limits = [
            f"{limit:,g} {name}"
            for name, limit in (("requests", self.requests), ("tokens", self.tokens), ("money", self.money))
            if limit is not None
        ]
        return f"budget {', '.join(limits) or 'without limit'}; spent so far {self.spent_in_words(spent)}"

    def spent_in_words(self, spent: Spent) -> str:
        """Return what was spent as a person would say it."""
        cost = self.cost(spent)
        money = "" if cost is None else f", {cost:.4f} in money"
        return (
            f"{counted(spent.requests, 'request')}, {spent.n_input:,} tokens read and "
            f"{spent.n_output:,} written{money}"
        )


def most(messages: Sequence[Mapping[str, str]], max_tokens: int) -> Spent:
    """Return what one request costs at most: no tokenizer here makes more tokens than bytes."""
    n_bytes = sum(len(value.encode()) for message in messages for value in message.values())
    return Spent(1, n_bytes + PER_MESSAGE * (1 + len(messages)), max_tokens)
