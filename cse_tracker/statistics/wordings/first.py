"""The words of wording 1, in which every release up to its day was published. Not to be edited: a test holds its hash.

Other words are another wording, in a file beside this one.
"""

from collections.abc import Mapping
from typing import Final

from cse_tracker.statistics.designs import Design
from cse_tracker.statistics.wordings.words import Meaning, Wording

_MEANINGS: Final[Mapping[Design, Meaning]] = {
    Design.YOUNG_PEOPLE: Meaning(
        "Young people with an open case",
        "Young people, each counted once, who had an open case in the borough at the end of the month. The source is "
        "the kind of agency whose referral first led to the case. Agency: every kind of agency that referred them; "
        "somebody referred by several is counted at each, so these add up to more than the young people there are. "
        "Known elsewhere: another borough that has signed the agreement had an open case of theirs too. For London "
        "somebody counts once, where the case was opened first, where both boroughs have settled that it is the same "
        "young person; where nobody has decided yet it says perhaps.",
        "Young people",
    ),
    Design.JOINED: Meaning(
        "Young people who came in the quarter",
        "Young people with an open case at the end of the quarter who had none at its beginning: new, reopened or "
        "handed over by another borough. Somebody who came and left within the quarter is not counted.",
        "Young people",
    ),
    Design.LEFT: Meaning(
        "Young people who left in the quarter",
        "Young people with an open case at the beginning of the quarter who had none at its end: closed or "
        "handed over.",
        "Young people",
    ),
    Design.CHANGES: Meaning(
        "Changes in the quarter",
        "Young people in each of these situations; somebody can be in more than one, so they are not added up. Raised "
        "and lowered compare the level at the quarter’s beginning and end. Back within 12 months: came in the quarter "
        "after a case that had been closed within the 12 months before.",
        "Young people",
    ),
    Design.REFERRALS: Meaning(
        "Referrals received",
        "Referrals received in the month, by the kind of agency that referred and what had come of them by its end.",
        "Referrals",
    ),
    Design.DECISIONS: Meaning(
        "Time to a decision",
        "Referrals decided in the month, by the working days from the day of receipt to the day of the decision.",
        "Referrals",
    ),
    Design.DECLINES: Meaning(
        "Referrals declined",
        "Referrals declined in the month, by the reason that the borough’s protocol names.",
        "Referrals",
    ),
    Design.DUTIES: Meaning(
        "Duties that fell due",
        "Duties of the protocol that fell due in the month, by the kind of agency that owed them and how they stood at "
        "the end of the month. Duties whose cause had gone or that gave way to others are left out, and so are "
        "actions of meetings, which are counted by themselves. What was waived was not met; what was done in time and "
        "recorded later was met in time.",
        "Duties",
    ),
    Design.ACTIONS: Meaning(
        "Actions that fell due",
        "Actions agreed at meetings that fell due in the month, by the kind of agency that owed them and whether they "
        "had been done by their day and by the end of the month. Actions that were cancelled are left out.",
        "Actions",
    ),
    Design.MISSING: Meaning(
        "Missing episodes",
        "Episodes that began in the month: missing where nobody knew the whereabouts at any time, else away without "
        "leave. A young person can have several.",
        "Episodes",
    ),
    Design.INTERVIEWS: Meaning(
        "Return interviews",
        "Returns in the month, by whether the return interview had been held by its end, and within 72 hours.",
        "Returns",
    ),
    Design.ATTENDANCE: Meaning(
        "Attendance at meetings",
        "Invitations of agencies to meetings held in the month, by what became of them. Absent without word: neither "
        "they nor a deputy came, and they had not sent apologies. The share is of those invited who came or sent a "
        "deputy.",
        "Invitations",
    ),
    Design.MEETINGS: Meaning(
        "Meetings held",
        "Meetings held in the month, by whether they had the quorum that the protocol demands, and by the working days "
        "from the day on which the protocol began to demand the meeting to the day on which it was held.",
        "Meetings",
    ),
    Design.FEEDBACK: Meaning(
        "Answers owed to those who referred",
        "Referrals received before the end of the month whose sender had not been told of a decision by its end, by "
        "the working days that they had waited. It is recorded when and how a sender is told; where nobody is left to "
        "be told, nothing is owed.",
        "Referrals",
    ),
    Design.GAPS: Meaning(
        "Gaps in services",
        "Times in the month that help was needed and not to be had: a service said no, there was none to refer to, or "
        "it closed.",
        "Gaps",
    ),
    Design.SERVICES: Meaning(
        "Referrals to services",
        "Referrals to services sent in the month, by the kind of agency and whether it had answered by the end of "
        "the month.",
        "Referrals",
    ),
}
_BEFORE_5: Final[Mapping[Design, Meaning]] = {
    Design.DECISIONS: Meaning(
        "Time to a decision",
        "Referrals decided in the month, by the working days from the day of receipt to the day of the decision. The "
        "referrer is told at the decision, so this is also how long feedback took.",
        "Referrals",
    ),
    Design.FEEDBACK: Meaning(
        "Answers owed to those who referred",
        "Referrals received before the end of the month whose sender had no decision yet at its end, by the working "
        "days that they had waited.",
        "Referrals",
    ),
}
_BEFORE_6: Final[Mapping[Design, Meaning]] = {
    Design.DUTIES: Meaning(
        "Duties that fell due",
        "Duties of the protocol that fell due in the month, by the kind of agency that owed them and how they stood at "
        "the end of the month. Duties whose cause had gone are left out.",
        "Duties",
    ),
    Design.ATTENDANCE: Meaning(
        "Attendance at meetings",
        "Invitations of agencies to meetings held in the month. An agency that sent a deputy attended.",
        "Invitations",
    ),
    Design.MEETINGS: Meaning("Meetings held", "Meetings held in the month, with or without a quorum.", "Meetings"),
}


_HEADINGS: Final[Mapping[str, str]] = {
    "certainty": "Certainty",
    "level": "Level",
    "sex": "Sex",
    "age": "Age",
    "ethnicity": "Ethnic group",
    "looked_after": "Looked after",
    "disability": "Disability or learning needs",
    "from_abroad": "Came from abroad",
    "placement": "Placement",
    "source": "Source",
    "known_to": "Agency",
    "elsewhere": "Known elsewhere",
    "waiting": "Waited",
    "gap": "Gap",
    "answer": "Answer",
    "change": "Change",
    "agency": "Agency",
    "outcome": "Outcome",
    "time": "Time taken",
    "reason": "Reason",
    "kind": "Kind",
    "interview": "Return interview",
    "attendance": "Attendance",
    "quorum": "Quorum",
    "demanded": "From demand to meeting",
}

_SHORTHAND: Final = (
    ("[c]", "confidential: hidden so that nobody can be recognised, also where it would give another number away"),
    ("[low]", "rounded to 0; stands for a number from 0 to 4"),
    ("[p]", "provisional: not approved yet"),
    ("[r]", "revised: replaces an earlier edition"),
    ("[x]", "not available"),
    ("[z]", "not applicable"),
)
"""The shorthand of the government's guidance on spreadsheets (Analysis Function)."""

_NOT_HELD: Final = (
    "These figures count those who are known and recorded, and nobody else: they are not how many there are. Records "
    "from before disability and coming from abroad were asked for count as not known."
)

FIRST: Final = Wording(
    title="Young people at risk of sexual exploitation: {borough}, {month}{marks}",
    cover="Cover",
    edition="Edition {number}, counted on {day}.",
    definitions="Definitions: version {version}.",
    protected="Every number is protected so that nobody can be recognised from this and all other releases together.",
    revised="Revised [r]: {reason}",
    left_out="Not published [x], because beside what is in public they could give somebody away: {titles}.",
    digest="Digest: {digest}",
    contents="Contents",
    contents_columns=("Worksheet", "Title"),
    one_table="This worksheet contains one table.",
    some_shorthand="Some cells hold shorthand, explained on the sheet Notes.",
    notes="Notes",
    notes_title="Notes and shorthand",
    notes_columns=("Shorthand", "Meaning"),
    table="Table {number}: {title}, {when}{month}{marks}",
    of_the_quarter="the quarter that ends with ",
    headings=_HEADINGS,
    shorthand=_SHORTHAND,
    not_held=_NOT_HELD,
    meanings=_MEANINGS,
    earlier=((5, _BEFORE_5), (6, _BEFORE_6)),
)
