"""The text of each step of a story grown from one line (Chinese, English).

`[sets|set]` agrees with the hero and `<does|do>` with the hero's pronoun.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What an idea is about."""

    WISH = "wish"
    FIND = "find"
    SEARCH = "search"
    MEETING = "meeting"
    WORK = "work"
    JOURNEY = "journey"
    PLACE = "place"


LINES: tuple[dict[tuple[Kind, str], str], ...] = (
    {
        (Kind.WISH, "attempt"): "{hero}说做就做，一心只想{goal}。",
        (Kind.WISH, "failure"): "{hardship}{hero}试了一次又一次，每一次都失败了。",
        (Kind.WISH, "turn"): "{hero}累了，静静地坐了下来。{comfort}",
        (Kind.WISH, "ending"): "{closing}{hero}的心愿实现了，虽然和想象的不一样，却比想象的更好。",
        (Kind.FIND, "attempt"): "{hero}一心想着{goal}，终于下定了决心。",
        (Kind.FIND, "failure"): "{hardship}有好几次，{hero}真想回到从前那些平静的日子。",
        (Kind.FIND, "turn"): "{comfort}这时，{hero}明白了该怎么做。",
        (Kind.FIND, "ending"): "{closing}从此以后，{hero}一直记得{goal}，记得一切开始的那一天。",
        (Kind.SEARCH, "attempt"): "{hero}到处寻找{goal}，逢人就问。",
        (Kind.SEARCH, "failure"): "{hardship}{goal}一点踪影也没有，{hero}快要灰心了。",
        (Kind.SEARCH, "turn"): "{comfort}就在那里，{hero}发现了要找的踪迹。",
        (Kind.SEARCH, "ending"): "{closing}{hero}终于找到了{goal}，心里比什么都踏实。",
        (Kind.MEETING, "attempt"): "起初，{hero}和{goal}只是远远地对望，谁也不敢先动。",
        (Kind.MEETING, "failure"): "{hardship}一场误会，让{hero}又变得孤单了。",
        (Kind.MEETING, "turn"): "{comfort}{hero}转过身，又走了回来。",
        (Kind.MEETING, "ending"): "{closing}{hero}和{goal}又在一起了，谁也不再孤单。",
        (Kind.WORK, "attempt"): "一天又一天，{hero}守着{goal}，起初什么动静也没有。",
        (Kind.WORK, "failure"): "{hardship}{hero}担心{goal}就这样完了。",
        (Kind.WORK, "turn"): "{comfort}就在那里，出现了一点小小的变化：心血没有白费。",
        (Kind.WORK, "ending"): "{closing}人人都看见了{goal}，{hero}站在一旁，笑了。",
        (Kind.JOURNEY, "attempt"): "{hero}没有回头，不管路有多长。",
        (Kind.JOURNEY, "failure"): "{hardship}有那么一刻，{hero}觉得什么都完了。",
        (Kind.JOURNEY, "turn"): "{comfort}{hero}深深地吸了一口气，又站了起来。",
        (Kind.JOURNEY, "ending"): "{closing}{hero}终于走过来了，只回头望了一眼。",
    },
    {
        (Kind.WISH, "attempt"): "So {hero} [sets|set] out to {goal}, sure that it cannot be hard.",
        (Kind.WISH, "failure"): (
            "{hardship} {Hero} [tries|try] once, and once more, and [fails|fail] every time."
        ),
        (Kind.WISH, "turn"): "Tired out, {hero} [sits|sit] down to rest. {comfort}",
        (Kind.WISH, "ending"): (
            "{closing} {Hero} [has|have] done it: not at all as {they} had imagined, but better."
        ),
        (Kind.FIND, "attempt"): (
            "{Hero} [thinks|think] of nothing but {goal}, and at last [makes|make] up {their} mind."
        ),
        (Kind.FIND, "failure"): (
            "{hardship} More than once {hero} [longs|long] for the quiet days before {goal}."
        ),
        (Kind.FIND, "turn"): "{comfort} Now {hero} [knows|know] what to do.",
        (Kind.FIND, "ending"): (
            "{closing} {Hero} will always remember {goal}, and the day when it all began."
        ),
        (Kind.SEARCH, "attempt"): (
            "{Hero} [looks|look] for {goal} everywhere and [asks|ask] everyone on the way."
        ),
        (Kind.SEARCH, "failure"): (
            "{hardship} There is no trace of {goal}, and {hero} [begins|begin] to lose heart."
        ),
        (
            Kind.SEARCH,
            "turn",
        ): "{comfort} And there, of all places, {hero} [finds|find] a first sign.",
        (Kind.SEARCH, "ending"): (
            "{closing} {Hero} [has|have] found {goal} at last, and all is well again."
        ),
        (Kind.MEETING, "attempt"): (
            "At first {hero} and {goal} only watch each other, and neither dares to move."
        ),
        (Kind.MEETING, "failure"): ("{hardship} One wrong word, and {hero} [is|are] alone again."),
        (Kind.MEETING, "turn"): "{comfort} And {hero} [turns|turn] round and [goes|go] back.",
        (Kind.MEETING, "ending"): (
            "{closing} {Hero} and {goal} are together again, and neither is lonely any more."
        ),
        (Kind.WORK, "attempt"): (
            "Day after day {hero} [comes|come] back to {goal}, and at first nothing happens."
        ),
        (Kind.WORK, "failure"): "{hardship} {Hero} [fears|fear] that {goal} is lost.",
        (
            Kind.WORK,
            "turn",
        ): "{comfort} And there it is: a first small sign that it was not in vain.",
        (Kind.WORK, "ending"): (
            "{closing} Everyone can see {goal} now, and {hero} [stands|stand] by and "
            "[smiles|smile]."
        ),
        (Kind.JOURNEY, "attempt"): "{Hero} [does|do] not turn back, however long the way may be.",
        (
            Kind.JOURNEY,
            "failure",
        ): "{hardship} For a moment {hero} [thinks|think] that all is lost.",
        (
            Kind.JOURNEY,
            "turn",
        ): "{comfort} {Hero} [takes|take] a deep breath and [gets|get] up again.",
        (
            Kind.JOURNEY,
            "ending",
        ): "{closing} {Hero} [has|have] come through, and [looks|look] back only once.",
    },
)
SHARED: tuple[dict[str, str], ...] = (
    {
        "opening": "{opening}",
        "far": "{hero}从来没有离家这么远过。",
        "song": "{hero}轻轻哼起一支老歌，脚步也轻快了起来。",
        "choice": "一条路平坦，通向来处；一条路艰难，通向前方。{hero}选了难的那一条。",
        "doubt": "黑暗里，{hero}想起了家，不知道自己是不是走错了。",
        "hour": "接着，最难熬的时刻来了。{hero}没有放弃。",
        "courage": "一小步，再一小步：{hero}又有了勇气。",
    },
    {
        "opening": "{opening}",
        "far": "{Hero} [has|have] never been so far from home.",
        "song": "An old song comes to mind, and {hero} [hums|hum] it softly on the way.",
        "choice": "There is an easy way back and a hard way on. {Hero} [takes|take] the hard one.",
        "doubt": (
            "In the dark {hero} [thinks|think] of home and [wonders|wonder] whether it "
            "was a mistake."
        ),
        "hour": "Then comes the hardest hour of all. {Hero} [does|do] not give up.",
        "courage": "One small brave step, and then another: {hero} [is|are] on the way again.",
    },
)
PLACE_ALONE: tuple[dict[str, str], ...] = (
    {
        "opening": "{opening}",
        "attempt": "有好一会儿，一切都停在这一刻。",
        "far": "这样的景象，很久没有人见过了。",
        "song": "远处传来一支老歌，若有若无。",
        "choice": "白天和黑夜，在这里交替。",
        "failure": "{hardship}",
        "doubt": "四周一片寂静，时间仿佛也停住了。",
        "hour": "接着，最黑暗的时刻来了。",
        "turn": "{comfort}",
        "courage": "然后，第一缕光回来了。",
        "ending": "{closing}",
    },
    {
        "opening": "{opening}",
        "attempt": "For a while the whole world seems to hold its breath.",
        "far": "Nobody has seen anything like it for a long time.",
        "song": "From far away comes an old song, hardly to be heard.",
        "choice": "Day and night change places here, and nobody is watching.",
        "failure": "{hardship}",
        "doubt": "It is so quiet that time itself seems to stand still.",
        "hour": "Then comes the darkest hour.",
        "turn": "{comfort}",
        "courage": "And then the first light comes back.",
        "ending": "{closing}",
    },
)
MIRRORED = (
    "{hero}累了，静静地坐了下来。就在身边的水洼里，{sky}静静地亮着，伸手就能碰到。",
    (
        "Tired out, {hero} [sits|sit] down to rest. And there, in a pool of still "
        "water, lies the {sky}, "
        "close enough to touch."
    ),
)
