"""The two pictures of a report: the share running again by week, and the VISA-A change by bands."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from programmes.outcomes.values import BAR_LONGEST, BAR_STEP, Bar, Curve
from programmes.outcomes.words import band_words, weeks_lasting
from programmes.rules.outcomes import RISK_WEEKS
from upwell.chart import Scale, Tick


def curve_of(curve: Mapping[str, Any] | None, *, least: int) -> Curve | None:
    """The curve of that account; None where too few were followed. ``least`` are not too few."""
    if curve is None:
        return None
    lasts = Decimal(weeks_lasting(curve))
    high = max(RISK_WEEKS[-1], 4 * ceil(lasts / 4))
    places = Curve(says="", path="", x_ticks=(), y_ticks=(), at_risk=())
    across = Scale(low=0, high=high, bottom=places.left, top=places.right)
    up = Scale(low=0, high=100, bottom=places.bottom, top=places.top)
    path = [f"M{across.y(0)} {up.y(0)}"]
    for step in curve["steps"]:
        x, y = across.y(float(step["weeks"])), up.y(float(step["returned_percent"]))
        path.append(f"H{x}V{y}")
    path.append(f"H{across.y(float(lasts))}")
    weeks = [*RISK_WEEKS, *([high] if high - RISK_WEEKS[-1] >= 4 else [])]
    told = ", ".join(f"{share} % by week {week}" for week, share in curve["by"] if share and week)
    return Curve(
        says=f"Share running again until week {lasts}{': ' if told else ''}{told}.",
        path="".join(path),
        x_ticks=tuple(Tick(at=across.y(week), words=str(week)) for week in weeks),
        y_ticks=tuple(Tick(at=up.y(share), words=f"{share} %") for share in (0, 25, 50, 75, 100)),
        at_risk=tuple(
            Tick(at=across.y(week), words=f"<{least}" if count is None else str(count))
            for week, count in curve["at_risk"]
        ),
    )


def bars_of(bands: Iterable[Sequence[Any]] | None) -> tuple[Bar, ...]:
    """A bar for each band from (from, to, how many); none where too few were judged."""
    if bands is None:
        return ()
    found = list(bands)
    along = Scale(low=0, high=max(count for *_, count in found), bottom=0, top=BAR_LONGEST)
    return tuple(
        Bar(
            words=band_words(low, high),
            y=BAR_STEP * nth,
            width=along.y(count),
            count=count,
            # A loss beyond measurement error is the one that means something.
            tone="caution" if low is None else "neutral" if low < 0 else "",
        )
        for nth, (low, high, count) in enumerate(found)
    )
