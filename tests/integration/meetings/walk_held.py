"""A walk from the table on: who came, what was typed and decided, minutes, and what follows."""

from collections.abc import Iterator
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from cse_tracker.agenda import commands as agenda
from cse_tracker.agenda import queries as told
from cse_tracker.agenda.rules import Handling
from cse_tracker.meetings import queries
from cse_tracker.meetings.commands import ending, holding
from cse_tracker.meetings.model import Attendance, Meeting
from cse_tracker.minutes import commands as minutes
from cse_tracker.minutes.model import MinutesState
from cse_tracker.rulebook.calendar import LONDON
from cse_tracker.work.unit import Work
from tests import people
from tests.integration.meetings.checking import newest, sections
from tests.integration.meetings.known import CAME, REQUIRED, SPECIALIST, Known
from tests.integration.meetings.walk_called import LEADS, REVIEW, WHICH, WHO, A, CallingWalk, K, S
from tests.people import LEAD, OTHER_LEAD, POLICE

# Social care, police, health and education, in this order; None is somebody whom the record says nothing of.
FULL_TABLE = (A.ATTENDED, A.ATTENDED, A.ATTENDED, A.APOLOGIES)
TOO_FEW = (A.ATTENDED, A.APOLOGIES, A.ABSENT, A.ATTENDED)
TURNOUT = st.sampled_from(
    [
        FULL_TABLE,
        (A.ATTENDED, A.DEPUTY, A.DEPUTY, A.ABSENT),
        TOO_FEW,
        (A.DEPUTY, A.ABSENT, A.ATTENDED, A.ATTENDED),
        (A.ATTENDED, A.ATTENDED, None, A.ATTENDED),
    ]
)
WRITABLE = frozenset({S.SCHEDULED, S.HELD_QUORATE, S.HELD_INQUORATE, S.MINUTES_DRAFT})
TO_DRAFT = frozenset({S.HELD_QUORATE, S.HELD_INQUORATE, S.MINUTES_AGREED})


class HoldingWalk(CallingWalk):
    """What is done with a meeting once it is its time."""

    words: Iterator[int]

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH, turnout=TURNOUT, chair=st.sampled_from(["", "", LEAD, POLICE, OTHER_LEAD]))
    def record(self, who: str, which: int, turnout: tuple[Attendance | None, ...], chair: str) -> None:
        known = self._pick(which)
        came = dict(zip(REQUIRED, turnout, strict=True)) | {SPECIALIST: A.ATTENDED}
        there = {email for email in known.invited if came[email] in CAME}
        able = (chair or known.chair) not in set(known.invited) - there
        able = able and (chair in {"", known.chair} or chair in {*LEADS, *there})
        begun = known.starts.astimezone(LONDON).date() <= self.clock.now.astimezone(LONDON).date()
        whole = all(came[email] is not None for email in known.invited)
        expected = who in LEADS and known.state is S.SCHEDULED and begun and whole and able

        def act(work: Work, meeting: Meeting) -> None:
            by_agency = {self.who[email].agency_id: how for email, how in came.items() if how}
            marks = {each.id: (by_agency[each.agency_id], "") for each in meeting.invitations
                     if each.agency_id in by_agency}  # fmt: skip
            # Whoever was not invited is no part of the record, whatever a page sends.
            paper = holding.Record(
                attendance={**marks, uuid4(): (A.ATTENDED, "")}, decisions="Planned together.", actions=(),
                chair_id=self._id(chair),
            )  # fmt: skip
            holding.record_held(work, meeting, self._case(work), paper)

        self._with(known, who, act, expected=expected)
        if expected:
            known.came = {email: how for email, how in came.items() if how and email in known.invited}
            known.chair = chair or known.chair
            known.state = S.HELD_QUORATE if known.quorate else S.HELD_INQUORATE
            self.owed = (self.owed - {known.kind}) if known.quorate else self.owed
            self.seen[known.state.value] += 1

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH, what=st.sampled_from(["notes", "notes", "stale", "give", "give uninvited", "decide"]))
    def at_the_table(self, who: str, which: int, what: str) -> None:
        known = self._pick(which)
        text = f"Said {next(self.words)}."
        sound = what not in {"stale", "give uninvited"}
        expected = who in LEADS and known.state in WRITABLE and sound
        giver = self.who[POLICE if what == "give" else OTHER_LEAD].agency_id or uuid4()

        def act(work: Work, meeting: Meeting) -> None:
            (item,) = queries.agenda(work, meeting)
            if what in {"notes", "stale"}:
                seen = known.revision + (what == "stale")
                known.revision = agenda.save_notes(work, meeting, item, text=text, seen_revision=seen).revision
            elif what == "decide":
                form = agenda.Deciding(text=text, agreed=(self.who[POLICE].agency_id or uuid4(),), disagreed=())
                agenda.decide(work, meeting, item, None, form)
            else:
                agenda.give(work, meeting, item, agency_id=giver, text=text, handling=Handling.EVERYBODY)

        self._with(known, who, act, expected=expected)
        known.notes = text if expected and what == "notes" else known.notes

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH)
    def draft(self, who: str, which: int) -> None:
        known = self._pick(which)
        expected = (who in LEADS or who == known.chair) and known.state in TO_DRAFT

        def act(work: Work, meeting: Meeting) -> str:
            # A chair from another agency drafts without what lies under the items: only who leads sees that.
            under = told.told(work, meeting) if who in LEADS else []
            version = minutes.draft(work, meeting, under, queries.actions_of(work, [meeting]), [self._case(work)])
            return "\n".join(each.body.text for each in sections(work, version))

        text = self._with(known, who, act, expected=expected)
        if text is not None:
            assert known.notes in text or who not in LEADS
            assert ("There was a quorum." in text) is known.quorate
            known.state = S.MINUTES_DRAFT
            known.versions.append(MinutesState.DRAFT)

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH)
    def write(self, who: str, which: int) -> None:
        known = self._pick(which)
        if not known.versions:
            return
        text = f"Rather {next(self.words)}."

        def act(work: Work, meeting: Meeting) -> None:
            section = sections(work, newest(work, meeting))[0]
            minutes.write(work, meeting, section, text=text, seen_revision=section.revision)

        expected = (who in LEADS or who == known.chair) and known.state is S.MINUTES_DRAFT
        self._with(known, who, act, expected=expected)

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH)
    def agree(self, who: str, which: int) -> None:
        known = self._pick(which)
        if not known.versions:
            return
        expected = known.state is S.MINUTES_DRAFT and who == known.chair

        def act(work: Work, meeting: Meeting) -> UUID | None:
            minutes.agree(work, meeting, newest(work, meeting))
            following = ending.propose_next(work, meeting, [self._case(work)]) if who in LEADS else None
            return following.id if following else None

        following = self._with(known, who, act, expected=expected)
        if expected:
            known.state, known.versions[-1] = S.MINUTES_AGREED, MinutesState.AGREED
            known.letters[K.MINUTES_READY] += 1
            # Once, however often its minutes are agreed.
            assert (following is not None) is (who in LEADS and not known.followed)
            self._put_forward(known, following)
            self.seen["agreed again" if len(known.versions) > 1 else "agreed"] += 1

    def _put_forward(self, known: Known, following_id: UUID | None) -> None:
        if following_id is None:
            return
        known.followed = True
        with people.working(self.service, reading=True) as work:
            starts = work.session.get_one(Meeting, following_id).starts_at
        assert starts > known.starts
        self.meetings.append(Known(following_id, REVIEW, S.PROPOSED, starts, known.chair, minutes=known.minutes,
                                   place=known.place))  # fmt: skip
        self.owed.add(REVIEW)

    @precondition(lambda self: self.meetings)
    @rule(who=WHO, which=WHICH)
    def close(self, who: str, which: int) -> None:
        known = self._pick(which)
        expected = who in LEADS and known.state is S.MINUTES_AGREED
        self._with(known, who, ending.close, expected=expected)
        known.state = S.CLOSED if expected else known.state
