"""How somebody uses a page: with the keyboard alone, or by pressing what they see."""

from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_STOPS = 300  # of the Tab key on one page


class Hand(Protocol):
    """Does to a page what a person does."""

    def press(self, target: Locator) -> None:
        """Press a button, a link, or what unfolds something."""

    def tick(self, target: Locator) -> None:
        """Change a box that is ticked or not."""

    def write(self, target: Locator, text: str) -> None:
        """Write into a field, instead of what is there."""


@dataclass(frozen=True, slots=True)
class Mouse:
    """Points at things."""

    def press(self, target: Locator) -> None:
        """Press."""
        target.click()

    def tick(self, target: Locator) -> None:
        """Change the box."""
        target.click()

    def write(self, target: Locator, text: str) -> None:
        """Write."""
        target.fill(text)


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Goes from one thing to the next."""

    page: Page

    def press(self, target: Locator) -> None:
        """Press."""
        self._reach(target)
        self.page.keyboard.press("Enter")

    def tick(self, target: Locator) -> None:
        """Change the box."""
        self._reach(target)
        self.page.keyboard.press("Space")

    def write(self, target: Locator, text: str) -> None:
        """Write."""
        self._reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            if target.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"the Tab key does not reach {target}")
