"""Why a BGP session is not up, in words that say what to do; from what BIRD and the kernel say."""

from __future__ import annotations

from calico_node.dataplane.bird_sessions import Session
from calico_node.dataplane.tcp_passwords import Dropped

# BIRD's last error: ours (BGP Error), the peer's (Received), the socket's or another part's.
_ERRORS = {
    "BGP Error: Bad peer AS": "the peer has another AS number than {peer_as}: correct one of them",
    "Received: Bad peer AS": "the peer expects another AS number than {local_as} of this host: correct one of them",
    "BGP Error: Bad BGP identifier": "the peer has this host's router id: one of them needs another",
    "Received: Bad BGP identifier": "the peer has this host's router id: one of them needs another",
    "Received: Maximum number of prefixes reached": "the peer's limit of prefixes is reached: raise it there",
    "Received: Cease": "the peer ended it",
    "Automatic shutdown: Route limit exceeded": "the peer announces more than the import limit: look there",
    "Automatic shutdown: Receive limit exceeded": "the peer announces more than the limit: look there",
    "Received: Administrative shutdown": "shut down at the peer by its administrator",
    "Received: Administrative reset": "was reset at the peer by its administrator",
    "Received: Peer de-configured": "the peer does not know this host as a neighbour any more",
    "Received: Connection rejected": "the peer does not know this host as a neighbour",
    "Error: BFD session down": "BFD does not hear the peer: is the link up?",
    "Error: Hold timer expired": "the peer fell silent: is it, and the way to it, up?",
    "BGP Error: Hold timer expired": "the peer fell silent: is it, and the way to it, up?",
    "Received: Hold timer expired": "the peer did not hear this host: is the way to it up?",
    "Socket: Connection refused": "nobody serves BGP there, or the peer does not know this host",
    "Socket: Connection reset by peer": "the peer hangs up: does it know this host as a neighbour?",
    "Socket: Connection closed": "the peer hangs up: does it know this host as a neighbour?",
    "Socket: No route to host": "the peer does not answer: is it up, and in this network?",
    "Socket: Network is unreachable": "there is no route to the peer",
}


def explain(session: Session, dropped: Dropped) -> str:
    """What is to be said about a session; nothing if it is as it should be."""
    if session.established:
        return ""
    if session.is_restarting:
        return "the peer restarts, its routes are kept"
    if words := _ERRORS.get(session.error):
        return words.format(peer_as=session.peer_as, local_as=session.local_as)
    return session.error or _silence(session, dropped)


def _silence(session: Session, dropped: Dropped) -> str:
    """No error, but no connection either: a segment with a wrong password is dropped without a word.

    The kernel counts those of all sessions together, since its boot: a suspect, not a proof.
    """
    _origin, has_password, _place = session.description.partition(" password ")
    if has_password and (dropped.wrong or dropped.missing):
        counts = ((dropped.wrong, "with another password"), (dropped.missing, "without one"))
        shown = " and ".join(f"{count} {how}" for count, how in counts if count)
        return f"no answer; segments since boot: {shown}: do the passwords agree?"
    if not has_password and dropped.unexpected:
        return f"no answer; segments since boot: {dropped.unexpected} with a password: the session has none here"
    if session.bgp_state == "Passive":
        return "waits for the other node to connect"
    return "no answer yet" if session.bgp_state in ("Active", "Connect") else "is being set up"
