"""Starting: what stands in the way is said in one line."""

import socket

import pytest

from services.kit.start_error import StartError
from services.portal.http.server import bind


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} on 127.0.0.1 is in use.*DATAOPS_PORT"):
            bind("127.0.0.1", port)


def test_a_foreign_address_is_named() -> None:
    with pytest.raises(StartError, match=r"cannot listen on 203\.0\.113\.7"):
        bind("203.0.113.7", 0)


def test_port_zero_takes_a_free_one() -> None:
    with bind("127.0.0.1", 0) as one, bind("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
