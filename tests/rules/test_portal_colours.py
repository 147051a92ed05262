"""Every pair of text and background that the style sheet uses is readable, in both themes."""

import re
from importlib.resources import files

import pytest

TEXT_ON = {
    "bg": ("ink", "soft", "accent", "bad", "warn", "ok"),
    "surface": ("ink", "soft", "accent", "bad", "warn", "ok"),
    "accent-soft": ("ink", "soft", "accent"),
    "bad-soft": ("ink", "bad"),
    "warn-soft": ("ink", "warn"),
    "ok-soft": ("ok",),
    "accent": ("on-accent",),
    "ink": ("bg",),
}
SHAPES_ON = {"bg": ("focus", "line-strong"), "surface": ("focus", "line-strong", "accent")}


def themes() -> dict[str, dict[str, str]]:
    css = files("services.portal").joinpath("static/tokens.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    assert 2 * len(pairs) == css.count("#")
    return {"light": {name: light for name, light, _ in pairs}, "dark": {name: dark for name, _, dark in pairs}}


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_four_and_a_half_to_one_and_shapes_three(theme: str) -> None:
    tokens = themes()[theme]
    for pairs, least in ((TEXT_ON, 4.5), (SHAPES_ON, 3.0)):
        for background, colours in pairs.items():
            for colour in colours:
                found = contrast(tokens[colour], tokens[background])
                assert found >= least, f"{colour} on {background}: {found:.2f}"
