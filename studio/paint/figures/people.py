"""People: a small jointed skeleton, posed, dressed and given a face."""

import hashlib
from dataclasses import dataclass, replace

from studio.paint.canvas import Point
from studio.paint.figures.faces import Head, head_shapes, over_head_shapes
from studio.paint.figures.persons import Person, person_of
from studio.paint.figures.shapes import (
    Shape,
    flat,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
    toward,
    wrap,
)
from studio.scene import (
    Age,
    Dress,
    Figure,
    Look,
    Pose,
    Subject,
)

_CROWD = 6
_CROWD_KINDS = (Figure.PERSON, Figure.WOMAN, Figure.PERSON, Figure.CHILD, Figure.WOMAN)


@dataclass(frozen=True, slots=True)
class _Stance:
    """The angles of a pose in degrees; 0 is down, 90 ahead. Limbs: upper, lower part."""

    near_arm: tuple[float, float]
    far_arm: tuple[float, float]
    near_leg: tuple[float, float]
    far_leg: tuple[float, float]
    lean: float = 0.0


_STANCES = {
    Pose.STAND: _Stance((-14, 6), (14, 26), (-4, -4), (6, 3)),
    Pose.WALK: _Stance((-30, -4), (30, 62), (24, 6), (-18, -34), lean=4),
    Pose.RUN: _Stance((-52, 38), (44, 130), (56, 4), (-26, -84), lean=15),
    Pose.SIT: _Stance((12, 66), (30, 78), (86, 2), (78, 8), lean=2),
    Pose.RIDE: _Stance((24, 72), (34, 80), (56, -10), (50, -6), lean=3),
    Pose.LIE: _Stance((-4, 14), (8, 20), (4, -2), (10, 2)),
    Pose.WAVE: _Stance((-14, 6), (126, 166), (-4, -4), (6, 3)),
}
_OLD = _Stance((-6, 34), (26, 48), (4, -10), (14, -4), lean=13)


@dataclass(frozen=True, slots=True)
class _Build:
    """Lengths of a body."""

    thigh: float
    shin: float
    torso: float
    arm: float
    broad: float
    stout: float
    head: float
    """Radius."""


_MAN = _Build(0.235, 0.215, 0.275, 0.158, 0.066, 1.0, 0.086)
_WOMAN = _Build(0.23, 0.21, 0.255, 0.148, 0.052, 0.84, 0.084)
_BOY = _Build(0.115, 0.115, 0.185, 0.098, 0.046, 0.80, 0.092)


def person_shapes(subject: Subject) -> list[Shape]:
    """A man, a woman or a child."""
    body = _body(subject)
    if subject.pose is not Pose.LIE:
        return body.shapes()
    return placed(body.shapes(), x=(body.build.torso + body.build.thigh) * 0.9, y=0.085, turn=86)


def _body(subject: Subject) -> "_Body":
    person = person_of(subject)
    stance = _STANCES[subject.pose]
    if person.age is Age.OLD and subject.pose in (Pose.STAND, Pose.WALK):
        stance = _OLD if subject.pose is Pose.STAND else replace(_OLD, near_leg=(20, 2))
    build = _BOY if person.age is Age.CHILD else _WOMAN if person.is_woman else _MAN
    return _Body(person, build, stance, subject.pose)


def rider_shapes(subject: Subject, *, back: float) -> list[Shape]:
    """A person on the back of an animal, which is `back` high."""
    body = _body(subject)
    return placed(body.shapes(), x=-0.08, y=back - body.hip[1] + 0.02)


def crowd_shapes(subject: Subject) -> list[Shape]:
    """People who differ, with those behind placed between those in front."""
    dice = hashlib.sha256(subject.word.encode("utf-8", "replace")).digest()
    shapes: list[Shape] = []
    for index in range(_CROWD):
        is_behind = index < _CROWD // 2
        column = index % (_CROWD // 2) - 1
        x = column * 0.46 + (0.22 if is_behind else 0.0) + (dice[index] % 8 - 4) * 0.006
        figure = _CROWD_KINDS[(index + dice[9]) % len(_CROWD_KINDS)]
        look = Look(age=Age.OLD) if dice[10 + index] % 5 == 0 else Look()
        pose = Pose.WALK if dice[17 + index] % 4 == 0 else Pose.STAND
        member = Subject(figure, f"{subject.word} {index}", look, pose)
        shapes += placed(
            person_shapes(member),
            x=x,
            y=0.07 if is_behind else 0.0,
            scale=0.9 if is_behind else 1.0,
            mirrored=x > 0.1,
        )
    return shapes


class _Body:
    """One posed body: its joints first, then what is drawn over them, back to front."""

    def __init__(self, person: Person, build: _Build, stance: _Stance, pose: Pose) -> None:
        self.person, self.build, self.stance, self.pose = person, build, stance, pose
        self.hem = {Dress.COAT: 0.58, Dress.ROBE: 0.93, Dress.GOWN: 0.97, Dress.RAGS: 0.42}.get(
            person.dress, 0.0
        )
        legs = (stance.near_leg, stance.far_leg)
        drop = min(
            toward(toward((0, 0), upper, build.thigh), lower, build.shin)[1]
            for upper, lower in legs
        )
        hop = 0.05 if pose is Pose.RUN else 0.0
        self.hip: Point = (0.0, -drop + 0.028 + hop)
        self.neck = toward(self.hip, 180 - stance.lean, build.torso)
        self.chest = toward(self.neck, -stance.lean, build.broad * 0.9)
        self.near_leg = self._leg(-0.028, stance.near_leg)
        self.far_leg = self._leg(0.036, stance.far_leg)
        self.near_arm = self._arm(-build.broad * 0.95, stance.near_arm)
        self.far_arm = self._arm(build.broad * 1.05, stance.far_arm)

    def _leg(self, offset: float, angles: tuple[float, float]) -> tuple[Point, Point, Point]:
        hip = (self.hip[0] + offset * self.build.stout, self.hip[1])
        knee = toward(hip, angles[0], self.build.thigh)
        return hip, knee, toward(knee, angles[1], self.build.shin)

    def _arm(self, offset: float, angles: tuple[float, float]) -> tuple[Point, Point, Point]:
        shoulder = (self.chest[0] + offset, self.chest[1])
        elbow = toward(shoulder, angles[0] + self.stance.lean, self.build.arm)
        return shoulder, elbow, toward(elbow, angles[1] + self.stance.lean, self.build.arm * 0.92)

    def shapes(self) -> list[Shape]:
        head = self._head()
        return [
            *self._seat(),
            *self._stick(),
            *self._drawn_arm(self.far_arm, 0.82),
            *self._drawn_leg(self.far_leg, self.stance.far_leg, 0.8),
            *self._drawn_leg(self.near_leg, self.stance.near_leg, 1.0),
            *self._dress(),
            *(_helmet_back(head) if self.is_suited else []),
            *head_shapes(head),
            *over_head_shapes(head),
            *(_helmet_front(head) if self.is_suited else []),
            *self._drawn_arm(self.near_arm, 1.0),
        ]

    @property
    def is_suited(self) -> bool:
        """In a suit with a helmet of glass."""
        return self.person.dress is Dress.SUIT

    def _head(self) -> Head:
        r = self.build.head
        x, y = toward(self.neck, 180 - self.stance.lean * 0.5, r * 1.02)
        p = self.person
        return Head(
            x=x + r * 0.12,
            y=y,
            radius=r,
            neck=self.neck,
            age=p.age,
            is_woman=p.is_woman,
            hat=p.hat,
            skin=p.skin,
            hair=p.hair,
            cloth=p.cloth,
            trim=p.trim,
            hair_style=p.hair_style,
            beard=p.beard,
            is_asleep=self.pose is Pose.LIE,
            smiles=self.pose in (Pose.WAVE, Pose.RUN) or p.age is Age.CHILD,
        )

    def _seat(self) -> list[Shape]:
        if self.pose is not Pose.SIT:
            return []
        x, y = self.hip
        top = y - 0.062 * self.build.stout
        box = (x - 0.10, 0.0), (x - 0.09, top), (x + 0.12, top), (x + 0.13, 0.0)
        return [flat("7b5a3c", *box), flat("94704c", *_band(x - 0.115, x + 0.145, top, 0.026))]

    def _stick(self) -> list[Shape]:
        if self.person.age is not Age.OLD or self.pose not in (Pose.STAND, Pose.WALK):
            return []
        x, y = self.far_arm[2]
        return [
            limb("6b4a30", (x - 0.01, y + 0.09, 0.011), (x + 0.02, y + 0.05, 0.011),
                 (x + 0.035, 0.008, 0.009))
        ]  # fmt: skip

    def _drawn_leg(
        self, joints: tuple[Point, Point, Point], angles: tuple[float, float], factor: float
    ) -> list[Shape]:
        hip, knee, ankle = joints
        s = self.build.stout
        shin = angles[1]
        toe = toward(ankle, shin + 84, 0.052 * (0.6 + 0.4 * s))
        p = self.person
        trousers = {
            Dress.JACKET: tint("4a4c5e"), Dress.RAGS: tint("6d5a48"), Dress.SUIT: p.cloth
        }.get(p.dress, tint("4d4450"))  # fmt: skip
        shoe = tint({Dress.SUIT: "8a8f98"}.get(p.dress, "3a2c2a"))
        if p.dress is Dress.RAGS:
            shoe = tint(p.skin, 0.94)
        s *= 1.3 if self.is_suited else 1.0
        return [
            limb(tint(shoe, factor), (*ankle, 0.027), (*toward(toe, shin, 0.006), 0.019)),
            limb(
                tint(trousers, factor),
                (*hip, 0.062 * s),
                (*knee, 0.043 * s),
                (*toward(knee, shin, self.build.shin * 0.93), 0.029 * s + 0.004),
            ),
        ]

    def _drawn_arm(self, joints: tuple[Point, Point, Point], factor: float) -> list[Shape]:
        shoulder, elbow, wrist = joints
        p, s = self.person, self.build.stout
        lower = self.stance.near_arm[1] if factor == 1.0 else self.stance.far_arm[1]
        lower += self.stance.lean
        reach = 0.045 if p.dress is Dress.ROBE else 0.02  # out of a wide sleeve
        palm = toward(wrist, lower, reach)
        thumb = toward(toward(wrist, lower, reach - 0.02), lower + 48, 0.03)
        hand = limb(tint(p.skin, factor), (*wrist, 0.018), (*palm, 0.024))
        thumb_shape = limb(tint(p.skin, factor), (*wrist, 0.012), (*thumb, 0.0095))
        cloth = tint(p.cloth, factor * 0.94)
        if p.dress is Dress.ROBE:
            cuff = toward(wrist, lower - 90, 0.026)
            sleeve = wrap(cloth, (*elbow, 0.05 * s), (*wrist, 0.036), (*cuff, 0.042))
            lining = oval(tint(p.trim, factor), *toward(wrist, lower, 0.012), 0.03, 0.05 * s,
                          turn=lower, mark=True)  # fmt: skip
            upper = limb(cloth, (*shoulder, 0.05 * s), (*elbow, 0.05 * s))
            return [
                hand, thumb_shape, replace(sleeve, outlines=sleeve.outlines + upper.outlines),
                *([lining] if self.pose is Pose.WAVE and factor != 1.0 else []),
            ]  # fmt: skip
        end = toward(elbow, lower, self.build.arm * (0.5 if p.dress is Dress.RAGS else 0.86))
        s *= 1.35 if self.is_suited else 1.0
        sleeve = limb(cloth, (*shoulder, 0.046 * s), (*elbow, 0.037 * s), (*end, 0.032 * s))
        skin = limb(tint(p.skin, factor), (*elbow, 0.026 * s), (*wrist, 0.02 * s))
        return [thumb_shape, replace(hand, outlines=hand.outlines + skin.outlines), sleeve]

    def _dress(self) -> list[Shape]:
        p, b = self.person, self.build
        s = b.stout
        waist = toward(self.hip, 180 - self.stance.lean, b.torso * 0.42)
        slim = 0.86 if p.dress is Dress.GOWN else 1.0
        torso = limb(
            p.cloth,
            (*toward(self.chest, 180, 0.012), b.broad * 1.1),
            (*waist, 0.086 * s * slim),
            (*self.hip, (0.09 if self.hem else 0.085) * s),
        )
        shoulders = wrap(p.cloth, (*self.near_arm[0], 0.05 * s), (*self.far_arm[0], 0.045 * s),
                         (*toward(self.neck, 180, -0.03), 0.052 * s), (*waist,
                             0.07 * s))  # fmt: skip
        skirt = self._skirt()
        whole = replace(
            torso,
            outlines=(*torso.outlines, *shoulders.outlines, *(skirt.outlines if skirt else ())),
        )
        return [whole, *self._trimmings(waist)]

    def _skirt(self) -> Shape | None:
        """The dress below the belt hangs over the legs wherever they are."""
        if not self.hem:
            return None
        flare = {Dress.GOWN: 0.10, Dress.ROBE: 0.062}.get(self.person.dress, 0.055)
        s = self.build.stout
        discs = [(*self.hip, 0.092 * s)]
        for _, knee, ankle in (self.near_leg, self.far_leg):
            share = max(self.hem * 2 - 1, 0.0)
            end = tuple(k + (a - k) * share for k, a in zip(knee, ankle, strict=True))
            discs.append((*knee, 0.062 * s))
            r = flare * s
            low = max(end[1], r * 0.45 + 0.012)
            discs += [(end[0] + side * r * 0.62, low, r * 0.42) for side in (-1, 1)]
        return wrap(self.person.cloth, *discs)

    def _trimmings(self, waist: Point) -> list[Shape]:
        p, s = self.person, self.build.stout
        dark, (x, y), (nx, ny) = tint(p.cloth, 0.68), waist, self.neck
        throat = (nx + 0.02, ny - 0.012)
        across = 0.088 * s
        belt = stroke(p.trim, (x - across, y - 0.005), (x, y - 0.025), (x + across, y), 0.03)
        if p.dress is Dress.ROBE:
            end = stroke(
                p.trim, (x + 0.04, y - 0.01), (x + 0.05, y - 0.06), (x + 0.045, y - 0.13), 0.022
            )
            collar = stroke(p.trim, throat, (x + 0.035, y + 0.10), (x - 0.045, y + 0.01), 0.022)
            over = stroke(
                p.trim, (nx - 0.035, ny - 0.01), (nx, ny - 0.06), (x + 0.04, y + 0.09), 0.02
            )
            return [over, collar, belt, end]
        if p.dress is Dress.SUIT:
            return [
                flat("5a6270", (x - 0.035, y + 0.10), (x + 0.055, y + 0.10), (x + 0.06, y + 0.03),
                    (x - 0.03, y + 0.03), mark=True),
                oval("d8504a", x - 0.008, y + 0.066, 0.011, 0.011, mark=True),
                oval("6fb8d8", x + 0.028, y + 0.066, 0.011, 0.011, mark=True),
                replace(belt, tone=tint("8a8f98")),
            ]  # fmt: skip
        if p.dress is Dress.GOWN:
            collar = stroke(
                p.trim,
                (nx - 0.04, ny - 0.02),
                (nx + 0.02, ny - 0.06),
                (nx + 0.055, ny - 0.02),
                0.016,
            )
            return [
                collar,
                stroke(
                    p.trim, (x - across * 0.86, y), (x, y - 0.018), (x + across * 0.86, y), 0.022
                ),
            ]
        if p.dress is Dress.RAGS:
            patch = smooth(
                tint(p.cloth, 1.3),
                (x - 0.05, y),
                (x - 0.005, y + 0.01),
                (x, y - 0.05),
                (x - 0.05, y - 0.045),
                mark=True,
            )
            tear = stroke(
                dark, (nx + 0.03, ny - 0.03), (nx + 0.01, ny - 0.08), (nx + 0.035, ny - 0.12), 0.012
            )
            return [
                patch,
                tear,
                stroke(
                    "9c8256", (x - across, y - 0.03), (x, y - 0.05), (x + across, y - 0.025), 0.014
                ),
            ]
        seam = stroke(
            dark, throat, (x + 0.05, y + 0.04), (self.hip[0] + 0.045, self.hip[1] - 0.03), 0.008
        )
        lapel = flat(p.trim, (nx - 0.04, ny - 0.004), throat, (nx + 0.024, ny - 0.075), mark=True)
        if p.dress is Dress.JACKET:
            hem = stroke(dark, (self.hip[0] - 0.085 * s, self.hip[1] - 0.045), (self.hip[0],
                self.hip[1] - 0.075),
                         (self.hip[0] + 0.085 * s, self.hip[1] - 0.04), 0.012)  # fmt: skip
            return [lapel, seam, hem]
        buttons = [
            oval(p.trim, throat[0] + (x + 0.04 - throat[0]) * t,
                throat[1] + (y - 0.06 - throat[1]) * t,
                 0.0095, 0.0095, mark=True)
            for t in (0.45, 0.66)
        ]  # fmt: skip
        return [lapel, seam, *buttons, belt]


def _helmet_back(head: Head) -> list[Shape]:
    """The far side of a glass helmet, and the ring on which it sits."""
    r, (x, y) = head.radius, (head.x, head.y)
    return [
        oval("a9cfe0", x - r * 0.05, y + r * 0.06, r * 1.50, r * 1.46),
        oval("c4e0ec", x - r * 0.02, y + r * 0.04, r * 1.30, r * 1.26, mark=True),
    ]


def _helmet_front(head: Head) -> list[Shape]:
    """What the glass of the helmet mirrors, and its ring before the neck."""
    r, (x, y) = head.radius, (head.x, head.y)
    return [
        wrap("b8bcc4", (x - r * 0.75, y - r * 1.18, r * 0.17), (x + r * 0.70, y - r * 1.18,
            r * 0.17)),
        stroke("ffffff", (x - r * 1.18, y + r * 0.05), (x - r * 1.14, y + r * 0.95),
            (x - r * 0.42, y + r * 1.24), r * 0.17),
        stroke("ffffff", (x + r * 1.16, y - r * 0.55), (x + r * 1.10, y - r * 0.80),
            (x + r * 0.92, y - r * 0.92), r * 0.09),
    ]  # fmt: skip


def _band(left: float, right: float, y: float, thick: float) -> tuple[Point, ...]:
    return (left, y), (right, y), (right, y - thick), (left, y - thick)
