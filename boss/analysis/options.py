"""The options of ``python -m boss.analyze``."""

import argparse
from pathlib import Path

from boss.analysis.axes import AXES


def parser() -> argparse.ArgumentParser:
    """Return the parser; it sets ``command`` to the name of one of the five."""
    top = argparse.ArgumentParser(
        prog="python -m boss.analyze", description="What the data and the stored runs say about shift."
    )
    commands = top.add_subparsers(title="commands", required=True, dest="command", metavar="COMMAND")
    _add_relation(commands.add_parser("relation", help="how OOD scores follow ID scores: the paper's types"))
    _add_shift(commands.add_parser("shift", help="how far each test is from the ID training data"))
    _add_select(commands.add_parser("select", help="the three selection principles for a candidate dataset"))
    _add_overlap(commands.add_parser("overlap", help="training texts that come back in a test"))
    _add_sweep(commands.add_parser("sweep", help="the runs that make the points of a relation"))
    return top


def _add_relation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("runs", nargs="*", type=Path, metavar="DIR", help="folders with runs")
    add(
        "--csv",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="points of one pair each: id, ood, ...",
    )
    add("--task", help="only this task")
    add("--metric", help="metric of the records (default: the task's headline metric)")
    add(
        "--baseline",
        nargs="+",
        default=[],
        metavar="METHOD",
        help="methods the fit is made on (default: all)",
    )
    add("--axis", choices=AXES, default="logit", help="default: logit")
    add("--n-resamples", type=int, default=2_000, help="default: 2000")
    add("--plots", type=Path, metavar="DIR", help="write a picture per pair into this folder")
    add("--format", choices=("svg", "png", "pdf"), default="svg", help="of the pictures (default: svg)")
    _add_common(parser)


def _add_shift(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, task=True)
    _add_encoder(parser)
    parser.add_argument("--n-permutations", type=int, default=999, help="of the MMD test (default: 999)")
    _add_common(parser)


def _add_select(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", help="name of a dataset of the suite, or DIR/dataset/SUITE/NAME.yaml")
    _add_data(parser, task=False)
    _add_encoder(parser)
    parser.add_argument("--run", type=Path, metavar="DIR", help="run directory that measured it")
    _add_common(parser)


def _add_overlap(parser: argparse.ArgumentParser) -> None:
    _add_data(parser, task=True)
    add = parser.add_argument
    add("--threshold", type=float, default=0.8, help="least Jaccard of near duplicates (default: 0.8)")
    add("--ids", type=int, default=3, metavar="N", help="matches printed per pair (default: 3; json: all)")
    add("--texts", action="store_true", help="print the texts of these matches, which may be licensed")
    _add_common(parser)


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("overrides", nargs="*", metavar="option=value", help="options of every boss.eval: model, method, ...")
    _add_data(parser, task=False)
    add("--task", default="sentiment", help="default: sentiment")
    add("--epochs", type=int, default=0, help="passes of the full setting; 0: no steps (default: 0)")
    add("--scale", nargs="+", default=[], metavar="OPTIONS", help='further models: "model=hf model.path=DIR"')
    add("--tunable", nargs="+", default=[], metavar="OPTIONS", help='further methods: "method=linear_probe"')
    add("--seeds", nargs="+", type=int, default=[0], help="default: 0")
    add("--execute", action="store_true", help="run them one after the other, instead of printing them")


def _add_data(parser: argparse.ArgumentParser, *, task: bool) -> None:
    add = parser.add_argument
    add("--suite", default="mini", help="default: mini")
    if task:
        add("--task", default="all", help="one task (default: all)")
    add("--conf", type=Path, action="append", default=[], metavar="DIR", help="further suites and datasets")
    add("--cache", type=Path, help="folder for fetched files (default: BOSS_CACHE, or the user's)")


def _add_encoder(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--encoder", default="minilm", help="minilm, a hub id or a folder (default: minilm)")
    add("--revision", default="main", help="of a hub id (default: main)")
    add("--pooling", choices=("mean", "pooler"), default="mean", help="pooler: as BOSS reads SimCSE")
    add("--n", type=int, default=500, help="texts of a split that are encoded (default: 500)")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, help="default: 0")
    parser.add_argument("--output", choices=("table", "json"), default="table", help="default: table")
