"""Which browser a session is used with, in a few words: enough to tell one's own devices apart, and no more is kept."""

_BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox")),
    *(("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)
_LONGEST_PROGRAM = 40


def device(user_agent: str) -> str:
    """``Firefox on Linux``; of a program its name; empty when it does not say. Browsers name those that they resemble,
    so the rarer mark decides."""
    browser, system = _first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent)
    if browser:
        return f"{browser} on {system}" if system else browser
    program = user_agent.partition("/")[0].partition(" ")[0][:_LONGEST_PROGRAM]
    return program if program.isprintable() else ""


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
