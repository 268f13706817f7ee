"""``python -m milestones`` is the command ``milestones``."""

import sys

from milestones.cli import main

sys.exit(main())
