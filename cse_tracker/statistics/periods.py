"""The months and quarters that are published, on London's clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cse_tracker.rulebook.calendar import LONDON


@dataclass(frozen=True)
class Period:
    """A calendar month on London's clock."""

    first: date

    def __post_init__(self) -> None:
        if self.first.day != 1:
            message = "A month is named by its first day"
            raise ValueError(message)

    @property
    def starts_at(self) -> datetime:
        """The first moment of the month."""
        return datetime.combine(self.first, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the month."""
        return datetime.combine(self.following, time(), tzinfo=LONDON).astimezone(UTC)

    @property
    def following(self) -> date:
        """The first day of the next month."""
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1)

    @property
    def before(self) -> "Period":
        """The month before."""
        return Period((self.first - timedelta(days=1)).replace(day=1))

    @property
    def number(self) -> int:
        """The month's number, counted from year 0, so that months can be reckoned with."""
        return self.first.year * 12 + self.first.month - 1

    @property
    def ends_a_quarter(self) -> bool:
        """Whether it is March, June, September or December."""
        return self.first.month % 3 == 0

    @property
    def quarter_starts_at(self) -> datetime:
        """The first moment of the quarter that the month is in."""
        return Period(self.first.replace(month=self.first.month - (self.first.month - 1) % 3)).starts_at

    @property
    def name(self) -> str:
        """The month in words, such as October 2026."""
        return f"{self.first:%B %Y}"


def month_of(moment: datetime) -> Period:
    """Give the month of a moment on London's clock."""
    return Period(moment.astimezone(LONDON).date().replace(day=1))
