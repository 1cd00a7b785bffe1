"""A BgpConfiguration as the text of bird.conf (BIRD 2.17).

Equal configurations give equal texts. Whatever the template prints passes ``_token``, so no value of the store can say
anything in BIRD's language, however it got past the model.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING

from calico_node.calc import bgp

if TYPE_CHECKING:
    import jinja2

# Names, addresses and networks: nothing that ends a string, a statement or a line.
_TOKEN = re.compile(r"[A-Za-z0-9_.:/*?-]*")


def render(configuration: bgp.BgpConfiguration) -> str:
    """The text of the whole file."""
    return _template().render(bgp=configuration)


def _token(value: object) -> object:
    """The value, if it is one word that means nothing but itself. Called for every expression of the template."""
    plain = (str, int, ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network)
    if isinstance(value, plain) and _TOKEN.fullmatch(str(value)):
        return value
    raise ValueError(f"{value!r} is refused: it must be one word to stand in BIRD's configuration")


@functools.cache
def _template() -> jinja2.Template:
    # Not before BIRD is told: what an agent that starts does first, it does sooner.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("calico_node.render"),
        autoescape=False,  # noqa: S701 - not HTML; _token refuses what would need an escape
        undefined=jinja2.StrictUndefined,
        finalize=_token,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("bird.conf.j2")
