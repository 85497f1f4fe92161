"""Trains, calibrates and quantizes the expression net, and writes its card.

The data is not part of the project: point `--data` at a ferplus.npz with `train_x`,
`train_votes`, `valid_x` and `valid_votes` (48x48 grey pictures, ten people's votes). A tenth of
the train fold is kept aside to compare nets, to set the temperature and to gate the quantization.
The validation fold is measured once, at the end, for the figures of the card. A training that was
stopped goes on from its last whole epoch when the same command is given again.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import torch

from model_build.candidate import Candidate, candidate
from model_build.cards import write_card
from model_build.diagram import reliability_diagram
from model_build.expression_card import facts
from model_build.figures import best_temperature
from model_build.folds import Folds, read_folds
from model_build.network import Network
from model_build.plans import STUDENT, TEACHERS, TRUST
from model_build.shipping import shipped, unquantized
from model_build.tables import written_into
from model_build.teaching import taught
from model_build.training import Plan, finished, logits, train

NAME = "expression"
PAGE, DIAGRAM = "vision.md", "expression-reliability.svg"
TITLE = "Expression net on the held out pictures, eight classes"
PLANS = {plan.name: plan for plan in (*TEACHERS, STUDENT)}
WORST_LOSS = 0.005
"""int8 may lose this much accuracy to float, or nothing is written."""
WORST_CALIBRATION = 0.03


def trained(plan: Plan, folds: Folds, *, cache: Path) -> Network:
    """Train one net, or read back the one that is finished; teachers come before the student."""
    done = finished(plan, folder=cache)
    if done is not None:
        return done
    teachers = TEACHERS if plan == STUDENT else ()
    nets = [trained(teacher, folds, cache=cache) for teacher in teachers]
    start = trained(PLANS[plan.begins], folds, cache=cache) if plan.begins else None
    fold = taught(folds.learnt, nets, trust=TRUST)
    return train(plan, fold, folds.chosen, folder=cache, start=start)


def release(net: Network, folds: Folds, *, data: Path, out: Path, docs: Path) -> None:
    """Calibrate, quantize, gate on the pictures kept aside, measure, write model and card.

    The tables and the diagram of the documents are drawn from the card.
    """
    temperature = best_temperature(logits(net, folds.chosen.pictures), folds.chosen)
    made = candidate(net, folds.learnt, temperature=temperature)
    check(made, folds)
    path = out / f"{NAME}.int8.tflite"
    path.write_bytes(made.content)
    shares = made.shares(folds.held_out.pictures)
    card = facts(made, folds, shares, data=data)
    write_card(out / f"{NAME}.json", path, card)
    tell(card, docs=docs)


def write_float(net: Network, folds: Folds, *, folder: Path) -> None:
    """Write the net in float32, to measure the quantized one against: docs/vision.md, Cost."""
    temperature = best_temperature(logits(net, folds.chosen.pictures), folds.chosen)
    for path in folder.glob(f"{NAME}.*"):
        path.unlink()
    path = folder / f"{NAME}.tflite"
    path.write_bytes(unquantized(shipped(net, temperature=temperature)))
    card = {"id": f"{NAME}-float32", "role": "only to measure with", "licence": "Apache-2.0"}
    write_card(folder / f"{NAME}.json", path, card)


def tell(card: Mapping[str, Any], *, docs: Path) -> None:
    """Write what a card says into the documents."""
    bins = card["figures"]["int8_details"]["reliability"]
    diagram = reliability_diagram(bins, title=TITLE)
    (docs / DIAGRAM).write_text(diagram, encoding="utf-8")
    page = docs / PAGE
    page.write_text(written_into(page.read_text("utf-8"), card), encoding="utf-8")


def check(made: Candidate, folds: Folds) -> None:
    """Raise `SystemExit` when int8 loses too much to float, or is badly calibrated."""
    exact, ours = made.exact(folds.chosen), made.measured(folds.chosen)
    print(f"kept aside, float {exact}\nkept aside, int8  {ours}", flush=True)
    if ours["accuracy_7"] < exact["accuracy_7"] - WORST_LOSS:
        raise SystemExit("train_expression: int8 loses over half a point to float: not written")
    if ours["calibration_error"] > WORST_CALIBRATION:
        raise SystemExit("train_expression: int8 is over 3 % off in its confidence: not written")


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="ferplus.npz")
    parser.add_argument("--out", type=Path, required=True, help="folder of model and card")
    parser.add_argument("--cache", type=Path, required=True, help="folder of the checkpoints")
    parser.add_argument("--docs", type=Path, required=True, help=f"folder of {PAGE}")
    parser.add_argument("--only", choices=PLANS, help="train this net and write no model")
    parser.add_argument("--float", type=Path, help="only write the trained net in float32 there")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stdout)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    given.cache.mkdir(parents=True, exist_ok=True)
    folds = read_folds(given.data)
    net = trained(PLANS[given.only or STUDENT.name], folds, cache=given.cache)
    if given.float is not None:
        write_float(net, folds, folder=given.float)
    elif given.only is None:
        release(net, folds, data=given.data, out=given.out, docs=given.docs)


if __name__ == "__main__":
    main()
