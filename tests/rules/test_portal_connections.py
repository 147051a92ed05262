"""Which connections make room, and how many requests one client may have at once."""

from contextlib import ExitStack

import pytest

from services.portal.http.connections import AtOnce, Doing, Held, connections_to_close

pytestmark = pytest.mark.requirement("R-SEC-3")


def held(name: str, doing: Doing = Doing.SENDING, *, client: str = "a", since: float = 0.0) -> Held[str]:
    return Held(name, doing, client, since)


@pytest.mark.parametrize(
    ("connections", "closed"),
    [
        pytest.param([], [], id="none"),
        pytest.param([held("x", Doing.SERVED)], [], id="one that is served stays"),
        pytest.param([held("new", since=99.5), held("old", since=99)], ["old"], id="the one quiet longest"),
        pytest.param([held("live", Doing.LISTENING), held("slow", since=99.9)], ["slow"], id="streams stay longer"),
        pytest.param(
            [held("live", Doing.LISTENING), held("x", Doing.SERVED)], ["live"], id="a stream, if nothing else"
        ),
        pytest.param(
            [
                held("slow"),
                held("live", Doing.LISTENING),
                held("x", Doing.SERVED),
                held("idle", Doing.IDLE, since=99.9),
            ],
            ["idle"],
            id="an idle one before all others",
        ),
        pytest.param(
            [held("x", Doing.SERVED), held("fresh", Doing.IDLE, since=99.9), held("old", Doing.IDLE, since=90)],
            ["old"],
            id="of idle ones the one quiet longest",
        ),
        pytest.param(
            [held("b1", client="b"), held("a1", since=99), held("a2", since=99.5)],
            ["a1", "b1"],
            id="first of the client with most, then what is quiet",
        ),
    ],
)
def test_connections_to_close_picks(connections: list[Held[str]], closed: list[str]) -> None:
    assert connections_to_close(connections, now=100.0) == closed


def test_connections_to_close_makes_room_for_twenty() -> None:
    connections = [held(str(number)) for number in range(800)]
    assert connections_to_close(connections, now=100.0) == [str(number) for number in range(20)]


def test_at_once_counts_each_key_and_forgets_it() -> None:
    at_once = AtOnce()
    with ExitStack() as stack:
        let_in = [stack.enter_context(at_once.entered(key, 2)) for key in ("a", "a", "a", "b")]
        assert let_in == [True, True, False, True]
        assert stack.enter_context(at_once.entered(None, 0)), "without a key nothing is counted"
    with at_once.entered("a", 1) as again:
        assert again
    assert not at_once._under_way


def test_at_once_forgets_what_fails() -> None:
    at_once = AtOnce()
    with pytest.raises(ValueError, match="broken"), at_once.entered("a", 1):
        raise ValueError("broken")
    with at_once.entered("a", 1) as again:
        assert again
