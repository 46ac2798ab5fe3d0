"""The Chinese and English words for people's looks and for what they do with their bodies."""

from enum import StrEnum

from studio.scene import Age, Dress, Hat, Pose, Tint

_TINTS: dict[Tint, tuple[str, str]] = {
    Tint.RED: ("红 朱", "red scarlet crimson"),
    Tint.BLUE: ("蓝 青", "blue"),
    Tint.GREEN: ("绿", "green"),
    Tint.YELLOW: ("黄 金", "yellow golden"),
    Tint.PURPLE: ("紫", "purple violet"),
    Tint.WHITE: ("白", "white"),
    Tint.BLACK: ("黑 乌", "black dark"),
    Tint.BROWN: ("棕 褐", "brown"),
}
_GARMENTS: dict[Dress | Hat, tuple[str, str]] = {
    Dress.COAT: (
        "大衣 外套 斗篷 披风 雨衣 外衣 风衣",
        "coat overcoat cloak raincoat cape mantle greatcoat",
    ),
    Dress.ROBE: ("长衫 长袍 袍子 道袍 袈裟 大褂 长褂 袍 衫", "robe long-gown"),
    Dress.GOWN: ("长裙 裙子 连衣裙 旗袍 裙", "dress gown skirt frock pinafore"),
    Dress.JACKET: (
        "夹袄 棉袄 短衣 短衫 上衣 衬衫 毛衣 夹克 皮袄 短褂 袄 衣服 衣裳 衣",
        "jacket shirt waistcoat sweater vest tunic jersey clothes",
    ),
    Dress.SUIT: ("太空服 宇航服 潜水服", "space-suit spacesuit diving-suit"),
    Hat.STRAW: ("草帽 斗笠", "straw-hat"),
    Hat.CAP: ("帽子 毡帽 小毡帽 便帽 礼帽 小帽 帽", "hat cap beret"),
    Hat.HOOD: ("兜帽 头巾 风帽", "hood headscarf kerchief shawl"),
    Hat.CROWN: ("王冠 皇冠 冠冕 桂冠", "crown tiara diadem"),
}
_BY_THEMSELVES = frozenset(("衣", "衣服", "衣裳", "衫", "clothes", "dark", "hood", "袍"))
"""Garments that count only with a colour, or that often mean something else."""


def _coloured_garments() -> list[tuple[tuple[StrEnum, ...], str, str]]:
    """Each garment alone, and in each colour: 红大衣, 红色的大衣, red coat."""
    rows: list[tuple[tuple[StrEnum, ...], str, str]] = []
    for garment, words in _GARMENTS.items():
        alone = [" ".join(w for w in side.split() if w not in _BY_THEMSELVES) for side in words]
        rows.append(((garment,), alone[0], alone[1]))
        for tint, colours in _TINTS.items():
            chinese = " ".join(
                f"{colour}{joint}{word}"
                for colour in colours[0].split()
                for joint in ("", "色", "色的", "色布", "布")
                for word in words[0].split()
            )
            english = " ".join(
                f"{colour}-{word}" for colour in colours[1].split() for word in words[1].split()
            )
            rows.append(((garment, tint), chinese, english))
    for tint, (_, english) in _TINTS.items():
        worn = (f"{verb}-{c}" for c in english.split() for verb in ("dressed-in", "clad-in"))
        rows.append(((tint,), "", " ".join(worn)))
    return rows


LOOKS: tuple[tuple[tuple[StrEnum, ...], str, str], ...] = (
    *_coloured_garments(),
    (
        (Age.OLD,),
        (
            "年老 年迈 苍老 白发 白发苍苍 花白 花白胡子 花白的胡子 白胡子 白须 胡子 胡须 "
            "皱纹 满头白发 上了年纪 年且九十 七十岁 八十岁 "
            "驼背 老态龙钟 拄着拐杖 年过半百"
        ),
        (
            "old aged elderly white-haired grey-haired gray-haired white-hair grey-hair "
            "gray-hair white-beard grey-beard "
            "gray-beard long-beard bearded wrinkled walking-stick bent-with-age "
            "white-bearded grey-bearded"
        ),
    ),
    (
        (Age.CHILD,),
        "年幼 幼小 七八岁 十来岁 八岁 六岁 七岁 九岁 十岁 五岁 十一二岁",
        (
            "five-years-old six-years-old seven-years-old eight-years-old nine-years-old "
            "ten-years-old "
            "five-year-old six-year-old seven-year-old eight-year-old nine-year-old "
            "ten-year-old twelve-year-old"
        ),
    ),
    (
        (Dress.RAGS,),
        "破衣 破烂 破夹袄 褴褛 衣衫褴褛 破衣烂衫 又脏又破 破旧的衣服 破棉袄 破破烂烂 补丁",
        "rag ragged tattered torn-coat torn-clothes threadbare in-tatters patched torn-robe",
    ),
    (
        (),
        "青衫泪 黄金 衣食 破衣而出 老样子 衣柜 裙带",
        (
            "long-ago old-friend old-mill old-house old-tree old-days years-old-whisky "
            "of-old old-castle old-oak red-hood-berry "
            "old-boat cap-of dress-up old-lighthouse"
        ),
    ),
)

POSES: tuple[tuple[tuple[StrEnum, ...], str, str], ...] = (
    (
        (Pose.RUN,),
        "跑 奔跑 奔 飞奔 狂奔 逃 逃跑 逃走 追 追赶 追逐 冲 赶紧跑 跑来 跑去 疾走 追去 扑",
        (
            "run ran race chase flee fled hurry rush gallop dash dashed sprint bolt "
            "scamper pursue escape charge leap leapt"
        ),
    ),
    (
        (Pose.SIT,),
        "坐 坐下 坐在 蹲 跪 跪下 守 守着 守候 歇息 盘腿",
        "sit sat seated kneel knelt crouch rest squat perch perched",
    ),
    ((Pose.RIDE,), "骑 骑着 骑上 骑马 策马", "ride rode ridden riding rode-out mounted"),
    (
        (Pose.LIE,),
        "睡 睡觉 睡着 入睡 熟睡 躺 躺下 卧 倒下 倒在 昏倒 打盹 打瞌睡 病倒 趴 摔倒",
        (
            "sleep slept asleep lay lying lie-down lies-down nap doze snore fainted "
            "fell-down collapse drowse lain"
        ),
    ),
    (
        (Pose.WAVE,),
        "招手 挥手 招呼 打招呼 大喊 喊 叫喊 呼喊 高喊 呼救 挥舞 欢呼",
        (
            "wave beckon shout hail greet cheer called-out calls-out call-out called-to "
            "calls-to call-to cried-out waving"
        ),
    ),
    (
        (Pose.WALK,),
        (
            "走 走进 走到 走来 走去 走向 走过 走出 步行 踱 踱进 行走 漫步 散步 赶路 爬 "
            "爬上 登上 出发 前往 来到 经过 路过 跟着 离开 闯进 穿过 流浪 上路 往回走"
        ),
        (
            "walk walks went goes going-to-the climb wander stroll march set-off "
            "sets-off set-out sets-out step trudge "
            "cross crosses crossed follow creep crept tiptoe stagger leave left "
            "travel come came journey crawl "
            "passed-by approach plod limp roam"
        ),
    ),
    (
        (Pose.STAND,),
        "站 站着 站在 立 立着 站起来 起身 站住 停下 停住 醒来 醒 起床",
        (
            "stand stood stop halt wake woke awoke awake stood-up got-up stand-up pause "
            "jumped-up woken"
        ),
    ),
    # Words that only look like one of the above.
    (
        (),
        (
            "立刻 立即 立马 成立 立场 独立 站台 车站 空间站 奔波 冲突 守塔 走廊 走运 "
            "逃避 歇后语 追求 追问 坐落 睡梦 立春 立冬 停顿 保守 守信 守株待兔 看守 遵守 "
            "对立 建立 爬山虎 追忆 赶走 拿走 带走 抢走 飞走 骑士 坐骑 倒是 站长 攻守"
        ),
        (
            "left-hand left-side left-behind left-over the-left lay-eggs laid stop-sign "
            "rest-of the-rest on-foot-stool "
            "came-true come-true came-to-be leave-to took-leave step-by-step footstep "
            "race-of "
            "the-race a-race cross-with stepmother stepsister passed-away went-by "
            "goes-by sitting-room came-up-with "
            "ran-out-of the-following following-day human-race run-out"
        ),
    ),
)

SPELLED: dict[StrEnum, tuple[str, str]] = {
    Age.CHILD: ("年幼", "young"),
    Age.ADULT: ("成年", "adult"),
    Age.OLD: ("老人", "old"),
    Dress.COAT: ("大衣", "coat"),
    Dress.ROBE: ("长衫", "robe"),
    Dress.GOWN: ("长裙", "gown"),
    Dress.JACKET: ("短衣", "jacket"),
    Dress.RAGS: ("破衣", "rags"),
    Dress.SUIT: ("太空服", "space suit"),
    Hat.NONE: ("光头", "no hat"),
    Hat.STRAW: ("草帽", "straw hat"),
    Hat.CAP: ("帽子", "cap"),
    Hat.HOOD: ("头巾", "hood"),
    Hat.CROWN: ("王冠", "crown"),
    Tint.RED: ("红色", "red"),
    Tint.BLUE: ("蓝色", "blue"),
    Tint.GREEN: ("绿色", "green"),
    Tint.YELLOW: ("黄色", "yellow"),
    Tint.PURPLE: ("紫色", "purple"),
    Tint.WHITE: ("白色", "white"),
    Tint.BLACK: ("黑色", "black"),
    Tint.BROWN: ("棕色", "brown"),
    Pose.WALK: ("走着", "walking"),
    Pose.RUN: ("奔跑", "running"),
    Pose.SIT: ("坐着", "sitting"),
    Pose.RIDE: ("骑着", "riding"),
    Pose.LIE: ("躺着", "lying"),
    Pose.WAVE: ("招手", "waving"),
}
"""The spelling of each after a name in a prompt (Chinese, English); standing is not spelled."""
