"""The demo accounts: every one is made up, and none exists in production."""

from dataclasses import dataclass
from typing import Final

from cse_tracker.identity.model import PostKind
from cse_tracker.rulebook.terms import AgencyKind
from cse_tracker.work.actor import Role

BOROUGH: Final = "E09000012"
PASSWORD: Final = "demo-password-2005"  # noqa: S105 - printed in the README; demo accounts are never made in production


@dataclass(frozen=True)
class DemoAccount:
    """A made-up colleague."""

    name: str
    email: str
    job_title: str
    agency: str
    kind: AgencyKind
    roles: tuple[Role, ...] = ()
    posts: tuple[PostKind, ...] = ()
    borough_gss: str = BOROUGH


ACCOUNTS: Final = (
    DemoAccount(
        "Ruth Okafor",
        "lead@demo.example",
        "Lead officer, sexual exploitation",
        "Hackney children’s social care",
        AgencyKind.SOCIAL_CARE,
        (Role.LEAD_OFFICER,),
        (PostKind.LEAD_OFFICER, PostKind.MEETING_CONTACT),
    ),
    DemoAccount(
        "Sanjay Rao",
        "deputy@demo.example",
        "Deputy lead officer, sexual exploitation",
        "Hackney children’s social care",
        AgencyKind.SOCIAL_CARE,
        (Role.LEAD_OFFICER,),
    ),
    DemoAccount(
        "Daniel Price",
        "police@demo.example",
        "Detective constable, missing and exploitation",
        "Metropolitan Police, Central East",
        AgencyKind.POLICE,
        (Role.REFERRER,),
        (PostKind.MEETING_CONTACT,),
    ),
    DemoAccount(
        "Amara Nwosu",
        "health@demo.example",
        "Named nurse for safeguarding",
        "Homerton Healthcare",
        AgencyKind.HEALTH,
        (Role.REFERRER,),
        (PostKind.MEETING_CONTACT,),
    ),
    DemoAccount(
        "Helen Marsh",
        "school@demo.example",
        "Designated safeguarding lead",
        "Clapton Park School",
        AgencyKind.EDUCATION,
        (Role.REFERRER,),
        (PostKind.MEETING_CONTACT,),
    ),
    DemoAccount(
        "Joseph Adeyemi",
        "specialist@demo.example",
        "Project worker",
        "Safe Steps specialist service",
        AgencyKind.SPECIALIST_CSE,
        (Role.REFERRER,),
        (PostKind.MEETING_CONTACT,),
    ),
    DemoAccount(
        "Priya Shah",
        "yot@demo.example",
        "Youth justice officer",
        "Hackney youth justice service",
        AgencyKind.YOT,
        (Role.REFERRER,),
        (PostKind.MEETING_CONTACT,),
    ),
    DemoAccount(
        "Margaret Lowe",
        "manager@demo.example",
        "Head of safeguarding partnership",
        "Hackney safeguarding partnership",
        AgencyKind.OTHER,
        (Role.MANAGER,),
    ),
    DemoAccount(
        "Grace Obi",
        "records@demo.example",
        "Records and data protection officer",
        "London Borough of Hackney, information governance",
        AgencyKind.OTHER,
        (Role.RECORDS_OFFICER,),
    ),
    DemoAccount(
        "Tom Ellis",
        "lead.islington@demo.example",
        "Lead officer, sexual exploitation",
        "Islington children’s social care",
        AgencyKind.SOCIAL_CARE,
        (Role.LEAD_OFFICER,),
        (PostKind.LEAD_OFFICER, PostKind.MEETING_CONTACT),
        "E09000019",
    ),
)


def as_text() -> str:
    """List the accounts for the terminal."""
    lines = [f"  {account.email:<30} {account.job_title}" for account in ACCOUNTS]
    return "\n".join([f"demo accounts (password {PASSWORD}):", *lines])
