"""A BgpConfiguration as the text of bird.conf (BIRD 2.17), and the passwords that it names as that of secrets.conf.

Equal configurations give equal texts. Whatever the template prints passes ``bird_words.printed``, so no value of the
store can say anything in BIRD's language, however it got past the model.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ansible_collections.calico.docker.plugins.module_utils.model import bgp_secrets
from calico_node.calc import bgp, bgp_filters, bgp_sessions

from . import bird_filters, bird_names, bird_words

if TYPE_CHECKING:
    import jinja2


def render(configuration: bgp.BgpConfiguration) -> str:
    """The text of the whole file. Raises ValueError."""
    return _template().render(bgp=configuration, calls=functools.partial(_calls, configuration))


def secrets(configuration: bgp.BgpConfiguration, passwords: Mapping[bgp_secrets.Ref, str]) -> Mapping[str, str]:
    """The passwords that this host's sessions use, by the names that bird.conf has for them."""
    used = sorted({peer.password for peer in configuration.peers if peer.password})
    return {_secret(ref): passwords[ref] for ref in used}


def _secret(ref: bgp_secrets.Ref) -> bird_words.Text:
    return bird_words.Text(f"'{bird_words.word(bird_names.symbol('password', *ref))}'")


def _calls(configuration: bgp.BgpConfiguration, peer: bgp_sessions.Peer, way: str) -> list[bgp_filters.Direction]:
    """The filters of a session, in its order."""
    found = {(one.filter, one.label): one for one in configuration.filters}
    label = f"{way}{peer.address.version}"
    return [found[name, label] for name in peer.filters if found[name, label].rules]


@functools.cache
def _template() -> jinja2.Template:
    # Not before BIRD is told: what an agent that starts does first, it does sooner.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("calico_node.render"),
        autoescape=False,  # noqa: S701 - not HTML; what would need an escape is refused
        undefined=jinja2.StrictUndefined,
        finalize=bird_words.printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(filters=bird_filters, secret=_secret)
    return environment.get_template("bird.conf.j2")
