"""A model for Cog's own server: it paints one colour, and misbehaves as its prompt says.

Only that server runs this; what it needs beside Cog is the standard library. "slowly" waits at
half until the prediction is canceled, "fails" raises, "words" answers no picture.
"""

import struct
import tempfile
import time
import zlib

from cog import BaseRunner, Path


class Painter(BaseRunner):
    """Draws at once, and tells its progress as diffusers do."""

    def run(self, prompt: str, width: int = 64, height: int = 36, seed: int = 0) -> Path:
        """The picture's file."""
        for step in range(5):
            print(f"{step * 25}%|##   | {step}/4 [00:01]", flush=True)
            while "slowly" in prompt and step == 2:
                time.sleep(0.02)
            if "fails" in prompt:
                raise ValueError("CUDA out of memory: a secret of the machine")
        file = Path(tempfile.mkdtemp()) / "picture.png"
        file.write_bytes(b"words" if "words" in prompt else png(width, height, seed))
        return file


def png(width: int, height: int, seed: int) -> bytes:
    """A picture of one colour."""
    row = b"\0" + bytes([seed % 256, 60, 120]) * width
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    parts = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
