class LineBuffer:
    """Cuts a stream of chunks into lines, of any length, in time that grows only with their bytes."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that this chunk completes, without their ends and without empty ones."""
        first, *others = chunk.split(b"\n")
        self._begun.append(first)
        if not others:
            return []
        *whole, rest = [b"".join(self._begun), *others]
        self._begun = [rest]
        return [line for line in whole if line.strip()]
