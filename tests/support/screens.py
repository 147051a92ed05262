"""What is measured on a page in the browser, and what stands there first."""

import re
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page

WORD = "W" * 300
HOSTILE = '<script>window.__ran=1</script>"><svg onload=window.__ran=1>{{7*7}}<b hx-get=/x hx-trigger=load>‮fdp'
WIDTHS = (320, 360, 390, 768, 1280, 1920)
_OF_ALL = {"resultTypes": ["violations"], "reporter": "no-passes"}
_OF_COLOURS = _OF_ALL | {"runOnly": ["color-contrast", "link-in-text-block"]}
OVERFLOW = """() => {
  const clip = (one) => one.closest(".unseen, .skip") !== null;
  const wide = [...document.querySelectorAll("body *")].filter((one) => !clip(one) &&
    one.getBoundingClientRect().width > 0 && one.getBoundingClientRect().right > innerWidth + 0.5);
  const root = document.documentElement;
  return { wide: wide.map((one) => one.outerHTML.slice(0, 80)), scroll: root.scrollWidth - root.clientWidth };
}"""
SMALL = """() => [...document.querySelectorAll("a, button, summary, input, select")]
  .filter((one) => one.offsetParent !== null && !one.closest(".skip") && getComputedStyle(one).display !== "inline")
  .filter((one) => one.getBoundingClientRect().height < 43.5 && one.type !== "hidden")
  .map((one) => one.outerHTML.slice(0, 100))"""


async def violations(page: Page) -> list[str]:
    """Of all rules in the light theme, and of those about colours, which are all that changes, in the dark one too."""
    await page.evaluate(Axe().axe_script)
    found: list[Any] = []
    for theme, options in (("light", _OF_ALL), ("dark", _OF_COLOURS)):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += (await page.evaluate("options => axe.run(document, options)", options))["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def number(page: Page, label: str) -> Locator:
    """A cell of the summary strip."""
    return page.get_by_label("Summary").get_by_role("link", name=re.compile(rf"^\d+\s*{label}$")).locator("b")
