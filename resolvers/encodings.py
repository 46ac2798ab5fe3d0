"""Detects the encoding of a text's bytes by the frequency of characters in its languages.

Each encoding has a unigram model: the share of its non-ASCII text that each group of characters
makes up. This is enough to detect Chinese, Japanese, Korean or Russian from ten characters.
"""

import math
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

_ASCII = math.log(1 / 60)
_UNKNOWN = math.log(1e-9)
_NO_TEXT = re.compile(r"[\0-\x08\x0e-\x19\x1b-\x1f\x7f-\x9f\ufffe\uffff\ue000-\uf8ff]")
"""Control characters, except the end-of-file mark of DOS, and code points without a character."""
_ODD = math.log(0.1)
_OTHER = "[\u0370-\u1dff\u3040-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uffdc]"
_ODDITIES = re.compile(
    f"[A-Za-zÀ-ɏ](?={_OTHER})|{_OTHER}(?=[A-Za-zÀ-ɏ])|[À-ɏ](?=[À-ɏ])"
    "|[a-zß-ÿα-ώа-я](?=[A-ZÀ-ÞΑ-ΩА-Я])"
)
"""Rare combinations: two scripts in a word, accents in a row, capitals after small letters."""

_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过"
    "发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本"
    "前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很"
    "最重并物手应向头文体美相见被利什二等产或新己身果加西斯月话合回特代内信老给世位次度门任常先海"
    "通教儿东声提立及比员水名真走各入几口认条平气题活更别打女变四神总何电安少报才结反受目太感再做"
    "接必场件计管期直德命山金指许区保至便空马吗呢吧"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過"
    "發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本"
    "前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很"
    "最重並物手應向頭文體美相見被利什二等產或新己身果加西斯月話合回特代內信老給世位次度門任常先海"
    "通教兒東聲提立及比員水名真走各入幾口認條平氣題活更別打女變四神總何電安少報才結反受目太感再做"
    "接必場件計管期直德命山金指許區保至便空馬嗎呢吧"
)
_KANA = (
    "のにはをたがでてとしれさるいなもかっらりあすこきまくせそつどめよえけわちおろやみんだへばねうじひ"
    "ゃょゅふほげごぶぞむぬゆずべぐびざぎづぱぼ"
)
_HANGUL = (
    "이다는을의에고가하를지한사은도로자어기그아서리나시정인으대니해들일라수보있전부구게여면것장제모만"
    "상우주적말원문동마과스비었생람거안성할신오경진히세공때아당무습까조연물지결선식내분았실용소속중국간"
    "더명방데유미불행년없집입학치러운바음저회보와트재외예관살계터발개술금알했려드요르차화양야위좋타울렇"
    "될느난호반돌두루약"
)
_WESTERN = "éàèêçùâîôûëïœäöüßóíáñú"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_GREEK = "αοιετσνηυρπκμλςόήίάδγωέθχφβύώξζψϊΐϋΰ"
_HEBREW = "יוהלארתבשמנעדקכחפםגצטןסזךץף"
_ARABIC = "اليمنرتوبةعدسفهكقحجشصطخذىأإءئضزثغظؤآ،؛؟"
_THAI = "านรอก่เงมย้ลวดทัิสีตะปบคุหแจูพช็ข์ใไโผืธถณซำศฟๆภษ"
_WIDE_MARKS = "，。、！？：；“”‘’（）《》…—\u3000「」『』·ー～"
_MARKS = "“”‘’–—…«»\xa0°№„‚§¿¡"

_Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding with its name in browsers and its Python codec.

    `shares` is the part of non-ASCII text that each group of characters makes up; `odds` is the
    frequency of such files, relative to the most common encoding.
    """

    name: str
    codec: str
    shares: _Shares = ()
    odds: float = 1.0

    def read(self, content: bytes) -> tuple[str, int] | None:
        """The bytes as text, and the end of its last whole character; None if they are invalid."""
        decoder = getincrementaldecoder(self.codec)()
        try:
            text = decoder.decode(content)
        except UnicodeDecodeError:
            return None
        return None if _NO_TEXT.search(text) else (text, len(content) - len(decoder.getstate()[0]))

    def likelihood(self, sample: bytes) -> float:
        """Natural log of the likelihood of the text in this encoding; its end may be incomplete."""
        text = getincrementaldecoder(self.codec)("ignore").decode(sample)
        logs = _logarithms(self.shares)
        told = sum(_ASCII if mark < "\x80" else logs.get(mark, _UNKNOWN) for mark in text)
        return told + _ODD * len(_ODDITIES.findall(text)) + math.log(self.odds)


@cache
def _logarithms(shares: _Shares) -> dict[str, float]:
    likely: dict[str, float] = {}
    for group, share in shares:
        members = set(group)
        for mark in members:
            likely[mark] = likely.get(mark, 0.0) + share / len(members)
    return {mark: math.log(share) for mark, share in likely.items()}


def _pairs(codec: str, leads: Iterable[int], *, first_trail: int = 0xA1) -> str:
    """All two-byte characters with these first bytes."""
    pairs = (bytes((lead, trail)) for lead in leads for trail in range(first_trail, 0xFF))
    marks = b"\n".join(pairs).decode(codec, "ignore").split("\n")
    return "".join(mark for mark in marks if len(mark) == 1 and mark > "\x7f")


def _letters(*alphabets: str) -> _Shares:
    """Non-ASCII small letters, the most common first, of each language with the encoding."""
    part = 1 / len(alphabets)
    shares: list[tuple[str, float]] = [(_MARKS, 0.15)]
    for letters in alphabets:
        total = sum(range(len(letters) + 1))
        for rank, letter in enumerate(letters):
            share = part * (len(letters) - rank) / total
            shares += [(letter, 0.78 * share), (letter.upper(), 0.07 * share)]
    return tuple(shares)


def _simplified() -> _Shares:
    return (
        (_WIDE_MARKS, 0.1),
        (_SIMPLIFIED, 0.4),
        (_pairs("gb2312", range(0xB0, 0xD8)), 0.46),  # the 3,755 that its makers considered common
        (_pairs("gb2312", range(0xD8, 0xF8)), 0.02),
        (_pairs("gb2312", range(0xA1, 0xAA)), 0.01),
        (_pairs("gbk", range(0x81, 0xFF), first_trail=0x40), 0.01),
    )


def _traditional() -> _Shares:
    return (
        (_WIDE_MARKS, 0.1),
        (_TRADITIONAL, 0.4),
        (_pairs("big5", range(0xA4, 0xC7), first_trail=0x40), 0.46),  # the 5,401 common ones
        (_pairs("big5", range(0xC9, 0xFA), first_trail=0x40), 0.02),
        (_pairs("big5", range(0xA1, 0xA4), first_trail=0x40), 0.01),
        (_pairs("big5hkscs", range(0x87, 0xFF), first_trail=0x40), 0.01),
    )


def _japanese() -> _Shares:
    return (
        (_WIDE_MARKS, 0.1),
        (_KANA, 0.42),
        (_pairs("euc_jp", (0xA4, 0xA5)), 0.12),
        (_pairs("euc_jp", range(0xB0, 0xD0)), 0.33),  # the 2,965 sorted by reading
        (_pairs("euc_jp", range(0xD0, 0xF5)), 0.02),
        (_pairs("cp932", range(0x81, 0xFD), first_trail=0x40), 0.01),
    )


def _korean() -> _Shares:
    return (
        (_WIDE_MARKS, 0.03),
        (_HANGUL, 0.55),
        (_pairs("euc_kr", range(0xB0, 0xC9)), 0.395),
        (_pairs("euc_kr", range(0xA1, 0xFE)), 0.015),
        (_pairs("cp949", range(0x81, 0xC9), first_trail=0x40), 0.01),
    )


@cache
def known_encodings() -> tuple[Encoding, ...]:
    """UTF-8, and all detected encodings; the earlier one if two give the same text."""
    cyrillic = _letters("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оаиніевтрслкудмпязьбгчйхжшїєщюцфґ")
    western = _letters("éàèêçùâîôûëïœ", "äüößéà", "óíáéñúü", "ãçáéóêíõúâàô", "åäöæøé", "èàùòìé")
    central = _letters("ąęłóśżćńź", "áíéěčšžřýůúóťďňľĺŕäô", "áéöőóüíúű", "ăîşâţ", "čšžćđ")
    return (
        Encoding("UTF-8", "utf-8", _any_language()),
        Encoding("GB18030", "gb18030", _simplified()),
        Encoding("Big5", "big5hkscs", _traditional()),
        Encoding("Shift_JIS", "cp932", _japanese()),
        Encoding("EUC-KR", "cp949", _korean()),
        Encoding("EUC-JP", "euc_jp", _japanese()),
        Encoding("windows-1252", "cp1252", western),
        Encoding("windows-1251", "cp1251", cyrillic),
        Encoding("windows-1250", "cp1250", central, odds=0.01),
        Encoding("windows-1254", "cp1254", _letters("ıişğüöçâîû"), odds=0.02),
        Encoding("windows-1253", "cp1253", _letters(_GREEK), odds=0.02),
        Encoding("windows-1255", "cp1255", _letters(_HEBREW), odds=0.02),
        Encoding("windows-1256", "cp1256", _letters(_ARABIC), odds=0.02),
        Encoding("windows-874", "cp874", _letters(_THAI), odds=0.02),
        Encoding("KOI8-R", "koi8_u", cyrillic, odds=0.02),
        Encoding("UTF-16LE", "utf-16-le", _any_language(), odds=0.1),
        Encoding("UTF-16BE", "utf-16-be", _any_language(), odds=0.1),
    )


@cache
def _any_language() -> _Shares:
    """A text of any of the languages above."""
    alphabets = (_GREEK, _HEBREW, _ARABIC, _THAI, _CYRILLIC, _WESTERN)
    parts = [_simplified(), _traditional(), _japanese(), _korean(), *map(_letters, alphabets)]
    return tuple((group, share / len(parts)) for part in parts for group, share in part)
