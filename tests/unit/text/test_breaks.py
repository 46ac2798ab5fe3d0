"""Where texts may be parted.

The first table is written like Unicode's LineBreakTest: `÷` where a line may end, `×` where it may
not; one character each, a space as `_`. It holds that ICU is asked rightly, for the classes of
characters that stories are made of.
"""

import re
import time

import pytest

from text.abbreviations import is_abbreviated
from text.breaks import split_by_rules, split_characters, split_lines

UNICODE = """
a × b × c
a × _ ÷ b
a × _ × _ ÷ b
a × . × _ ÷ b
a × , × _ ÷ b
a × ; × _ ÷ b
a × ! × _ ÷ b
a × ? × ! × _ ÷ b
4 × , × 0 × 0 × 0
1 × . × 2
1 × 2 × : × 3 × 0
1 × / × 2
$ × 5 × . × 5
£ × 5
5 × %
5 × €
- × 5
2 × 0 × 2 × 6 × - × 1 × 1
a × - ÷ b
a × / ÷ b
a ÷ — ÷ b
a × … × _ ÷ b
a × ' × b
a × ’ × b
( × a × )
a × _ ÷ ( × b × ) × _ ÷ c
[ × 1 × ]
“ × a × ” × _ ÷ b
a × , × ” × _ ÷ b
a × . × " × _ ÷ b
a × _ ÷ " × b × "
a × _ ÷ « × b × »
« × _ × b × _ × » × _ ÷ c
a × _ × ! × _ ÷ b
a × \u00a0 × b
1 × \u202f × 0 × 0 × 0
a × \u2060 × b
a × \u200b ÷ b
a × \u0301 × b
他 ÷ 说
他 × ， ÷ 说
他 × 。 ÷ 说
他 × ！ ÷ 说
他 × ？ × ！ ÷ 说
他 × 、 ÷ 说
他 ÷ 说 × ： ÷ “ × 好 × 。 × ” ÷ 我
他 ÷ 「 × 好 × 」 ÷ 我
他 ÷ 『 × 好 × 』 × 。 ÷ 我
他 ÷ （ × 好 × ） ÷ 我
他 ÷ 《 × 好 × 》 ÷ 我
他 × … × …
他 ÷ a × b ÷ 说
他 ÷ 1 × 2 ÷ 天
あ × っ
あ × ー
あ × ゃ
佐 × 々 ÷ 木
あ × 。
ア × ッ
م × ر × ح × ب × ا × _ ÷ ب
ض × ح × ك × ت × . × _ ÷ ب
م × ؟ × _ ÷ ب
م × ، × _ ÷ ب
ש × ל × _ ÷ א
म × ी × र × ा × _ ÷ न × े
ज × ल × ा × य × ा × ।
١ × , × ٢ × ٥
😀 ÷ 😀
a × _ ÷ 😀 × _ ÷ b
👍 × 🏽
👨 × \u200d × 👩 × \u200d × 👧
🇨 × 🇳 ÷ 🇭 × 🇰
❤ × \ufe0f
"""
ROWS = [
    row.encode("latin-1", "backslashreplace").decode("unicode_escape") if "\\" in row else row
    for row in UNICODE.strip().splitlines()
]


def characters_of(row: str) -> list[str]:
    return [" " if one == "_" else one for one in re.split(" [÷×] ", row)]


@pytest.mark.parametrize("row", ROWS)
def test_lines_end_where_unicode_lets_them(row: str) -> None:
    characters = characters_of(row)
    expected = "".join(
        character + ("÷" if mark == "÷" else "")
        for character, mark in zip(characters, [*re.findall(" ([÷×]) ", row), ""], strict=True)
    )

    assert "÷".join(split_by_rules("".join(characters))) == expected


@pytest.mark.parametrize(
    "row",
    [
        "มี÷เด็ก÷ผู้÷หญิง÷คน÷หนึ่ง",
        "ภาษา÷ไทย ÷และ÷ภาษา÷อังกฤษ",
        "안녕하세요 ÷여러분 ÷반갑습니다",
        "吾輩は÷猫で÷ある。÷名前は÷まだ÷無い。",
    ],
)
def test_words_and_phrases_are_known_where_none_or_too_many_spaces_part_them(row: str) -> None:
    assert "÷".join(split_by_rules(row.replace("÷", ""))) == row


@pytest.mark.parametrize(
    "row",
    [
        "It ÷costs ÷4,000 ÷or ÷1.2 ÷times ÷$1,250,000.50 ÷more",
        "at ÷5 p.m. ÷or ÷12:30 ÷or ÷10:30–11:45 ÷sharp",
        "1 250 000 ÷francs ÷and ÷25 % ÷of ÷€ 5",
        "4 km, ÷6 ft. ÷tall",
        "Mr. Smith ÷and ÷Dr. No ÷of ÷St. Mary ÷met ÷J. R. R. Tolkien.",
        "the ÷U.S. Army, ÷No. 5 ÷and ÷p. 12",
        "А. С. Пушкин ÷писал",
        "John F. Kennedy, ÷J.-J. Rousseau ÷and ÷Henry VIII ÷in ÷Vol. II ÷of ÷Apollo 11",
        "60 km/h, ÷3 × 10^8 m/s, ÷2 €/kg, ÷±5, ÷≥ 5 ÷and/or ÷16 : 9",
        "3 $ ÷or ÷1 1/2 ÷cups, ÷3 ¼ ÷cups, ÷6 ft 2",
        "10 h 45, ÷um ÷10.45 Uhr ÷am ÷24. Dezember, ÷5. 5. 2026",  # codespell:ignore
        "+49 30 123456 ÷or ÷(030) 123456",
        r"C:\Users\anna\film.mp4 ÷or /home/anna/film.mp4 ÷or ÷~/x/y ÷either/÷or",
        "C++ ÷and ÷C#, ÷R2-D2 ÷and ÷Wi-÷Fi, ÷yes|÷no",
        "Hello ÷World, ÷5 ÷stars ÷at ÷7 ÷in ÷the ÷morning. ÷And ÷then",
        "No. ÷He ÷and ÷I. ÷Then ÷etc. ÷Then",
        "see ÷https://example.org/a/b?c=d&e=f ÷or ÷www.example.org/path, ÷or ÷me@my-site.org",
        "(https://example.org/a-b) ÷x",
        "看÷https://example.org/x/y。÷走",
        "二〇二六年÷十一月÷29日÷下÷午÷3点÷30分，÷三百五十个÷人",
        "１，２５０円を÷払う。",
        '他÷说，÷"好。"÷我÷走。',
        'he ÷said ÷"go!" ÷and ÷“No,” ÷she ÷said ÷(twice).',
    ],
)
def test_names_numbers_and_addresses_stay_whole(row: str) -> None:
    assert "÷".join(split_lines(row.replace("÷", ""))) == row


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Mr| Smith", True),
        ("Gen| Hill", True),
        ("Capt| Ahab", True),
        ("5 p.m| the train", True),
        ("11 p.m| He slept", False),
        ("11 P.M| when", True),
        ("6 ft| tall", True),
        ("cats, dogs, etc| They ran", False),
        ("J| R. R.", True),
        ("J.R.R| Tolkien", True),
        ("No| 5", True),
        ("He said no. No| He left", False),
        ("on Jan| 5", True),
        ("So did I| Then", False),
        ("the sun| the moon", False),
        ("a lamp| He", False),
    ],
)
def test_full_stops_of_abbreviations_end_no_sentence(text: str, is_one: bool) -> None:
    stop = text.index("|")

    assert is_abbreviated(text.replace("|", "."), stop) is is_one


def test_characters_are_what_people_see_as_one() -> None:
    characters = ["e\u0301", "👨\u200d👩\u200d👧", "🇨🇳", "🇭🇰", "👍🏽", "नि", "\ud800", "x"]

    assert list(split_characters("".join(characters))) == characters


@pytest.mark.parametrize("text", ["", " ", "\ud800", "a\ud800 b", '"', '你"好'])
def test_any_text_is_parted_without_a_loss(text: str) -> None:
    assert "".join(split_lines(text)) == text


@pytest.mark.parametrize("unit", ["一", "J. ", "a/", "123 ", "a@"])
def test_the_cost_grows_with_the_length_of_the_text_alone(unit: str) -> None:
    def seconds(text: str) -> float:
        started = time.perf_counter()
        split_lines(text)
        return time.perf_counter() - started

    short, long = (unit * (length // len(unit)) for length in (4_000, 32_000))
    ratios = [seconds(long) / max(seconds(short), 1e-4) for _ in range(3)]

    assert min(ratios) < 24
