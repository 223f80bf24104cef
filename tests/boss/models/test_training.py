import pytest

from boss.errors import ConfigError
from boss.models.training import Training


def test_steps_are_those_of_the_epochs_or_fewer() -> None:
    assert Training(epochs=3, batch_size=16).n_steps(33) == 9
    assert Training(epochs=3, batch_size=16, max_steps=4).n_steps(33) == 4
    assert Training(epochs=3, batch_size=16, max_steps=40).n_steps(33) == 9


def test_a_constant_rate_rises_and_stays() -> None:
    rate = Training(warmup_ratio=0.5, schedule="constant").rate(4)
    assert [rate(step) for step in range(4)] == [0.5, 1.0, 1.0, 1.0]
    falling = Training(warmup_ratio=0.0).rate(4)
    assert [falling(step) for step in range(5)] == [1.0, 0.75, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_steps": 0}, r"model option max_steps must be in \[1, 1e\+09\], got 0"),
        ({"schedule": "cosine"}, "schedule must be one of linear, constant, got 'cosine'"),
        ({"max_grad_norm": 0.0}, "max_grad_norm must be greater than 0, got 0"),
        ({"patience": 0}, "patience must be in"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Training(**options)  # type: ignore[arg-type]
