"""The demo's page in a real browser: the whole story by clicks, in a wide window and a narrow one."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

SCREENSHOTS: Final = Path(__file__).parents[2] / "build" / "screenshots"
# without the background's switches it looks Google's hosts up at every start
QUIET: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES: Final = {"wide": ViewportSize(width=1280, height=800), "narrow": ViewportSize(width=420, height=900)}


@pytest.fixture
async def address() -> AsyncIterator[str]:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--web", stdout=asyncio.subprocess.PIPE
    )
    assert demo.stdout is not None
    try:
        async with asyncio.timeout(30):
            while not (found := re.search(rb"http://[\d.:]+/", await demo.stdout.readline())):
                assert demo.returncode is None
        yield found[0].decode()
    finally:
        demo.terminate()
        await demo.communicate()
    assert demo.returncode == 0


@pytest.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        await browser.close()


class Visitor:
    """Somebody at the page."""

    def __init__(self, page: Page, size: str) -> None:
        self.page, self.size = page, size
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def types(self, words: str) -> None:
        await self.page.get_by_label("Message", exact=True).fill(words)
        await self.page.keyboard.press("Enter")

    async def becomes(self, name: str) -> None:
        await self.page.get_by_role("radio", name=name).click()

    async def clicks(self, label: str) -> None:
        await self.page.locator("#messages").get_by_role("button", name=label).first.click()

    async def sees(self, words: str) -> None:
        await expect(self.page.locator("#messages")).to_contain_text(words, timeout=15_000)

    async def keeps(self, name: str) -> None:
        await self.page.screenshot(path=SCREENSHOTS / f"{self.size}-{name}.png")


@pytest.mark.parametrize("size", SIZES)
async def test_the_whole_story_by_clicks(address: str, browser: Browser, size: str) -> None:
    page = await browser.new_page(viewport=SIZES[size], color_scheme="dark" if size == "narrow" else "light")
    visitor = Visitor(page, size)
    port = page.get_by_label("What HAProxy does").locator("article")
    await page.goto(address)

    await visitor.types("/proxy pod payments/api-0 60s order 4711 hangs")
    await visitor.sees("it needs 1 approval by somebody else")
    await visitor.becomes("bob")
    await visitor.keeps("1-to-decide")
    await visitor.clicks("Approve")
    await visitor.sees("is open for @alice")
    await expect(port).to_contain_text("127.0.0.0/8", timeout=15_000)

    await port.get_by_role("button", name="Send a line").click()
    await expect(port.locator("output")).to_have_text("api-0: hello", timeout=15_000)
    await expect(port).to_contain_text("connections1", timeout=15_000)
    await visitor.becomes("alice")
    await visitor.clicks("Extend 8s")
    await visitor.sees("8s more: open until")
    await visitor.keeps("2-open")

    await visitor.clicks("Close")
    await visitor.sees("Closed today")
    await expect(port).to_have_count(0, timeout=15_000)
    await visitor.keeps("3-closed")
    assert visitor.complaints == []


async def test_what_goes_wrong_is_told_and_the_keyboard_is_enough(address: str, browser: Browser) -> None:
    page = await browser.new_page(viewport=SIZES["wide"])
    visitor = Visitor(page, "wide")
    await page.goto(address)
    await expect(page.get_by_role("radio", name="alice")).to_have_attribute("aria-checked", "true")

    await page.keyboard.press("Alt+3")
    await expect(page.get_by_role("radio", name="carol")).to_have_attribute("aria-checked", "true")
    await page.keyboard.type("/proxy pod payments/api-7 1h")
    await page.keyboard.press("Enter")
    await visitor.sees("There is no pod payments/api-7")
    await page.keyboard.type("/nonsense")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("/nonsense is not a valid command")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("/nonsense")
    await visitor.keeps("4-what-goes-wrong")
    assert visitor.complaints == []


async def test_the_form_and_the_home_tab(address: str, browser: Browser) -> None:
    page = await browser.new_page(viewport=SIZES["wide"])
    visitor, form = Visitor(page, "wide"), page.locator("#modal")
    await page.goto(address)

    await visitor.types("/proxy")
    await form.get_by_role("combobox", name="Pod").fill("payments/api-0")
    await expect(form).to_contain_text("Needs 1 approval", timeout=15_000)
    await form.get_by_label("For how long").fill("9")
    await form.get_by_role("button", name="Ask").click()
    await expect(form.get_by_role("alert")).to_contain_text("'9' has no unit")
    await visitor.keeps("5-form")
    await form.get_by_label("For how long").fill("5m")
    await form.get_by_role("button", name="Ask").click()
    await expect(form).to_contain_text("it needs 1 approval by somebody else", timeout=15_000)
    await form.get_by_role("button", name="Close").click()

    await visitor.becomes("bob")
    await page.get_by_role("button", name="Home").click()
    await visitor.sees("Waits for you")
    await visitor.clicks("Approve")
    await visitor.sees("is approved")
    await visitor.becomes("alice")
    await page.get_by_role("button", name="Home").click()
    await visitor.sees("is open for @alice")
    await visitor.keeps("6-home")
    assert visitor.complaints == []
