"""What the expression net's card says: source, licences, figures, limits, open questions."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

from model_build.candidate import Candidate
from model_build.figures import details, figures
from model_build.folds import KEPT_ASIDE, SEED, Folds
from model_build.hardships import HARDSHIPS, spoilt
from model_build.labels import Floats
from model_build.plans import STUDENT, TEACHERS, TRUST

ID = "expression-2"


def facts(made: Candidate, folds: Folds, shares: Floats, *, data: Path) -> dict[str, object]:
    """Return the card's entries; `shares` (n, 8) is what int8 says of the held out pictures."""
    return {
        "id": ID,
        "role": "perceived expression of one face",
        "source": "a residual CNN of our own, trained by scripts/train_expression",
        "licence": "Apache-2.0 for the net; see training_data for what is open about its data",
        "input": "1x48x48x1 float32, grey 0 to 255, eyes at (15.5, 19.1) and (32.6, 19.1)",
        "output": "1x8 probabilities: neutral, happiness, surprise, sadness, anger, disgust, fear,"
        " contempt; smile = happiness; positive = happiness, neutral = neutral + surprise,"
        " negative = the rest",
        "quantization": "static int8 weights and activations, float32 input and output",
        "training": _training(made),
        "training_data": _training_data(folds, data),
        "figures": _figures(made, folds, shares),
        "limits": "Labels are what ten people saw in a picture, not what anybody felt. FER2013 is"
        " web photographs of unknown demographics: error rates by age, sex and skin are not"
        " known. More than one in ten pictures is read differently from the majority of people,"
        " and disgust, fear and contempt are rare in training and badly told apart: use three"
        " classes and the smile. Not for decisions about a person.",
        "cpu_ms": made.latency_ms(folds.chosen.pictures),
    }


def _training(made: Candidate) -> dict[str, object]:
    return {
        "student": asdict(STUDENT),
        "teachers": [asdict(teacher) for teacher in TEACHERS],
        "teachers_share_of_labels": TRUST if TEACHERS else 0,
        "kept_aside": KEPT_ASIDE,
        "split_seed": SEED,
        "temperature": made.temperature,
    }


def _training_data(folds: Folds, data: Path) -> dict[str, object]:
    return {
        "pictures": "FER2013 (Goodfellow et al., 2013), collected from the web",
        "labels": "FER+ (Barsoum et al., 2016), ten people a picture, MIT",
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "label_rule": "single votes are dropped; learnt from where most of the other votes name an"
        " expression; measured where one expression has at least half of them",
        "counts": folds.counts,
        "open_question": "No licence grant by the photographers is known. Whether a product may"
        " be trained on these pictures commercially is not settled: ask a lawyer before"
        " relying on it, or train on pictures of your own with the same script.",
    }


def _figures(made: Candidate, folds: Folds, shares: Floats) -> dict[str, object]:
    whole = folds.held_out
    answered = whole.measurable
    return {
        "measured_on": "FER+ validation fold, never trained on and not used to pick weights or"
        " temperature; copies of its pictures were taken out of the train fold",
        "int8": figures(shares[whole.settled], answered),
        "float": made.exact(whole),
        "int8_also_where_people_disagreed": figures(shares, whole),
        "int8_under_hardship": {
            hardship: figures(made.shares(spoilt(answered.pictures, hardship)), answered)
            for hardship in HARDSHIPS
        },
        "int8_details": details(shares[whole.settled], answered),
    }
