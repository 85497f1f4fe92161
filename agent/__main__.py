"""`python -m agent` is the `smilepost` command."""

import sys

from agent.cli import main

sys.exit(main())
