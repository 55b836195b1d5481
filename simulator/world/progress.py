from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class Progress:
    """Writes one line per step: what it does at its begin, how long it took at its end."""

    def __init__(self, output: TextIO) -> None:
        self._output: TextIO | None = output

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step that takes a while."""
        begin = time.monotonic()
        self._write(f"{text} … ")
        try:
            yield
        except BaseException:
            self._write("not done\n")
            raise
        self._write(f"{time.monotonic() - begin:.1f} s\n")

    def say(self, text: str) -> None:
        """Something that happened."""
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        if self._output is None:
            return
        try:
            self._output.write(text)
            self._output.flush()
        except BrokenPipeError:  # whoever started the world reads no further; the world goes on
            self._output = None
