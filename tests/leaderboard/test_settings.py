import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from boss.errors import ConfigError
from leaderboard.settings import GONE, OTHERS, Settings, as_markdown, rows, settings_of, variable

ROOT = Path(__file__).parents[2]
SALT = "a secret of 26 characters!"


def command(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOSS_")}
    return subprocess.run(
        [sys.executable, "-m", "leaderboard", *words],
        env={**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_what_is_not_set_has_its_default() -> None:
    assert settings_of({}) == settings_of({"BOSS_TEXTS": "", "HOME": "/"}) == Settings()
    settings = settings_of({})
    assert (settings.runs, settings.shipped, settings.texts) == (Path("runs"), "on", "off")
    assert (settings.hosts, settings.api_origin, settings.board, settings.cache) == ((), None, None, None)


def test_what_is_set_is_read() -> None:
    found = settings_of(
        {
            "BOSS_RUNS": "a",
            "BOSS_SHIPPED": "off",
            "BOSS_TEXTS": "on",
            "BOSS_HOSTS": "Board.example.org, 192.0.2.7,[2001:db8::1],2001:DB8::2",
            "BOSS_API_ORIGIN": "https://example.org:8443",
            "BOSS_BOARD": "b",
            "BOSS_REVIEW_SALT": SALT,
            "BOSS_CACHE": "c",
        }
    )
    assert found.hosts == ("board.example.org", "192.0.2.7", "[2001:db8::1]", "[2001:db8::2]")
    assert (found.runs, found.board, found.cache) == (Path("a"), Path("b"), Path("c"))
    assert (found.shipped, found.texts, found.api_origin) == ("off", "on", "https://example.org:8443")
    assert found.review_salt is not None and found.review_salt.get_secret_value() == SALT


def test_no_other_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOSS_TEXTS", "on")
    assert settings_of({}).texts == Settings().texts == "off"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("BOSS_TEXTS", "ON", "BOSS_TEXTS is 'ON'; it must be on or off"),
        ("BOSS_SHIPPED", "no", "BOSS_SHIPPED is 'no'; it must be on or off"),
        ("BOSS_HOSTS", "a.org:80", "BOSS_HOSTS is 'a.org:80'; it must be names or addresses without port"),
        ("BOSS_HOSTS", "*", "must be names or addresses"),
        ("BOSS_HOSTS", "https://a.org", "must be names or addresses"),
        ("BOSS_API_ORIGIN", "https://a.org/", r"it must be \* or one origin"),
        ("BOSS_API_ORIGIN", "a\r\nX: y", r"it must be \* or one origin"),
        ("BOSS_REVIEW_SALT", "short", "has 5 characters; it must be a secret of 16"),
        ("BOSS_TEXT", "on", "BOSS_TEXT is no setting of the site; did you mean BOSS_TEXTS"),
        ("BOSS_QQQ", "1", "settings are BOSS_RUNS, "),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule_and_a_cure(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        settings_of({name: value})
    assert f"unset {name}" in str(caught.value)


def test_a_wrong_secret_is_not_printed() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of({"BOSS_REVIEW_SALT": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_the_password_of_before_says_what_stands_in_its_place() -> None:
    with pytest.raises(ConfigError, match="OpenID Connect") as caught:
        settings_of({"BOSS_REVIEW_PASSWORD_HASH": "scrypt:hunter2"})
    assert "unset BOSS_REVIEW_PASSWORD_HASH" in str(caught.value) and "hunter2" not in str(caught.value)
    done = command("--settings", BOSS_REVIEW_PASSWORD_HASH="scrypt:hunter2")
    assert done.returncode == 1 and done.stderr.startswith("error: BOSS_REVIEW_PASSWORD_HASH is no setting")


def test_variables_of_the_commands_that_measure_are_let_through() -> None:
    assert settings_of(dict.fromkeys(OTHERS, "x")) == Settings()


def test_the_command_prints_every_setting_and_no_secret() -> None:
    done = command("--settings", BOSS_REVIEW_SALT=SALT, BOSS_HOSTS="board.example.org")
    assert done.returncode == 0, done.stderr
    for name in Settings.model_fields:
        assert variable(name) in done.stdout
    assert SALT not in done.stdout and "set, hidden" in done.stdout
    assert "board.example.org" in done.stdout and "[::1]" in done.stdout
    assert [value for name, value, _ in rows(settings_of({})) if name == "BOSS_REVIEW_SALT"] == ["not set"]


def test_the_site_does_not_start_with_a_wrong_setting() -> None:
    done = command(BOSS_TEXTS="maybe")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: BOSS_TEXTS is 'maybe'; it must be on or off")


def test_every_variable_that_the_code_or_a_page_of_docs_names_is_a_setting() -> None:
    known = {variable(name) for name in Settings.model_fields} | set(OTHERS) | set(GONE)
    files = [*(ROOT / "leaderboard").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    named = {
        (name, file.name)
        for file in files
        for name in re.findall(r"\bBOSS_[A-Z]+(?:_[A-Z]+)*\b", file.read_text(encoding="utf-8"))
        if name not in {"BOSS_NAME", "BOSS_TASKS"}
    }
    assert {pair for pair in named if pair[0] not in known} == set()


def test_the_page_of_docs_holds_the_list() -> None:
    page = (ROOT / "docs" / "running-the-site.md").read_text(encoding="utf-8")
    assert as_markdown() in page
