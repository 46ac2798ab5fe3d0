"""The moods of a story, which tint its pictures and choose its music."""

import re
from enum import StrEnum

from studio.lexicon import Lexicon, is_meant


class Mood(StrEnum):
    """The mood of a shot."""

    CALM = "calm"
    JOYFUL = "joyful"
    SAD = "sad"
    TENSE = "tense"
    MYSTERIOUS = "mysterious"
    HOPEFUL = "hopeful"


_LEXICON = Lexicon(
    (
        (
            (Mood.JOYFUL,),
            (
                "快乐 高兴 开心 欢乐 笑 大笑 微笑 哈哈 庆祝 幸福 喜悦 欢喜 喜 乐 欢呼 跳舞 "
                "唱歌 得意 热闹 有趣 团圆"
            ),
            (
                "happy happily happiness joy joyful joyfully laugh laughter smile celebrate "
                "merry merrily glad gladly "
                "cheerful cheer dance delight delighted feast wedding sing sang sung song "
                "party play proud proudly"
            ),
        ),
        (
            (Mood.SAD,),
            (
                "悲伤 悲 难过 哭 痛哭 泪 眼泪 流泪 孤独 寂寞 伤心 死 死了 去世 凄凉 苦 伤疤 "
                "伤痕 新伤疤 哀 哀伤 忧愁 愁 "
                "叹气 叹 可怜 饿 病 贫穷 穷 失去 离别 坟 惆怅 后悔 悔 失望 冷清"
            ),
            (
                "sad sadly sadness tears tear weep wept cry sob lonely loneliness alone "
                "grief grieve sorrow sorrowful mourn "
                "die dead death funeral grave lost poor miserable hungry starve sick ill "
                "unhappy sigh disappointed "
                "regret bitter bitterly heartbroken farewell"
            ),
        ),
        (
            (Mood.TENSE,),
            (
                "危险 战斗 逃 逃跑 追 追赶 恐惧 害怕 怕 惊 惊慌 吃惊 紧张 愤怒 怒 大怒 生气 "
                "战争 打仗 杀 吃掉 扑 抢 触 折颈 救命 "
                "挣扎 吓 咬 陷阱 敌人 敌 着火 失火 急忙"
            ),
            (
                "tense danger dangerous fight fought flee fled chase fear afraid frightened "
                "terrified terror terrible "
                "scream war battle attack desperate desperately panic anger angry angrily "
                "rage fury furious enemy kill "
                "murder trap threaten threat bite bit devour swallow struggle knife sword "
                "blood alarm hurry crash"
            ),
        ),
        (
            (Mood.MYSTERIOUS,),
            "神秘 奇怪 秘密 魔法 幽灵 鬼 古老 谜 梦 梦见 奇异 神奇 仙 妖 咒语 影子 陌生 怪",
            (
                "mystery mysterious mysteriously strange secret magic magical ghost ancient "
                "dream dreamt shadow whisper "
                "hidden spell curious wonder enchanted riddle unknown witch fairy invisible"
            ),
        ),
        (
            (Mood.HOPEFUL,),
            (
                "希望 冀 等待 勇敢 勇气 相信 光明 梦想 重生 盼望 盼 愿 愿望 决心 答应 终于 "
                "得救 回家 相遇 感谢 感激"
            ),
            (
                "hope hopeful hopefully brave bravely courage believe promise wish at-last "
                "save rescue thank grateful "
                "free freedom determined trust home-again dawned agreed"
            ),
        ),
        (
            (Mood.CALM,),
            "平静 宁静 安静 安宁 慢慢 休息 寂静 悠闲 静静 静 温柔 从容 睡",
            (
                "calm calmly quiet quietly peaceful peace silent gentle gently rest sleep "
                "slept asleep slow slowly soft softly"
            ),
        ),
        # "cried" as a verb of speech says nothing about tears; the others only contain a word of
        # mood.
        (
            (),
            (
                "笑话 玩笑 死心 冷笑 苦笑 哭笑不得 梦想家 音乐 喜欢 喜鹊 辛苦 恐怕 奇怪的是 "
                "苦瓜 好笑 嘲笑 笑道 笑着说 怪不得 愿意 "
                "别怕 不死 可乐 静止 死死 病人 折腾 难怪 要死 老死"
            ),
            "cried play-a-part well-ill spring-tide playground",
        ),
    )
)
_LABEL = re.compile(r"(?:气氛：|\bMood:)([^。.\n]*)", re.IGNORECASE)
_STORY = re.compile(r"情节：|\bStory:")
_SCANNED_LENGTH = 1_200


def read_mood(text: str) -> Mood | None:
    """The mood of a story's words, or of the `Mood:`/`气氛：` line of a prompt, or None.

    Only the beginning of a long text is read. The most frequent mood wins; in a tie, the last one.
    """
    story = _STORY.search(text)
    if label := _LABEL.search(text, 0, story.start() if story else len(text)):
        return _strongest(label[1])
    return _strongest(text[:_SCANNED_LENGTH])


def _strongest(text: str) -> Mood | None:
    tally: dict[Mood, int] = {}
    for found in _LEXICON.find(text):
        if is_meant(text, found.start):
            mood = Mood(found.concepts[0])
            tally[mood] = tally.pop(mood, 0) + 1
    return max(reversed(tally), key=lambda mood: tally[mood], default=None)
