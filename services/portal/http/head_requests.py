"""HEAD: the status and headers of a GET, without its body (RFC 9110, 9.3.2)."""

from litestar.types import HTTPScope, Message, Send


def as_get(scope: HTTPScope) -> HTTPScope:
    """A copy of the scope for the routes: the server still needs to know that the request was a HEAD."""
    read = scope.copy()
    read["method"] = "GET"
    return read


def without_body(send: Send) -> Send:
    """Sends the start of a response and ends it there. Streams then see a client that is gone, and end too."""

    async def send_start(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_start
