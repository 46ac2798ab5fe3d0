"""Fonts made for tests: every letter is a box, so that frames show which one is where."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

EM = 1000


def make_font(
    path: Path,
    family: str,
    boxes: Mapping[str, int],
    *,
    height: int = EM,
) -> Path:
    """A font with these characters, each a box so many units high, in lines of that height."""
    font = build_font(family, boxes, height=height)
    font.save(path)
    return path


def make_collection(path: Path, families: Mapping[str, str]) -> Path:
    """A collection of one face for each family, with the letters that it has."""
    collection = TTCollection()
    collection.fonts = [
        build_font(family, dict.fromkeys(letters, EM // 2)) for family, letters in families.items()
    ]
    collection.save(path)
    return path


def build_font(family: str, boxes: Mapping[str, int], *, height: int = EM) -> TTFont:
    """As `make_font`, not yet written."""
    names = {character: f"u{ord(character):04X}" for character in boxes}
    order = [".notdef", *names.values()]
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(character): name for character, name in names.items()})
    glyphs = {names[character]: _box(tall) for character, tall in boxes.items()}
    builder.setupGlyf({".notdef": _box(0), **glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (EM, 100)))
    ascent = height * 4 // 5
    builder.setupHorizontalHeader(ascent=ascent, descent=ascent - height)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(usWinAscent=ascent, usWinDescent=height - ascent)
    builder.setupPost()
    return builder.font


def _box(tall: int) -> object:
    pen = TTGlyphPen(None)
    if tall:
        pen.moveTo((100, 0))
        pen.lineTo((100, tall))
        pen.lineTo((EM - 100, tall))
        pen.lineTo((EM - 100, 0))
        pen.closePath()
    return pen.glyph()
