"""Every setting of the site that is an environment variable: its type, its default, what it means."""

import difflib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from boss.errors import ConfigError
from robtest.plural import counted

PREFIX = "BOSS_"
Switch = Literal["on", "off"]

_SWITCH = "on or off"
_HOST = r"(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?)"
_ORIGIN = re.compile(rf"\*|https?://{_HOST}(?::\d{{1,5}})?")
SHORTEST_SALT = 16

OTHERS = {
    "BOSS_PROCESSED": "the commands that measure",
    "BOSS_REAL_DATA": "the project's tests",
    "BOSS_PICTURES": "the project's tests",
}
"""Variables that are no settings of the site, and who reads them."""
GONE = {
    "BOSS_REVIEW_PASSWORD_HASH": "reviewers sign in by OpenID Connect alone: name the provider and who may "
    "review in .streamlit/secrets.toml, as docs/running-the-site.md shows, and take the variable out: "
    "unset BOSS_REVIEW_PASSWORD_HASH"
}
"""Settings that there were, and what stands in their place."""


def _hosts(value: object) -> object:
    """Return the names of a list with commas, in small letters."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip().lower() for part in value.split(",") if part.strip())


def _host(name: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(name)}]"
    except ValueError:
        pass  # no address with colons
    if re.fullmatch(_HOST, name) is None:
        raise ValueError("no host")
    return name


def _origin(value: str) -> str:
    if _ORIGIN.fullmatch(value) is None:
        raise ValueError("no origin")
    return value


class Settings(BaseSettings):
    """The settings; a field ``name`` is the variable ``BOSS_NAME``, and an empty variable is none.

    ``title`` of a field is the rule its value must follow, ``description`` what it means.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    runs: Annotated[
        Path,
        Field(
            title="a folder",
            description="Folder with the runs that are shown; --runs DIR goes before it.",
        ),
    ] = Path("runs")
    shipped: Annotated[
        Switch,
        Field(
            title=_SWITCH,
            description="Whether the results that come with the project stand beside them; "
            "--no-shipped switches them off.",
        ),
    ] = "on"
    texts: Annotated[
        Switch,
        Field(
            title=_SWITCH,
            description="Whether texts of datasets are shown; --texts switches them on. Their licences let "
            "you read them on your own machine, and may not let a public site show them.",
        ),
    ] = "off"
    hosts: Annotated[
        tuple[Annotated[str, AfterValidator(_host)], ...],
        NoDecode,
        BeforeValidator(_hosts),
        Field(
            title="names or addresses without port, with commas between them, as in "
            "board.example.org,www.example.org",
            description="Under which names the site answers, beside those of this machine (localhost, "
            "127.0.0.1, [::1]) and the address it listens on. Behind a proxy: the name that readers type.",
        ),
    ] = ()
    api_origin: Annotated[
        str | None,
        AfterValidator(lambda value: value if value is None else _origin(value)),
        Field(
            title="* or one origin, as in https://example.org",
            description="Web origin whose pages may read the API in a browser, or * for all. Without it "
            "none may; programs other than browsers do not ask.",
        ),
    ] = None
    board: Annotated[
        Path | None,
        Field(
            title="a folder",
            description="Folder of the board. Without it the site takes no uploads and has no page Review.",
        ),
    ] = None
    review_salt: Annotated[
        SecretStr | None,
        Field(
            title=f"a secret of {SHORTEST_SALT} characters or more",
            min_length=SHORTEST_SALT,
            description="Secret by which python -m leaderboard.review draws the examples it looks at; the "
            "pages do not need it.",
        ),
    ] = None
    cache: Annotated[
        Path | None,
        Field(
            title="a folder",
            description="Folder for files that can be made again, of the site and of the commands that "
            "measure. Without it the user's cache folder.",
        ),
    ] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what `settings_of` hands over: no other environment, no file found by chance."""
        return (init_settings,)


def settings_of(environment: Mapping[str, str]) -> Settings:
    """Return the settings that an environment names.

    Raises:
        ConfigError: naming the variable that is unknown, gone or wrong, its rule, and what mends it.
    """
    return _settings(frozenset(item for item in environment.items() if item[0].startswith(PREFIX)))


def variable(field: str) -> str:
    """Return the variable of a setting.

    >>> variable("review_salt")
    'BOSS_REVIEW_SALT'
    """
    return PREFIX + field.upper()


def rows(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and meaning of every setting; a secret is hidden."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        said = "set, hidden" if isinstance(value, SecretStr) else _said(value)
        yield variable(name), said, field.description or ""


def as_markdown() -> str:
    """Return the table of the settings that docs/running-the-site.md holds."""
    lines = ["| variable | value | default | meaning |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _said(field.default)
        cells = (f"`{variable(name)}`", field.title or "", default, field.description or "")
        lines.append("| " + " | ".join(cell.replace("*", "\\*") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=64)
def _settings(variables: frozenset[tuple[str, str]]) -> Settings:
    given = dict(variables)
    known = {variable(name): field for name, field in Settings.model_fields.items()}
    for name in sorted(given.keys() - known.keys() - OTHERS.keys()):
        if given[name]:
            raise ConfigError(_unknown(name, list(known)))
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in given.items() if value}
    try:
        return Settings(**source())
    except ValidationError as error:
        # The first of them: mend one, start again.
        name = variable(str(error.errors()[0]["loc"][0]))
        raise ConfigError(_wrong(name, given[name], known[name])) from None


def _unknown(name: str, known: list[str]) -> str:
    if name in GONE:
        return f"{name} is no setting any more: {GONE[name]}"
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]}?" if near else f"settings are {', '.join(known)}."
    return f"{name} is no setting of the site; {meant} Take it out: unset {name}"


def _wrong(name: str, value: str, field: FieldInfo) -> str:
    secret = field.annotation == SecretStr | None
    said = f"has {counted(len(value), 'character')}" if secret else f"is {value!r:.100}"
    return f"{name} {said}; it must be {field.title}. Set it so, or take it out: unset {name}"


def _said(value: object) -> str:
    if value is None or value == ():
        return "not set"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
