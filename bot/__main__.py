"""``python -m bot`` is ``pod-proxier``."""

import sys

from bot.cli import main

sys.exit(main())
