"""Runs the command line."""

import sys

from virtual_pi.command import main

sys.exit(main())
