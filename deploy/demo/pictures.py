"""Pictures of the demo's pages: desktop, phone, dark and print, in every language.

`make pictures` runs it. It starts the demo, opens its pages in Chromium, and writes to
`.rapport/pictures` (not committed): the fleet, and a client in each state with its further pages,
also with every fold open. A long page is several pictures, one below the other.
With `--docs` it also writes the pictures that the documentation shows, to `docs/pictures`.
With `--url` it takes pictures of pages that are served already.
"""

import argparse
import base64
import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from rapport.devkit.demo import Demo, Ports
from rapport.web.client import fetch_json

ROOT: Final = Path(__file__).parents[2]
PICTURES: Final = ROOT / ".rapport" / "pictures"
DOCS: Final = ROOT / "docs" / "pictures"
LANGUAGES: Final = ("en", "nl")
TOUR: Final = ("learning-support", "regulatory-services", "housing-advice", "city-museums")
"""The clients that docs/tour.md shows."""
WEBP_QUALITY: Final = 80
HEIGHT_MAX: Final = 2000
"""The height of a picture, in pixels: a viewer makes a higher one too small to read."""
OPEN_FOLDS: Final = "document.querySelectorAll('details').forEach(each => each.open = true)"


class Screen(NamedTuple):
    """What a page is shown on."""

    name: str
    width: int
    height: int
    scheme: str = "light"
    media: str = "screen"


DESKTOP: Final = Screen("desktop", 1280, 900)
PHONE: Final = Screen("phone", 390, 844)
SCREENS: Final = (
    DESKTOP,
    PHONE,
    Screen("dark", 1280, 900, scheme="dark"),
    Screen("phone-dark", 390, 844, scheme="dark"),
    Screen("print", 718, 1047, media="print"),  # A4 within margins of a centimetre
)


def main() -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of pages that are served already")
    parser.add_argument("--docs", action="store_true", help="write docs/pictures too")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = options.url or stack.enter_context(_demo()).url
        driver = stack.enter_context(_chromium())
        shutil.rmtree(PICTURES, ignore_errors=True)
        for name, path in _pages(url):
            for language in LANGUAGES:
                for screen in SCREENS:
                    _show(driver, f"{url}{path}?lang={language}", screen)
                    if name.endswith("-open"):
                        driver.execute_script(OPEN_FOLDS)
                    _take_parts(driver, screen, PICTURES / f"{name}-{language}-{screen.name}.png")
        if options.docs:
            _take_docs(driver, url)
    print(PICTURES)
    return 0


def _demo() -> Demo:
    return Demo(Console(stderr=True), data=None, state=None, ports=Ports())


@contextlib.contextmanager
def _chromium() -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def _pages(url: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each page: a client for each state, the most urgent one."""
    yield "fleet", "/"
    yield "nowhere", "/nowhere"
    first, *_ = clients = fetch_json(f"{url}/clients")
    for state, client in {client["state"]: client["id"] for client in reversed(clients)}.items():
        yield f"client-{state}", f"/pages/{client}"
    yield "client-open", f"/pages/{first['id']}"
    for part in ("scores", "reasons"):
        yield part, f"/pages/{first['id']}/{part}"


def _take_docs(driver: webdriver.Chrome, url: str) -> None:
    """Take the pictures of the documentation: first screens, in English."""
    for name, path, screen in (
        ("fleet", "/", DESKTOP),
        ("fleet-phone", "/", PHONE),
        *((client, f"/pages/{client}", DESKTOP) for client in TOUR),
    ):
        _show(driver, f"{url}{path}?lang=en", screen)
        _take(driver, screen, DOCS / f"{name}.webp", 0, screen.height)


def _show(driver: webdriver.Chrome, url: str, screen: Screen) -> None:
    media = {
        "media": screen.media,
        "features": [{"name": "prefers-color-scheme", "value": screen.scheme}],
    }
    _command(driver, "Emulation.setEmulatedMedia", media)
    _resize(driver, screen, screen.height)
    driver.get(url)


def _resize(driver: webdriver.Chrome, screen: Screen, height: int) -> None:
    size = {"width": screen.width, "height": height, "deviceScaleFactor": 1}
    _command(driver, "Emulation.setDeviceMetricsOverride", {**size, "mobile": screen.width < 600})  # noqa: PLR2004 # narrower screens are phones


def _take_parts(driver: webdriver.Chrome, screen: Screen, file: Path) -> None:
    """Take the whole page, on a screen as high as it is."""
    height = driver.execute_script("return document.documentElement.scrollHeight")
    _resize(driver, screen, height)
    tops = range(0, height, HEIGHT_MAX)
    for part, top in enumerate(tops, start=1):
        name = file if len(tops) == 1 else file.with_stem(f"{file.stem}-{part}")
        _take(driver, screen, name, top, min(HEIGHT_MAX, height - top))


def _take(driver: webdriver.Chrome, screen: Screen, file: Path, top: int, height: int) -> None:
    clip = {"x": 0, "y": top, "width": screen.width, "height": height, "scale": 1}
    kind = {"format": file.suffix[1:], "quality": WEBP_QUALITY} if file.suffix == ".webp" else {}
    options = {"captureBeyondViewport": True, "clip": clip, **kind}
    picture = _command(driver, "Page.captureScreenshot", options)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(picture["data"]))


def _command(driver: webdriver.Chrome, name: str, options: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = driver.execute_cdp_cmd(name, options)
    return answer


if __name__ == "__main__":
    sys.exit(main())
