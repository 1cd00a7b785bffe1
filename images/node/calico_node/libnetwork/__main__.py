"""``python3 -m calico_node.libnetwork``: the service."""

from __future__ import annotations

import sys

from calico_node.libnetwork import main

sys.exit(main.main())
