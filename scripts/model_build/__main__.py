"""Builds every model that needs no training, each behind its gate; or prints what was tried."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from model_build import detector, traits
from model_build.trials import print_trials


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument(
        "--trials", action="store_true", help="only print the table of builds tried"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.trials:
        print_trials(arguments.cache)
        return
    detector.build(arguments.out, cache=arguments.cache)
    short = arguments.out / f"{detector.SHORT.name}.tflite"
    traits.build(arguments.out, cache=arguments.cache, detector=short)


if __name__ == "__main__":
    main()
