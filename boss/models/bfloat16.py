"""Whether bfloat16 pays here: a processor without instructions for it is several times slower in it."""

import functools
import sys
from pathlib import Path
from time import perf_counter

from boss.errors import ConfigError
from boss.models.forward import pick_device

MOST = 1.5
"""Times as long as float32 that bfloat16 may take. Processors with instructions for it take about half as
long, those without between twice and eleven times as long."""
ROUNDS = 9
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
"""Instruction sets that matter to a forward pass, as Linux calls them."""


def check_speed(*, force: bool) -> None:
    """Time a layer in both types on a processor and say how they compare; on a GPU do nothing.

    Raises:
        ConfigError: if bfloat16 is much the slower one and ``force`` is false.
    """
    if pick_device().type != "cpu":
        return
    ratio = slowdown()
    shown = f"bfloat16 takes {ratio:.1f} times as long as float32 on this processor ({instruction_set()})"
    if ratio > MOST and not force:
        raise ConfigError(
            f"model.bfloat16=true: {shown}, and more than {MOST:g} times is refused; use "
            "model.bfloat16=false "
            "or a GPU, or insist with model.bfloat16=force"
        )
    sys.stderr.write(f"{shown}\n")


@functools.cache
def slowdown() -> float:
    """Return the time of a feed-forward layer of BERT's shape under bfloat16 autocast over that in float32.

    The fastest of several rounds each, in turn, on one thread: waiting for a second one on a busy machine
    would hide the difference. Takes a tenth of a second.
    """
    import torch

    layer, states = torch.nn.Linear(384, 1536), torch.ones(256, 384)
    fastest = {False: float("inf"), True: float("inf")}
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for enabled in (False, True) * ROUNDS:
                started = perf_counter()
                with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
                    layer(states)
                fastest[enabled] = min(fastest[enabled], perf_counter() - started)
    finally:
        torch.set_num_threads(n_threads)
    return fastest[True] / fastest[False]


def instruction_set() -> str:
    """Return the processor's instruction sets out of `FLAGS`, or what torch calls the one it uses."""
    import torch

    table = Path("/proc/cpuinfo")
    words = set(table.read_text().lower().split()) if table.is_file() else set()
    return " ".join(flag for flag in FLAGS if flag in words) or torch.backends.cpu.get_cpu_capability()
