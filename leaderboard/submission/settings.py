"""``key=value`` on a command line, as `boss.eval` has it."""

from collections.abc import Sequence

from leaderboard.submission.findings import SubmissionError


def read_settings(words: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return the settings by key.

    Raises:
        SubmissionError: naming the word that is no setting, and the known ones.

    >>> read_settings(["to=board"], ["to"])
    {'to': 'board'}
    """
    settings: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in names or key in settings or not value:
            wrong = "is given twice" if key in settings else "is no setting"
            keys = ", ".join(f"{name}=..." for name in names)
            raise SubmissionError(f"{word!r:.80} {wrong}; settings here: {keys or 'none'}")
        settings[key] = value
    return settings
