"""The command calico-agent: run as this host's agent, or take everything of ours out of the kernel."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from ansible_collections.calico.docker.plugins.module_utils import store
from ansible_collections.calico.docker.plugins.module_utils.model.errors import Invalid
from calico_node.dataplane.errors import DataplaneError

from . import wiring


def main() -> int:
    """Exit status: 0 after SIGTERM or a removal, 1 after an error that only a person can mend."""
    parser = argparse.ArgumentParser(prog="calico-agent", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove our table, routes and iptables rules, then exit")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        if options.remove:
            wiring.remove()
        else:
            wiring.run(os.environ)
    except (Invalid, DataplaneError, store.StoreError) as error:
        logging.getLogger(__name__).error("calico-agent: %s", error)  # noqa: TRY400 - its text says it all
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
