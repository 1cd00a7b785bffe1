"""How many packets and bytes met the rules of our table, by the rules' comments.

libnftables is not for two threads of one process, and a long listing must not hold up a change: so a process of its own
does it, which this file also is the program of.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from calico_node.render import nft

from . import programs

# In the text for people, which is made in a fraction of the time of the one in JSON.
_COUNTED = re.compile(r'counter packets ([0-9]+) bytes ([0-9]+).* comment "(.*)"')
# The modules are where this process found them.
_PROGRAM = ("env", f"PYTHONPATH={os.pathsep.join(filter(None, sys.path))}", sys.executable, "-m", __name__)


class Count(NamedTuple):
    """What met a rule since it was made: a change of its policy makes it anew."""

    packets: int
    bytes: int


NOTHING = Count(0, 0)


def read(output: Callable[..., str] = programs.output) -> Mapping[str, Count]:
    """The sum of all rules with a comment, by comment. Raises DataplaneError."""
    return {comment: Count(*count) for comment, count in json.loads(output(*_PROGRAM)).items()}


def summed(listing: str) -> Mapping[str, Count]:
    """The counts in a listing."""
    return _sums((found[3], Count(int(found[1]), int(found[2]))) for found in _COUNTED.finditer(listing))


def _sums(counts: Iterable[tuple[str, Count]]) -> Mapping[str, Count]:
    sums: dict[str, Count] = {}
    for comment, (packets, size) in counts:
        before = sums.get(comment, NOTHING)
        sums[comment] = Count(before.packets + packets, before.bytes + size)
    return sums


def main() -> int:
    """Print the counts; without a table there are none."""
    import nftables  # not needed where the counts are read

    context = nftables.Nftables()
    context.set_terse_output(True)
    code, listing, error = context.cmd(f"list table {nft.FAMILY} {nft.TABLE}")
    if code and "No such file or directory" not in error:
        sys.stderr.write(error)
        return 1
    sys.stdout.write(json.dumps(summed(listing)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
