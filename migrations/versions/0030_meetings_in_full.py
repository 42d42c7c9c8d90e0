"""Meetings of every kind: states to the end, several cases, reminders, actions with a course, calendar feeds."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STATES = (
    "state IN ('proposed', 'scheduled', 'held_quorate', 'held_inquorate', 'minutes_draft', 'minutes_agreed',"
    " 'closed', 'cancelled')"
)
OLD_STATES = "state IN ('scheduled', 'held_quorate', 'held_inquorate')"
ACTION_STATES = "state IN ('proposed', 'agreed', 'in_progress', 'blocked', 'done', 'verified', 'cancelled')"

INDEXED = {
    "meeting_notes": ("compartment_id",),
    "information_given": ("item_id", "agency_id", "compartment_id"),
    "meeting_decision": ("item_id", "compartment_id"),
    "meeting_pack": ("meeting_id", "agency_id", "compartment_id"),
    "meeting_pack_part": ("pack_id", "compartment_id"),
    "minute_version": ("meeting_id", "compartment_id"),
    "minute_section": ("version_id", "case_id", "compartment_id"),
}


def sealed(*bodies: str) -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        *(sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=False) for name in bodies),
    ]


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("meeting") as batch:
        batch.alter_column("case_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("chair_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("follows_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_meeting_chair_id_app_user"), "app_user", ["chair_id"], ["id"])
        batch.create_foreign_key(op.f("fk_meeting_follows_id_meeting"), "meeting", ["follows_id"], ["id"])
        batch.drop_constraint(op.f("ck_meeting_state"), type_="check")
        batch.create_check_constraint(op.f("ck_meeting_state"), STATES)
    with op.batch_alter_table("action") as batch:
        batch.add_column(sa.Column("borough_gss", sa.String(), nullable=True))
        batch.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("offered_to_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("state", sa.String(length=32), nullable=False, server_default="agreed"))
    op.execute(
        "UPDATE action SET borough_gss = (SELECT borough_gss FROM meeting WHERE meeting.id = action.meeting_id),"
        " case_id = (SELECT case_id FROM meeting WHERE meeting.id = action.meeting_id)"
    )
    with op.batch_alter_table("action") as batch:
        batch.alter_column("borough_gss", existing_type=sa.String(), nullable=False)
        batch.alter_column("state", existing_type=sa.String(length=32), server_default=None)
        batch.create_foreign_key(op.f("fk_action_borough_gss_borough"), "borough", ["borough_gss"], ["gss"])
        batch.create_foreign_key(op.f("fk_action_case_id_case_"), "case_", ["case_id"], ["id"])
        batch.create_foreign_key(op.f("fk_action_offered_to_id_agency"), "agency", ["offered_to_id"], ["id"])
        batch.create_check_constraint(op.f("ck_action_state"), ACTION_STATES)
        batch.create_index(op.f("ix_action_borough_gss"), ["borough_gss"])
        batch.create_index(op.f("ix_action_case_id"), ["case_id"])
        batch.create_index(op.f("ix_action_offered_to_id"), ["offered_to_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'fired', 'withdrawn', 'lapsed')", name=op.f("ck_reminder_state")),
        sa.CheckConstraint("job IN ('meeting', 'reply', 'action', 'minutes')", name=op.f("ck_reminder_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("job", "about_id", "period", name=op.f("uq_reminder_job_about_id_period")),
    )
    op.create_index("ix_reminder_due", "reminder", ["state", "due_at"])
    op.create_table(
        "job_run",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "period", name=op.f("pk_job_run")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_calendar_feed_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_feed_user_id")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_calendar_feed_token_digest")),
    )
    op.create_table(
        "agenda_item",
        *sealed("body"),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_agenda_item_case_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
        sa.UniqueConstraint("meeting_id", "ordinal", name=op.f("uq_agenda_item_meeting_id_ordinal")),
    )
    for column in ("meeting_id", "case_id", "compartment_id"):
        op.create_index(op.f(f"ix_agenda_item_{column}"), "agenda_item", [column])
    op.create_table(
        "meeting_notes",
        *sealed("body"),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_meeting_notes_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_notes")),
        sa.UniqueConstraint("item_id", name=op.f("uq_meeting_notes_item_id")),
    )
    op.create_table(
        "information_given",
        *sealed("body"),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_information_given_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_information_given_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_given")),
        sa.UniqueConstraint("item_id", "ordinal", name=op.f("uq_information_given_item_id_ordinal")),
    )
    op.create_table(
        "meeting_decision",
        *sealed("body"),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_meeting_decision_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_decision")),
        sa.UniqueConstraint("item_id", "ordinal", name=op.f("uq_meeting_decision_item_id_ordinal")),
    )
    op.create_table(
        "meeting_pack",
        *sealed("body"),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.CheckConstraint("state IN ('begun', 'ready')", name=op.f("ck_meeting_pack_state")),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_meeting_pack_done")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_pack_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_meeting_pack_borough_gss_borough")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_meeting_pack_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_pack")),
        sa.UniqueConstraint(
            "meeting_id", "agency_id", "ordinal", name=op.f("uq_meeting_pack_meeting_id_agency_id_ordinal")
        ),
    )
    op.create_table(
        "meeting_pack_part",
        *sealed("body"),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pack_id"], ["meeting_pack.id"], name=op.f("fk_meeting_pack_part_pack_id_meeting_pack")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_meeting_pack_part_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_pack_part")),
        sa.UniqueConstraint("pack_id", "item_id", name=op.f("uq_meeting_pack_part_pack_id_item_id")),
    )
    op.create_table(
        "minute_version",
        *sealed("body"),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'agreed')", name=op.f("ck_minute_version_state")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minute_version_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minute_version")),
        sa.UniqueConstraint("meeting_id", "ordinal", name=op.f("uq_minute_version_meeting_id_ordinal")),
    )
    op.create_table(
        "minute_section",
        *sealed("body"),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["minute_version.id"], name=op.f("fk_minute_section_version_id_minute_version")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_minute_section_case_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minute_section")),
        sa.UniqueConstraint("version_id", "ordinal", name=op.f("uq_minute_section_version_id_ordinal")),
    )
    for table, columns in INDEXED.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def downgrade() -> None:
    """Take it back; refuses where a meeting has come further than the older version knows."""
    for table in reversed(INDEXED):
        op.drop_table(table)
    op.drop_table("agenda_item")
    op.drop_table("calendar_feed")
    op.drop_table("job_run")
    op.drop_table("reminder")
    with op.batch_alter_table("action") as batch:
        batch.drop_index(op.f("ix_action_borough_gss"))
        batch.drop_index(op.f("ix_action_case_id"))
        batch.drop_index(op.f("ix_action_offered_to_id"))
        batch.drop_constraint(op.f("ck_action_state"), type_="check")
        batch.drop_constraint(op.f("fk_action_borough_gss_borough"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_action_case_id_case_"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_action_offered_to_id_agency"), type_="foreignkey")
        batch.drop_column("borough_gss")
        batch.drop_column("case_id")
        batch.drop_column("offered_to_id")
        batch.drop_column("state")
    with op.batch_alter_table("meeting") as batch:
        batch.drop_constraint(op.f("ck_meeting_state"), type_="check")
        batch.create_check_constraint(op.f("ck_meeting_state"), OLD_STATES)
        batch.drop_constraint(op.f("fk_meeting_chair_id_app_user"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_meeting_follows_id_meeting"), type_="foreignkey")
        batch.drop_column("chair_id")
        batch.drop_column("follows_id")
        batch.alter_column("case_id", existing_type=sa.Uuid(), nullable=False)
