"""``python3 -m calico_node.cli``."""

import sys

from .main import main

sys.exit(main())
