"""Which ports a start takes: those that were named or none, the usual ones where they are free."""

import socket
from collections.abc import Generator

import pytest

from services.cli.stack.ports import PortWish, choose_ports, port_problems
from services.kit.start_error import StartError


@pytest.fixture
def taken() -> Generator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def wish(default: int, named: int | None = None, *, name: str = "portal", host: str = "127.0.0.1") -> PortWish:
    return PortWish(f"the {name}", f"--{name}", default, named, host)


def test_choose_ports_replaces_a_taken_default(taken: int) -> None:
    [port] = choose_ports([wish(taken)])
    assert port not in (taken, 0)


def test_choose_ports_refuses_every_taken_named_port(taken: int) -> None:
    with pytest.raises(StartError) as refused:
        choose_ports([wish(1, taken), wish(2, 0, name="nats"), wish(3, taken, name="mongo")])
    lines = str(refused.value).splitlines()
    assert lines[0] == (
        f"Port {taken}, wanted by the portal, is taken: stop what listens there, or choose another with --portal N "
        "(--portal 0: any free port)."
    )
    assert lines[1].startswith(
        f"Port {taken} is wanted by both the portal and the mongo: choose another with --mongo N"
    )
    assert len(lines) == 2


def test_choose_ports_keeps_a_default_clear_of_named_ones() -> None:
    free = choose_ports([wish(1, 0)])[0]
    portal, nats = choose_ports([wish(free, name="nats"), wish(1, free)])
    assert nats == free
    assert portal != free


def test_choose_ports_gives_different_ports_to_each(taken: int) -> None:
    chosen = choose_ports([wish(taken), wish(taken, name="nats"), wish(taken, 0, name="mongo")])
    assert len({*chosen, taken}) == 4


@pytest.mark.parametrize("named", [None, 18080])
def test_port_problems_tells_of_a_foreign_address(named: int | None) -> None:
    """A free port would not help there."""
    [problem] = port_problems([wish(18080, named, host="192.0.2.1")])
    assert problem.startswith("the portal cannot listen on 192.0.2.1:18080 (")
