"""``python -m skcnn`` is the command ``skcnn``."""

import sys

from skcnn.cli import main

sys.exit(main())
