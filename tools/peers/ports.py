"""A free TCP port on the loopback, for peers that cannot pick one themselves."""

import socket


def free_port() -> int:
    """A port that was free a moment ago; whoever starts a server on it retries when it was taken meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
