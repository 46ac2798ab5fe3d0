"""Splits Chinese and English prose into sentences; a quotation is never cut in two.

Every step is linear in the length of the text, because an input may have 200,000 characters.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from text.abbreviations import is_abbreviated
from text.breaks import split_by_rules, split_characters, split_lines

_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufffe\uffff]"
)
"""Control characters, lone surrogates and marks that change the text direction."""
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINE = re.compile(r"\n\s*\n")
_MARK = re.compile("[。！？；!?;.؟۔।…\"“‘「『']")
_CLOSERS = {'"': '"', "“": "”", "‘": "’", "「": "」", "『": "』", "'": "'"}
_DOUBLE_QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
_LETTER = "A-Za-zÀ-ɏ"
_CLOSING = re.compile(rf"[”」』\"]|[’'](?![{_LETTER}])")
_ENDS = frozenset("。！？；!?;.؟۔।…")
_FIRM_ENDS = frozenset("。！？；؟۔।")
_TAIL = re.compile(r"[。！？；!?;.؟۔।…]+[”’」』）)\]】》\"']*")
_CLAUSE_END = re.compile(r"[，、：；]|——|[,:;](?=\s)| [-–—] |—")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_QUOTATION = re.compile(r"“[^”]*”|「[^」]*」|『[^』]*』|\"[^\"]*\"|‘[^’]*’(?![A-Za-zÀ-ɏ])")
_TAG = re.compile(r"[^，。！？；：“”「」\s]{1,6}?(?:说|道|叫|喊|问|答)(?![:：])")
"""The speaker, named after the quotation: “奶奶！”小女孩叫起来"""
_UNQUOTED_SPEECH = re.compile(r"(?<=[曰道说]：)[^“「『\"].*", re.DOTALL)
_VERSE_LINE_MAX = 60
_ENUMERATOR = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]")
"""1. or b) or (iv)"""


def clean(text: str) -> str:
    """The text without control characters, with plain line breaks and single spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n")
    return _SPACES.sub(" ", _UNSAFE.sub("", text)).strip()


def is_chinese(text: str) -> bool:
    """Whether the text is mostly Chinese rather than alphabetic."""
    ideographs = len(_CJK.findall(text))
    letters = sum(character.isalpha() for character in text) - ideographs
    return ideographs * 3 > letters


def split_sentences(text: str, language: str = "") -> list[str]:
    """All of the text in order, one sentence each; those without a word join the previous one.

    `language` is the text's BCP 47 tag, whose abbreviations end no sentence; empty if unknown.
    """
    sentences: list[str] = []
    for paragraph in _paragraphs(text):
        start = 0
        for border in (*_borders(paragraph, language), len(paragraph)):
            sentence = paragraph[start:border].strip()
            if _ENUMERATOR.fullmatch(sentence) and border < len(paragraph):
                continue  # the number of an item belongs to the item
            start = border
            if sentences and sentence and not has_words(sentence):
                sentences[-1] = join((sentences[-1], sentence))
            elif sentence:
                sentences.append(sentence)
    return sentences


def split_in_two(sentence: str, minimum: int) -> tuple[str, str] | None:
    """The sentence cut at the clause nearest to its middle and outside quotations, if any."""
    quotations = [match.span() for match in _QUOTATION.finditer(sentence)]
    middle = len(sentence) / 2
    cuts = [
        match.end()
        for match in _CLAUSE_END.finditer(sentence)
        if minimum <= match.end() <= len(sentence) - minimum
        and not any(start < match.end() < end for start, end in quotations)
    ]
    if not cuts:
        return None
    cut = min(cuts, key=lambda position: abs(position - middle))
    return sentence[:cut].strip(), sentence[cut:].strip()


def split_long(sentence: str, limit: int) -> Iterator[str]:
    """Pieces of at most `limit` characters, cut at clauses, else where a line may end."""
    position = 0
    while len(sentence) - position > limit:
        window = sentence[position : position + limit]
        cut = max((m.end() for m in _CLAUSE_END.finditer(window, limit // 3)), default=0)
        cut = cut or _last_border(sentence[position : position + limit + 1], limit)
        if piece := window[:cut].strip():
            yield piece
        position += cut
    if rest := sentence[position:].strip():
        yield rest


def blank_quotations(sentence: str) -> str:
    """The sentence with a mark for every quoted character; of the same length."""
    for speech in (_QUOTATION, _UNQUOTED_SPEECH):
        sentence = speech.sub(lambda match: "“" * len(match.group()), sentence)
    return sentence


def without_dangling_quotes(text: str) -> str:
    """The text without quotation marks left unpaired by a cut in a long speech."""
    open_marks: list[int] = []
    dangling: set[int] = set()
    for index, mark in enumerate(text):
        if open_marks and mark in _DOUBLE_QUOTES.get(text[open_marks[-1]], ""):
            open_marks.pop()
        elif mark in _DOUBLE_QUOTES:
            open_marks.append(index)
        elif mark in "”」』":
            dangling.add(index)
    dangling.update(open_marks)
    told = "".join(mark for index, mark in enumerate(text) if index not in dangling).strip()
    return told if has_words(told) else text


def join(sentences: tuple[str, ...]) -> str:
    """The sentences as running text: a space between them, but none beside Chinese."""
    text = ""
    for sentence in sentences:
        is_tight = not text or not sentence or _is_wide(text[-1]) or _is_wide(sentence[0])
        text += sentence if is_tight else f" {sentence}"
    return text


def has_words(text: str) -> bool:
    """Whether there is anything but punctuation and space."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def _paragraphs(text: str) -> Iterator[str]:
    for block in _BLANK_LINE.split(text):
        lines = [line.strip() for line in block.split("\n")]
        if max(map(len, lines)) <= _VERSE_LINE_MAX:
            yield from filter(None, lines)
        else:  # lines wrapped at a margin, or long paragraphs
            yield from filter(None, _unwrapped(lines))


def _unwrapped(lines: list[str]) -> Iterator[str]:
    run: list[str] = []
    for line in lines:
        run.append(line)
        if line and (line[-1] in _ENDS or _CLOSING.match(line, len(line) - 1)):
            yield join(tuple(run))
            run = []
    yield join(tuple(run))


def _borders(paragraph: str, language: str) -> Iterator[int]:
    """Where sentences end; text between quotation marks is skipped."""
    closings = _closings(paragraph)
    position = 0
    while match := _MARK.search(paragraph, position):
        at, mark = match.start(), match.group()
        if mark in _CLOSERS:
            close = _closing(paragraph, at, closings)
            position = at + 1 if close is None else close + 1
            if (
                close is not None
                and paragraph[close - 1] in _ENDS
                and _starts_anew(paragraph, position)
            ):
                yield position
        else:
            tail = _TAIL.match(paragraph, at)
            position = tail.end() if tail else at + 1
            if _is_end(paragraph, at, position, language):
                yield position


def _closings(paragraph: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for match in _CLOSING.finditer(paragraph):
        found.setdefault(match.group(), []).append(match.start())
    return found


def _closing(paragraph: str, at: int, closings: dict[str, list[int]]) -> int | None:
    """Where the quotation that opens here ends; None if it opens none."""
    mark = paragraph[at]
    if mark == "'" and (
        (at > 0 and not paragraph[at - 1].isspace()) or paragraph[at + 1 : at + 2].isspace()
    ):
        return None  # an apostrophe
    candidates = closings.get(_CLOSERS[mark], [])
    index = bisect_left(candidates, at + 1)
    return candidates[index] if index < len(candidates) else None


def _is_end(paragraph: str, at: int, after: int, language: str) -> bool:
    if any(mark in _FIRM_ENDS for mark in paragraph[at:after]):
        return True
    is_tight = after < len(paragraph) and not paragraph[after].isspace()
    if is_tight and (paragraph[at] == "…" or not _is_wide(paragraph[after])):
        return False  # 3.14, example.org
    stops = paragraph[at:after].count(".")
    if stops == 1 and is_abbreviated(paragraph, at, language):
        return False
    if paragraph[at] in "!?" and _goes_on_small(paragraph, after):
        return False
    is_ellipsis = paragraph[at] == "…" or stops > 1
    return not is_ellipsis or _starts_anew(paragraph, after)


def _goes_on_small(paragraph: str, after: int) -> bool:
    """Whether a small letter follows, in a text whose sentences begin with capitals."""
    following = paragraph[after : after + 2].lstrip()[:1]
    return following.islower() and any(map(str.isupper, paragraph[max(0, after - 120) : after]))


def _starts_anew(paragraph: str, position: int) -> bool:
    """Whether a new sentence begins after a quotation that ended in a full stop."""
    rest = paragraph[position : position + 2].lstrip()
    if not rest:
        return position >= len(paragraph)
    if _TAG.match(paragraph, position):
        return False
    return not (rest[0].islower() or rest[0] in ",，、;；:：-–—.。!?！？”’」』)便又也才と")


def _is_wide(character: str) -> bool:
    return bool(_CJK.match(character)) or unicodedata.east_asian_width(character) in "WF"


def _last_border(text: str, limit: int) -> int:
    """The last position within the limit that splits no word or number, else no character."""
    for split in (split_lines, split_by_rules, split_characters):
        borders = [end for end in accumulate(map(len, split(text))) if end <= limit]
        if borders and borders[-1] > limit // 3:
            return borders[-1]
    return limit
