"""Builds every model that needs no training, each behind its gate; or prints what was tried."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from model_build import detector, traits
from model_build.trials import print_trials
from model_build.variants import write_variants


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument(
        "--trials", action="store_true", help="only print the table of builds tried"
    )
    parser.add_argument(
        "--variants", type=Path, help="only write the detector in int8 and float32 there"
    )
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.variants:
        write_variants(arguments.variants, shipped=arguments.out, cache=arguments.cache)
        return
    if arguments.trials:
        print_trials(arguments.cache)
        return
    detector.build(arguments.out, cache=arguments.cache)
    short = arguments.out / f"{detector.SHORT.name}.tflite"
    traits.build(arguments.out, cache=arguments.cache, detector=short)


if __name__ == "__main__":
    main()
