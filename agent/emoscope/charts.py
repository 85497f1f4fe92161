"""Drawings of a recording as inline SVG: wide for a desk and paper, narrow for a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agent.emoscope import drawing
from agent.emoscope.axis import clock, lanes, lasting, ticks
from agent.emoscope.histogram import Class
from agent.emoscope.series import Bin, merged
from agent.emoscope.stays import Stay
from agent.report.markup import Markup, joined, tag

WIDE, NARROW, HALF = 1040, 326, 480
_BAR, _LANE = 22, 30
_THIN_BAR, _THIN_LANE, _MANY_LANES = 8, 11, 8
_CURVE = 92
_STACK = 120
_COLUMNS_TOP, _COLUMNS_BASE, _COLUMNS_HEIGHT, _WIDEST = 20, 150, 178, 64
_PX_PER_BIN = 7
_LABEL_WIDTH = 26
_PARTS3 = ("var(--good)", "url(#dots)", "url(#hatch)")
_PARTS2 = ("var(--good)", "var(--silent)")

Draw = Callable[[int], Markup]


def both(draw: Draw, *, wide: int = WIDE) -> Markup:
    """Return a drawing twice: the page's style shows the one that fits."""
    return joined(tag("div", draw(wide), class_="desk"), tag("div", draw(NARROW), class_="phone"))


def timeline(stays: Sequence[Stay], bins: Sequence[Bin], *, seconds: float, smiles: bool) -> Draw:
    """Return contacts as bars with their smiles and, below, the smile level over time."""

    def draw(width: int) -> Markup:
        plot = _Plot(width, seconds)
        bars, base = _bars(stays, plot)
        curve = _curve(bins, plot, top=base + 18) if smiles else Markup()
        floor = base + 18 + _CURVE if smiles else base + 6
        label = f"{len(stays)} contacts in {lasting(seconds)}"
        return drawing.svg(
            bars, curve, plot.axis(floor), width=width, height=floor + 26, label=label
        )

    return draw


def shares_over_time(bins: Sequence[Bin], *, seconds: float, emotion: bool) -> Draw:
    """Return the perceived expression as columns of a whole each; gaps where no face was read."""

    def draw(width: int) -> Markup:
        plot = _Plot(width, seconds)
        steps = merged(bins, seconds=seconds, most=width // _PX_PER_BIN)
        columns = [_stacked(each, plot, emotion=emotion) for each in steps]
        percent = [
            drawing.percent(width, y, share) for y, share in ((8, 100), (8 + _STACK / 2, 50))
        ]
        axis = plot.axis(8 + _STACK)
        label = "Perceived expression over time, in shares of the faces read"
        return drawing.svg(*percent, *columns, axis, width=width, height=_STACK + 34, label=label)

    return draw


def share_bar(shares: Sequence[float]) -> Draw:
    """Return one bar of two or three parts."""
    fills = _fills(len(shares))

    def draw(width: int) -> Markup:
        parts, x = [], 0.0
        for fill, share in zip(fills, shares, strict=True):
            parts.append(drawing.rect(x, 1, share * width, 26, fill))
            x += share * width
        told = ", ".join(f"{100 * share:.0f} %" for share in shares)
        return drawing.svg(*parts, width=width, height=28, label=f"Shares: {told}")

    return draw


def columns(classes: Sequence[Class], *, label: str) -> Draw:
    """Return a histogram."""
    most = max(each.count for each in classes) or 1

    def draw(width: int) -> Markup:
        step = width / len(classes)
        scale = (_COLUMNS_BASE - _COLUMNS_TOP) / most
        drawn = [
            _column(each, x=(place + 0.5) * step, width=min(_WIDEST, step * 0.76), scale=scale)
            for place, each in enumerate(classes)
        ]
        base = tag("path", d=f"M0 {_COLUMNS_BASE}H{width}", class_="axis")
        told = ", ".join(f"{each.name}: {each.count}" for each in classes)
        return drawing.svg(
            *drawn, base, width=width, height=_COLUMNS_HEIGHT, label=f"{label}: {told}"
        )

    return draw


class _Plot:
    """Places on the axis of time."""

    def __init__(self, width: int, seconds: float) -> None:
        self.width = width
        self.left = drawing.GUTTER
        self._scale = (width - drawing.GUTTER - drawing.END) / max(seconds, 0.001)
        self._seconds = seconds

    def x(self, seconds: float) -> float:
        return self.left + min(self._seconds, max(0.0, seconds)) * self._scale

    def axis(self, y: float) -> Markup:
        marks = [drawing.tick(self.x(each), y, clock(each)) for each in self._ticks()]
        line = tag("path", d=f"M{self.left} {y:.1f}H{self.width - drawing.END}", class_="axis")
        return joined(line, *marks)

    def _ticks(self) -> list[float]:
        return ticks(self._seconds, most=max(3, self.width // 90))


def _bars(stays: Sequence[Stay], plot: _Plot) -> tuple[Markup, float]:
    ordered = sorted(stays, key=lambda stay: stay.start_s)
    placed = lanes([(stay.start_s, stay.end_s) for stay in ordered])
    many = max(placed, default=0) >= _MANY_LANES
    bar, lane = (_THIN_BAR, _THIN_LANE) if many else (_BAR, _LANE)
    drawn = [
        _stay(stay, plot, y=4 + at * lane, height=bar)
        for stay, at in zip(ordered, placed, strict=True)
    ]
    who = drawing.text("who", x=0, y=20, anchor="start", soft=True)
    return joined(who, *drawn), 4 + (max(placed, default=0) + 1) * lane


def _stay(stay: Stay, plot: _Plot, *, y: float, height: int) -> Markup:
    left, right = plot.x(stay.start_s), plot.x(stay.end_s)
    told = f"Contact {stay.number}, {clock(stay.start_s)} to {clock(stay.end_s)}"
    parts = [
        tag("title", f"{told}: {lasting(stay.dwell_s)}"),
        drawing.rect(left, y, max(3.0, right - left), height, "var(--silent)", rx=4),
    ]
    for span in stay.smiles:
        start, end = plot.x(span.start_s), plot.x(span.end_s)
        parts.append(drawing.rect(start, y, max(2.0, end - start), height, "var(--good)", rx=4))
    if height == _BAR and right - left > _LABEL_WIDTH:
        parts.append(_number(stay.number, left + 15, y + height / 2))
    return tag("g", *parts)


def _number(number: int, x: float, y: float) -> Markup:
    disc = tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=8.5, class_="disc")
    return joined(disc, drawing.text(str(number), x=x, y=y + 4.2, small=True))


def _curve(bins: Sequence[Bin], plot: _Plot, *, top: float) -> Markup:
    base = top + _CURVE
    levels = [
        drawing.percent(plot.width, base - share * (_CURVE - 8) / 100, share) for share in (50, 100)
    ]
    return joined(*levels, *(_stretch(each, plot, base) for each in _runs(bins)))


def _runs(bins: Sequence[Bin]) -> Iterator[list[Bin]]:
    """Yield stretches of steps in which a face was read."""
    run: list[Bin] = []
    for each in bins:
        if run and (not each.readings or each.start_s - run[-1].end_s > each.length_s):
            yield run
            run = []
        if each.readings:
            run.append(each)
    if run:
        yield run


def _stretch(run: Sequence[Bin], plot: _Plot, base: float) -> Markup:
    points = [
        f"{plot.x((each.start_s + each.end_s) / 2):.1f} {_level_y(each, base):.1f}" for each in run
    ]
    start, end = plot.x(run[0].start_s), plot.x(run[-1].end_s)
    first, last = (_level_y(each, base) for each in (run[0], run[-1]))
    line = f"M{start:.1f} {first:.1f}L{'L'.join(points)}L{end:.1f} {last:.1f}"
    area = f"{line}V{base:.1f}H{start:.1f}Z"
    return joined(tag("path", d=area, class_="area"), tag("path", d=line, class_="line"))


def _level_y(each: Bin, base: float) -> float:
    return base - (each.smile_level or 0.0) * (_CURVE - 8)


def _stacked(each: Bin, plot: _Plot, *, emotion: bool) -> Markup:
    shares = _shares(each, emotion=emotion)
    left, width = plot.x(each.start_s), plot.x(each.end_s) - plot.x(each.start_s)
    drawn, y = [], 8.0 + _STACK
    for fill, share in zip(_fills(len(shares)), shares, strict=True):
        y -= share * _STACK
        if share > 0:
            drawn.append(drawing.rect(left, y, max(1.0, width - 1), share * _STACK, fill))
    return joined(*drawn)


def _shares(each: Bin, *, emotion: bool) -> tuple[float, ...]:
    if emotion:
        level = each.expression
        return (level.positive, level.neutral, level.negative) if level else ()
    share = each.smiling_share
    return () if share is None else (share, 1 - share)


def _fills(parts: int) -> tuple[str, ...]:
    return _PARTS3 if parts == len(_PARTS3) else _PARTS2[:parts]


def _column(each: Class, *, x: float, width: float, scale: float) -> Markup:
    height = each.count * scale
    drawn = [drawing.text(each.name, x=x, y=_COLUMNS_BASE + 18, soft=True)]
    if each.count:
        y = _COLUMNS_BASE - height
        drawn.append(drawing.rect(x - width / 2, y, width, height, "var(--good)", rx=3))
        drawn.append(drawing.text(str(each.count), x=x, y=y - 6))
    return joined(*drawn)
