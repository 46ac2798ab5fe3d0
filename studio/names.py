"""Finds the names of people in a story by how the text uses them, and what it says they are.

English names are capitalized within a sentence. Chinese names begin clauses repeatedly, follow 叫
or precede 说 and 道.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from studio.characters import Character, sex_of
from studio.scene import PEOPLE, Age, Figure
from studio.words import WORDS

_CAPITALISED = re.compile(
    r"\b(?:(?:Mrs?|Ms|Dr|St|Prof|Gen|Col|Maj|Capt|Lt|Sgt|Rev)\.? )?[A-Z][a-zé]+"
    r"(?:[- ](?:[A-Z][a-zé]+|(?:of|the|van|de) [A-Z][a-zé]+))*"
)
_NO_NAMES_WORDS = (
    "monday tuesday wednesday thursday friday saturday sunday january february march "
    "april june july august september october november december christmas easter god lord "
    "english french chinese german europe america england china france germany italy "
    "spain russia india africa asia the and but then when once one two three there this "
    "that these those what who why how where yes no not oh ah well now here his her its "
    "their our my your he she it they we you i if so for from in on at by with as of to "
    "or a an all every each some many after before until while suddenly at finally soon "
    "still however meanwhile perhaps never nobody nothing somebody ok okay chapter shot "
    "story long each only even just let look come go stop run help good dear please hello "
    "thank thanks big select drop table"
)
_FORMS = "mr mrs ms dr prof st gen col maj capt cmdr lt sgt cpl pvt adm rev hon gov sen messrs ft"
FORMS_OF_ADDRESS = frozenset(_FORMS.split())
"""Words before a name that are not part of it; in lower case, without the full stop."""
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split()) | FORMS_OF_ADDRESS
_ADJECTIVES_WORDS = "white black red grey old little big bad good great wicked poor golden"
_ADJECTIVES = frozenset(_ADJECTIVES_WORDS.split())
_SAID = (
    "said says asked asks cried cries replied answered answers whispered "
    "whispers shouted laughed laughs smiled thought "
    "thinks was is had has went goes came comes took looked looks felt knew "
    "knows wanted wants saw sees lived lives ran "
    "runs walked walks sat sits stood stands could would did does began begins "
    "turned found finds woke opened gave got "
    "made told tells loved loves heard nodded who"
)
_ACTS = re.compile(rf"(?:['’]s)? (?:\w+ly )?(?:{'|'.join(_SAID.split())}|[a-z]+ed)\b|['’]s ")
_CALLED = re.compile(
    r"(?:\b(?:named|called|name was|name is|said|asked|cried|replied|answered"
    r"|whispered|and|with|little|poor|old|young"
    r"|dear|saw|met|told|loved|for|to) )$"
)
_AT_A_PLACE = re.compile(
    r"\b(?:in|at|from|near|into|of|towards?|through|across|over|around) (?:the )?$"
)
_BEGINS = re.compile(r"(?:^|[.!?:;\n“”\"‘'—(]\s*)$")
_NOUN_BEFORE = re.compile(
    r"((?:[\w-]+ ){1,5})(?:named|called|whose name was|by the name of) $"
    r"|\b(?:[Hh]er|[Hh]is|[Tt]he|[Mm]y|[Aa]n?|[Tt]heir) ((?:[\w-]+ ){1,2})$"
)
_NOUN_AFTER = re.compile(
    r"(?:, | [^.\n]{0,24}?\b(?:was|is) )(?:a|an|the|his|her|their|my) ((?:[\w-]+ ?){1,5})"
)
_HERS = re.compile(r"\b(?:she|her|herself)\b")
_HIS = re.compile(r"\b(?:he|his|him|himself)\b")

_CLAUSE_START = re.compile(
    r"(?:^|[，。！？；：、“”「」『』\s—]|[^一二三四五六七八九十]那|只见|原来|于是"
    r"|后来|这时)(?=[\u4e00-\u9fff]{2})"
)
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘"
    "葛范彭郎鲁韦昌苗方俞任袁柳鲍史唐费岑薛雷贺倪汤滕罗"
    "毕郝邬安常于傅卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄戴宋庞熊纪舒屈项祝董梁杜阮蓝席季"
    "贾路江童郭林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫房"
    "解丁邓郁单杭洪包左石崔吉龚程邢裴陆荣翁荀曲封储靳段富巫焦侯宁仇祖武符刘景詹叶司黎"
    "乔温闫阿老闰祥晏嫦"
)
_NO_NAME_CHARACTERS = frozenset(
    "的了是在有着也都不就便又很说道笑问答叫喊这那个他她它我你您和与跟把被从到去来走看"
    "听想给向对为以而之其上下里外坐站跑哭吃喝拿一二两三四五六七八十"
    "几没见只才再已还要会能可将过起得地么吗呢吧啊啦们每因所使让将正忽突便却即若如但并"
    "且或及者乃亦遂皆既曰矣焉此何谁什怎时候天年月日"
)
_SPEAKS = re.compile(
    r"(?:[，]?(?:微笑|大笑|冷笑|笑|哭|大声|小声|轻声|高声|低声|连忙|急忙|赶紧|忙"
    r"|便|就|又|也|高兴|生气)[着地]?)?(?:说|道|曰|问|答|喊|叹|回答|叫道|想)"
)
_NAMED = re.compile(
    r"(?:名叫|名字叫|叫做|叫作|取名|小名|名唤|唤作"
    r"|(?<=[个位人孩子女男])叫)([\u4e00-\u9fff]{2,3}?)(?=[，。、；！的”\s]|$)"
)
_TITLED = re.compile(
    r"[赵钱孙李周吴郑王冯陈沈韩杨朱许何张孔曹金魏谢苏葛范鲁方袁柳唐薛罗郝顾黄林郭高徐胡祥九四阿](?:先生"
    r"|太太|大嫂|嫂|婶|大娘|大爷|大伯|师傅|老板|四叔|妈|老汉|老头|大妈|大婶|大叔|奶奶|爷爷|婆婆"
    r"|老师|医生|大夫|阿姨|伯伯|经理|警官|师父|掌柜|员外|屠户|将军)"
)
_IS = re.compile(r"[，]?(?:本来)?是(?:一?[个位名只条]|村里|家里)?([^，。！？]{1,12})")
_IDENTICAL = re.compile(r"([\u4e00-\u9fff]{1,4})(?:便|就|正)是$")
_WOMEN = re.compile(r"[嫂婶娘妈婆姑姐妹氏妮娜丽娟芳兰英花红霞娥]$|太太$|奶奶$")
_MAXIMUM = 24
_SCANNED_LENGTH = 40_000


def find_names(text: str, *, in_chinese: bool) -> dict[str, Character]:
    """The people and animals with a name, under each form that the text uses."""
    text = text[:_SCANNED_LENGTH]
    names = _chinese_names(text) if in_chinese else _english_names(text)
    characters: dict[str, Character] = {}
    for name in names[:_MAXIMUM]:
        kind = _chinese_kind(name, text) if in_chinese else _english_kind(name, text)
        concepts = kind.concepts
        figure = next((Figure(c) for c in concepts if isinstance(c, Figure)), Figure.PERSON)
        character = Character(name.replace(".", ""), figure)
        character.is_female = sex_of(kind.noun, figure)
        if character.is_female is None:
            character.is_female = _is_female(name, figure, text, in_chinese=in_chinese)
        if figure is Figure.PERSON and character.is_female:
            character.figure = Figure.WOMAN
        if figure in PEOPLE:
            character.learn(concepts)
        characters[name] = character
        if kind.noun and kind.is_alias and figure in PEOPLE:
            characters.setdefault(kind.noun, character)
    return characters


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the text says a person is, and the noun for it: a girl named Dorothy."""

    concepts: tuple[StrEnum, ...] = ()
    noun: str = ""
    is_alias: bool = True


def _english_names(text: str) -> list[str]:
    inside: Counter[str] = Counter()
    places: Counter[str] = Counter()
    acting: Counter[str] = Counter()
    for match in _CAPITALISED.finditer(text):
        name = match.group()
        before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() :][:24]
        words = name.split()
        if words[0].lower() in _NO_NAMES:  # "When Dorothy", "The King of Spain"
            name = " ".join(words[1:])
            if not name or words[0].lower() in {"the", "chapter"}:
                continue
        elif _BEGINS.search(before) and len(words) > 1 and words[0].lower() in text:
            continue
        if all(word.lower() in _NO_NAMES for word in name.split()):
            continue
        starts = _BEGINS.search(before) is not None and name == match.group()
        inside[name] += not starts
        places[name] += _AT_A_PLACE.search(before) is not None
        acting[name] += bool(_ACTS.match(after)) + bool(_CALLED.search(before))
    found = [
        name
        for name in inside
        if acting[name]
        and places[name] * 2 <= inside[name] + 1
        and (inside[name] or acting[name] >= 2)
        and not (" " not in name and re.search(rf"\b{name.lower()}\b", text))
        and not _is_no_name(name)
    ]
    return sorted(found, key=lambda name: -inside[name] - acting[name])


def _is_no_name(name: str) -> bool:
    """A place (Baker Street), or a noun spelled as a name (the White Rabbit)."""
    words = name.lower().split()
    concepts = WORDS.concepts(words[-1]) or ()
    is_figure = any(isinstance(concept, Figure) for concept in concepts)
    return bool(concepts) and (not is_figure or len(words) == 1 or words[0] in _ADJECTIVES)


def _english_kind(name: str, text: str) -> _Kind:
    """What the story says a person is: in the name itself, before "named", or after "was a"."""
    if kind := _first_figure(name.lower(), last=True):
        return replace(kind, is_alias=False)
    for match in list(re.finditer(rf"\b{re.escape(name)}\b", text))[:12]:
        before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() :][:60]
        noun = _NOUN_BEFORE.search(before)
        if noun and (kind := _first_figure((noun[1] or noun[2]).lower(), last=True)):
            return kind
        noun = _NOUN_AFTER.match(after)
        if noun and (kind := _first_figure(noun[1].lower(), last=False)):
            return kind
    return _Kind()


def _chinese_names(text: str) -> list[str]:
    starts: Counter[str] = Counter()
    speaking: Counter[str] = Counter()
    for match in _CLAUSE_START.finditer(text):
        known = next(WORDS.find(text[match.end() : match.end() + 6]), None)
        if known and known.start == 0:
            continue  # 老奶奶 is no name that follows a surname
        for length in (2, 3, 4):
            name = text[match.end() : match.end() + length]
            if len(name) < length or not _is_namelike(name):
                break
            starts[name] += 1
            speaking[name] += _SPEAKS.match(text, match.end() + length) is not None
    named: Counter[str] = Counter(match[1] for match in _NAMED.finditer(text))
    named.update(match.group() for match in _TITLED.finditer(text))
    found: dict[str, int] = {}
    for name in (*named, *starts):
        total = text.count(name)
        is_called = name in named and (_is_namelike(name) or _TITLED.fullmatch(name) is not None)
        is_name = name[0] in _SURNAMES and starts[name] >= 2
        speaks = speaking[name] >= 1 and total >= 2
        if is_called or ((is_name or speaks) and total >= 2):
            found[name] = total
    return sorted(
        (name for name in found if not _is_part_of_longer(name, found)),
        key=lambda name: (-found[name], name),
    )


def _is_namelike(name: str) -> bool:
    return not _NO_NAME_CHARACTERS.intersection(name) and next(WORDS.find(name), None) is None


def _is_part_of_longer(name: str, counts: dict[str, int]) -> bool:
    return any(
        name != other
        and name in other
        and (counts[other] >= 0.7 * counts[name] or name not in other[:2])
        for other in counts
    )


def _chinese_kind(name: str, text: str) -> _Kind:
    """What the story says a person is: before 叫, after 是, or right before the name."""
    identity = _IDENTICAL.search(text[: text.find(name)][-20:])
    if identity and (kind := _first_figure(identity[1], last=True)):
        return kind
    for match in list(re.finditer(re.escape(name), text))[:12]:
        before = re.split(r"[，。！？；\n]", text[max(0, match.start() - 14) : match.start()])
        close = before[-1] if before[-1] or len(before) < 2 else before[-2]
        is_called = re.search(r"(?:叫|名)[做作叫]?$", close) is not None
        noun = close if is_called else close[-3:]
        kind = _first_figure(noun, last=True)
        if kind and (is_called or _ends_in_figure(noun)):
            return kind
        noun_after = _IS.match(text, match.end())
        if noun_after and (kind := _first_figure(noun_after[1], last=True)):
            return kind
    if kind := _first_figure(name, last=True):
        return replace(kind, is_alias=False)
    if name.endswith(("公", "翁", "叟")):
        return _Kind((Figure.PERSON, Age.OLD))
    return _Kind((Figure.CHILD,) if name[0] == "小" else ())


def _ends_in_figure(noun: str) -> bool:
    return any(found.end == len(noun) for found in WORDS.find(noun))


def _first_figure(noun: str, *, last: bool) -> _Kind | None:
    found = [f for f in WORDS.find(noun) if any(isinstance(c, Figure) for c in f.concepts)]
    described = tuple(c for f in WORDS.find(noun) for c in f.concepts if isinstance(c, Age))
    if not found:
        return None
    chosen = found[-1 if last else 0]
    return _Kind((*chosen.concepts, *described), chosen.word)


def _is_female(name: str, figure: Figure, text: str, *, in_chinese: bool) -> bool | None:
    if figure is Figure.WOMAN:
        return True
    if in_chinese and _WOMEN.search(name):
        return True
    hers, his = 0, 0
    for after in _windows(name, text):
        hers += after.count("她") if in_chinese else len(_HERS.findall(after))
        his += after.count("他") if in_chinese else len(_HIS.findall(after))
    return None if hers == his else hers > his


def _windows(name: str, text: str) -> Iterable[str]:
    for match in list(re.finditer(re.escape(name), text))[:20]:
        yield re.split(r"[。！？\n]", text[match.end() : match.end() + 90])[0].lower()
