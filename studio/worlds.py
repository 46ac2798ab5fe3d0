"""Decides in which world a story takes place, so its streets and halls agree between shots."""

import re

from studio.scene import Place, World

_MODERN = re.compile(
    r"\b(?:subway|metro|neon|skyscrapers?|cars?|taxis?|cabs?|bus|buses|trams?|(?:smart)?phones?"
    r"|computers?|laptops?|internet|televisions?|tv|radio|elevators?|lifts?|apartments?|airports?"
    r"|airplanes?|traffic|headlights|motorcycles?|bicycles?|robots?|drones?|satellites?"
    r"|supermarkets?|office|headphones|email|cinema|new york|tokyo|los angeles)\b"
    r"|地铁|高楼|大厦|摩天|手机|电话|电脑|电视|电梯|汽车|轿车|出租车|公交|公共汽车|霓虹|公司|"
    r"办公室|写字楼|飞机|机场|高铁|火车|网络|机器人|咖啡馆|超市|便利店|公寓|医院|自行车|摩托",
    re.IGNORECASE,
)
_EASTERN = re.compile(
    r"\b(?:china|chinese|japan|japanese|korean?|kyoto|samurai|dynasty|bamboo|pagoda|mandarin"
    r"|tea-?house|kimono|rice paddy|beijing|peking|shanghai|hangzhou|kong yiji)\b",
    re.IGNORECASE,
)
_OLD = re.compile(
    r"\b(?:once upon a time|kings?|queens?|princes?s?|knights?|castles?|kingdoms?|witch(?:es)?"
    r"|wizards?|fairy|fairies|dragons?|giants?|carriages?|coachm[ae]n|merchants?|tailors?|millers?"
    r"|shepherds?|peasants?|blacksmiths?|swords?|lanterns?|candles?|inn|tavern|alehouse"
    r"|cobblestones?|lamplighters?|hare|tortoise)\b|城堡|国王|骑士|女巫|巫婆|巫师|伦敦|巴黎|欧洲",
    re.IGNORECASE,
)
_SPELLED = {
    World.MODERN: ("现代", "modern"),
    World.OLD: ("欧式", "old"),
    World.EASTERN: ("古代", "eastern"),
}
"""What a prompt puts before the place's name (Chinese, English)."""
_TOLD = (
    (World.MODERN, re.compile(r"现代|都市|\b(?:modern|contemporary|futuristic)\b", re.IGNORECASE)),
    (World.OLD, re.compile(r"欧|西洋|西式|\b(?:old|european|medieval)\b", re.IGNORECASE)),
    (World.EASTERN, re.compile(r"古|中式|\b(?:eastern|oriental|chinese)\b", re.IGNORECASE)),
)
DIFFERING = frozenset({Place.CITY, Place.TAVERN, Place.PALACE})
"""Places that look different in another world."""


def read_world(text: str, *, in_chinese: bool) -> World:
    """The world of a text: by its words, else by its language."""
    if _MODERN.search(text):
        return World.MODERN
    if _EASTERN.search(text):
        return World.EASTERN
    if _OLD.search(text):
        return World.OLD
    return World.EASTERN if in_chinese else World.MODERN


def told_world(place: str) -> World | None:
    """The world implied by a place's name: an old city; None if it implies none."""
    return next((world for world, pattern in _TOLD if pattern.search(place)), None)


def place_of_world(name: str, place: Place, world: World, *, in_chinese: bool) -> str:
    """The place's name preceded by its world, where that makes a difference."""
    if place not in DIFFERING:
        return name
    return f"{_SPELLED[world][0]}{name}" if in_chinese else f"{_SPELLED[world][1]} {name}"
