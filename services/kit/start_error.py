"""Why something could not start, for the person at the terminal."""


class StartError(Exception):
    """One line: the cause, then the remedy. The command line prints it instead of a traceback."""
