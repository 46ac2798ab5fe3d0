"""Texts in the encodings that files have, of any length and kind, and what is no text."""

import codecs
import io
import zipfile

import pytest

from domain import MAX_CONTENT_LENGTH
from errors import InvalidInputError
from resolvers.text_files import MAX_TEXT_BYTES, read_text_file
from tests.case_files import CASES

STORY = "第一章 渔火\n老渔夫点亮了灯。小猫跟着他回家。\n"
LENGTHS = (10, 45, 200, 2_000)
PROSE = {
    "gb18030": (
        "老渔夫点亮了灯，小猫跟着他回家。夜里风很大，海浪拍打着岸边的石头，远处的灯塔一明一暗"
        "。天亮以后，村子里的人都来看他，谁也不相信他一个人走了那么远。"
    ),
    "big5": (
        "老漁夫點亮了燈，小貓跟著他回家。夜裡風很大，海浪拍打著岸邊的石頭，遠處的燈塔一明一暗"
        "。天亮以後，村子裡的人都來看他，誰也不相信他一個人走了那麼遠。"
    ),
    "shift_jis": (
        "年老いた漁師が明かりをともした。小さな猫が後を追って家へ帰った。夜になると風が強くな"
        "り、波が岸の石を打った。朝が来ると、村の人々はみな彼を見に来た。"
    ),
    "euc_kr": (
        "늙은 어부가 등불을 켰다. 작은 고양이가 그를 따라 집으로 돌아왔다. 밤이 되자 바람이 "
        "거세지고 파도가 바위를 때렸다. 아침이 오자 마을 사람들이 모두 그를 보러 왔다."
    ),
}
DIALOGUE = {
    "gb18030": (
        "“你冷吗？”老人问。“不冷。”小猫说，“可是我饿了。”老人笑了：“那么我们回家吃鱼吧"
        "！”“好啊，”小猫跳起来，“我要最大的那一条……”"
    ),
    "big5": (
        "「你冷嗎？」老人問。「不冷。」小貓說，「可是我餓了。」老人笑了：「那麼我們回家吃魚吧"
        "！」「好啊，」小貓跳起來，「我要最大的那一條……」"
    ),
    "shift_jis": (
        "「寒くないかい」と老人はたずねた。「寒くないよ」と猫は言った。「でも、おなかがすいた"
        "」「それなら帰って魚を食べよう」「うん、いちばん大きいのがいいな」"
    ),
    "euc_kr": (
        '"춥지 않니?" 노인이 물었다. "춥지 않아요." 고양이가 말했다. "그런데 배가 고파요." "'
        '그러면 집에 가서 물고기를 먹자!" "좋아요, 제일 큰 것으로 주세요."'
    ),
}
MIXED = {
    "gb18030": (
        "2024年春天，他坐K302次列车去了上海，在一家叫Blue Moon的店里吃了3碗面，花了45.5元。"
    ),
    "big5": ("2024年春天，他坐K302次列車去了臺北，在一家叫Blue Moon的店裡吃了3碗麵，花了45.5元。"),
    "shift_jis": (
        "2024年の春、彼はK302列車で東京へ行き、Blue Moonという店でラーメンを3杯食べた。45.5ユ"
        "ーロだった。"
    ),
    "euc_kr": (
        "2024년 봄, 그는 K302 열차를 타고 서울로 가서 Blue Moon이라는 가게에서 국수 3그릇을 "
        "먹었다. 45.5유로였다."
    ),
}
KINDS = {"prose": PROSE, "dialogue": DIALOGUE, "with Latin words": MIXED}
GOLDEN = [
    pytest.param(codec, (text * (length // len(text) + 1))[:length], id=f"{codec}-{length}-{kind}")
    for kind, texts in KINDS.items()
    for codec, text in texts.items()
    for length in LENGTHS
]
OTHERS = {
    "windows-1252": (
        "Le café était fermé. « Tu as froid ? » demanda-t-il à sa mère.",
        "Der Bär schlief über Nacht. „Wer kommt da?“ fragte die Königin müde.",
        "El niño corrió por la montaña. ¡Nadie! La canción sonó en el jardín.",
        "A avó não queria dormir. O coração do João batia.",
        "It was late. “Who’s there?” she asked – and nobody answered …",
    ),
    "windows-1250": (
        "Mały kotek poszedł za nim do domu. Źdźbło trawy chwiało się, żółw śpi.",
        "Příšerně žluťoučký kůň úpěl ďábelské ódy.",
    ),
    "windows-1251": (
        "Старый рыбак зажёг лампу. «Тебе холодно?» — спросил он.",
        "Маленьке кошеня пішло за ним додому.",
    ),
    "KOI8-R": ("Старый рыбак зажёг лампу. Котёнок пошёл за ним домой.",),
    "windows-1253": ("Ο γέρος ψαράς άναψε τη λάμπα. Η γάτα τον ακολούθησε στο σπίτι.",),
    "windows-1254": ("Yaşlı balıkçı lambayı yaktı. Küçük kedi onu eve kadar izledi.",),
    "windows-1255": ("הדייג הזקן הדליק את המנורה. החתול הקטן הלך אחריו הביתה.",),
    "windows-1256": ("أشعل الصياد العجوز المصباح. تبعه القط الصغير إلى البيت.",),
    "EUC-JP": (PROSE["shift_jis"][:40],),
}
EVERY_SCRIPT = (
    "The old man lit the lamp.",
    "老渔夫点亮了灯。",
    "老漁夫點亮了燈。",
    "小さな猫が後を追った。",
    "고양이가 따라갔다.",
    "Старый рыбак.",
    "Le café était fermé.",
)


@pytest.mark.parametrize(("codec", "text"), GOLDEN)
def test_a_text_is_read_as_it_was_written(codec: str, text: str) -> None:
    told = read_text_file(text.encode(codec))

    assert (told.text, told.is_certain) == (text, True)
    assert codecs.lookup(told.encoding).name == codecs.lookup(codec).name


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in OTHERS.items() for text in texts]
)
def test_texts_with_accents_and_other_alphabets_are_read_as_well(name: str, text: str) -> None:
    told = read_text_file(text.encode(name))

    assert (told.text, told.encoding) == (text, name)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", EVERY_SCRIPT)
def test_a_byte_order_mark_says_what_follows_and_is_no_part_of_it(codec: str, text: str) -> None:
    assert read_text_file(text.encode(codec)).text == text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [*EVERY_SCRIPT, STORY * 60])
def test_utf_16_is_read_without_its_mark(codec: str, text: str) -> None:
    told = read_text_file(text.encode(codec))

    assert (told.text, told.is_certain) == (text, True)


@pytest.mark.parametrize("text", ["Bush hid the facts", "naïve", "ΑΒΓ", "👩‍👩‍👧 🇫🇷", "老"])
def test_what_is_utf_8_is_never_guessed_at(text: str) -> None:
    told = read_text_file(text.encode())

    assert (told.text, told.encoding, told.is_certain) == (text, "UTF-8", True)


@pytest.mark.parametrize("name", ["gbk", "utf16le-bom", "utf8-bom-crlf"])
def test_the_same_story_comes_out_of_three_files(name: str) -> None:
    told = read_text_file((CASES / f"{name}.txt").read_bytes())

    assert (told.text, told.is_certain) == (STORY, True)


@pytest.mark.parametrize("text", ["孔乙己", "联通", "못된"])
def test_a_few_characters_are_a_guess_that_is_told_as_one(text: str) -> None:
    codec = "euc_kr" if text == "못된" else "gbk"

    told = read_text_file(text.encode(codec))

    assert not told.is_certain
    assert {"GB18030", "EUC-KR"} <= set(told.candidates)
    readings = [read_text_file(text.encode(codec), encoding=name) for name in told.candidates]
    assert text in [reading.text for reading in readings]


def test_each_candidate_makes_another_text() -> None:
    content = (CASES / "gbk.txt").read_bytes()

    names = read_text_file(content).candidates
    texts = {read_text_file(content, encoding=name).text for name in names}

    assert names[0] == "GB18030"
    assert len(texts) == len(names) > 1


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("gbk", "GB18030"),
        ("GB2312", "GB18030"),
        ("cp936", "GB18030"),
        ("big5", "Big5"),
        ("Shift-JIS", "Shift_JIS"),
        ("EUC_KR", "EUC-KR"),
        ("latin-1", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("Windows-1251", "windows-1251"),
        ("cp874", "windows-874"),
        ("windows-874", "windows-874"),
        ("sjis", "Shift_JIS"),
        ("utf8", "UTF-8"),
        ("UTF-16BE", "UTF-16BE"),
        ("koi8-r", "KOI8-R"),
        ("UTF-8", "UTF-8"),
        ("utf-16", "UTF-16LE"),
    ],
)
def test_an_encoding_is_known_by_its_usual_names(name: str, encoding: str) -> None:
    told = read_text_file(
        "fox\n".encode(
            "utf-16-be" if "BE" in name else "utf-16-le" if "utf-16" in name else "ascii"
        ),
        encoding=name,
    )

    assert (told.text, told.encoding) == ("fox\n", encoding)


@pytest.mark.parametrize("name", ["", "nonsense", "zip", "rot13", "punycode", "\0", "x" * 10_000])
def test_a_name_of_no_encoding_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(InvalidInputError, match="GB18030") as refused:
        read_text_file(b"fox", encoding=name)

    assert refused.value.code == "UNSUPPORTED"


def _zipped(*names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in names:
            file.writestr(name, "application/epub+zip" if name == "mimetype" else "<xml/>")
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (_zipped("[Content_Types].xml", "word/document.xml"), "a Word document"),
        (_zipped("mimetype"), "an EPUB book"),
        (_zipped("notes.txt"), "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "an old Microsoft Office"),
        (b"{\\rtf1\\ansi Once upon a time.}", "an RTF document"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV recording"),
        (b"\0\0\0\x20ftypisom", "a film"),
    ],
)
def test_another_kind_of_file_is_refused_with_its_name(content: bytes, kind: str) -> None:
    with pytest.raises(
        InvalidInputError, match=f"The file is .*{kind}.*. Save it as plain text"
    ) as refused:
        read_text_file(content)

    assert refused.value.code == "UNSUPPORTED"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("老渔夫点亮了灯".encode()[:-1], "ends within a UTF-8 character"),
        ("Un café, un thé".encode()[:-1], "ends within a UTF-8 character"),
        ((STORY * 3).encode("gbk").rstrip()[:-1], "ends within a GB18030 character"),
        (codecs.BOM_UTF16_LE + b"h\0i", "ends within a UTF-16LE character"),
        (STORY.encode().replace(b"\n", b"\xff\n", 1), "not valid UTF-8 .byte"),
        (STORY.encode("gbk").replace(b"\n", b"\xff\n", 1), "[Ss]ave (it|the text) as UTF-8"),
        (b"A fox\0sang all night.\n" * 3, "[Ss]ave (it|the text) as UTF-8"),
        (bytes(range(256)) * 8, "[Ss]ave (it|the text) as UTF-8"),
        (b"\0\1\2\3" * 8, "[Ss]ave (it|the text) as UTF-8"),
        ("A fox sang \ufffd\ufffd all night.".encode(), "U\\+FFFD"),
        ("锟斤拷".encode("gbk"), "U\\+FFFD"),
        ("A fox \ufffd".encode("utf-16"), "U\\+FFFD"),
        ("狐狸\ufffd".encode("gb18030"), "U\\+FFFD"),
    ],
)
def test_what_cannot_be_read_without_loss_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        read_text_file(content)


def test_a_named_encoding_that_the_bytes_are_not_in_is_refused() -> None:
    content = (CASES / "gbk.txt").read_bytes()

    with pytest.raises(InvalidInputError, match="not valid UTF-8"):
        read_text_file(content, encoding="UTF-8")
    with pytest.raises(InvalidInputError, match="not valid UTF-8"):
        read_text_file("孔".encode("gbk"), encoding="UTF-8")
    with pytest.raises(InvalidInputError, match="U\\+FFFD"):
        read_text_file("狐狸\ufffd".encode("gb18030"), encoding="GB18030")


def test_line_ends_of_every_system_become_plain_ones() -> None:
    told = read_text_file("a\rb\r\nc\nd\u2028e\u2029f\x85g\x1a".encode())

    assert told.text == "a\nb\nc\nd\ne\n\nf\ng"


def test_a_long_text_is_judged_by_what_follows_its_english_head() -> None:
    text = "All rights reserved. " * 1_000 + PROSE["gb18030"]

    assert read_text_file(text.encode("gb18030")).text == text


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-32"])
def test_the_longest_story_is_read_and_a_longer_one_is_refused_unread(codec: str) -> None:
    longest = ("老渔夫点亮了灯。" * MAX_CONTENT_LENGTH)[:MAX_CONTENT_LENGTH]

    assert read_text_file(longest.encode(codec)).text == longest
    with pytest.raises(InvalidInputError) as refused:
        read_text_file(b"x" * (MAX_TEXT_BYTES + 1))
    assert refused.value.code == "TOO_LONG"
