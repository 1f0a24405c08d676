"""The screen that pictures are drawn on, or that there is none."""

import os
import sys


def tell_that_there_is_no_screen() -> None:
    """Keep SDL, which pygame draws with, from complaining that it finds none."""
    screens = [name for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    if sys.platform == "linux" and not screens:
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
