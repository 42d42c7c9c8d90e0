"""Claims, questions, offers to other boroughs, comparisons, referrals about several young people, drafts that are purged."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = (
    "state IN ('draft', 'submitted', 'in_triage', 'info_requested', 'redirected',"
    " 'accepted_new', 'joined_existing', 'advice_only', 'declined')"
)
STATES_BEFORE = "state IN ('draft', 'submitted', 'accepted_new', 'joined_existing', 'declined')"
DECIDED = "(state IN ('accepted_new', 'joined_existing', 'advice_only', 'declined')) = (decided_at IS NOT NULL)"
DECIDED_BEFORE = "(state IN ('accepted_new', 'joined_existing', 'declined')) = (decided_at IS NOT NULL)"
TIMES = ("touched_at", "reminded_at", "withdrawn_at", "claimed_at")


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_referral_state"), type_="check")
        batch_op.drop_constraint(op.f("ck_referral_decided"), type_="check")
        for name in TIMES:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("claimed_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("offered_to_gss", sa.String(), nullable=True))
    # When a draft was last touched was not kept: its ninety days begin with this change.
    op.execute("UPDATE referral SET touched_at = COALESCE(received_at, CURRENT_TIMESTAMP)")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.alter_column("touched_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_foreign_key(op.f("fk_referral_claimed_by_app_user"), "app_user", ["claimed_by"], ["id"])
        batch_op.create_foreign_key(op.f("fk_referral_offered_to_gss_borough"), "borough", ["offered_to_gss"], ["gss"])
        batch_op.create_check_constraint(op.f("ck_referral_state"), STATES)
        batch_op.create_check_constraint(op.f("ck_referral_decided"), DECIDED)
        batch_op.create_check_constraint(
            op.f("ck_referral_claimed"), "(state = 'in_triage') = (claimed_by IS NOT NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_referral_offered"), "(state = 'redirected') = (offered_to_gss IS NOT NULL)"
        )
        batch_op.create_index(op.f("ix_referral_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(op.f("ix_referral_offered_to_gss"), ["offered_to_gss"], unique=False)
    _create_question()
    _create_offer()
    _create_comparison()


def _create_question() -> None:
    op.create_table(
        "referral_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_question_referral_id_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_question")),
    )
    op.create_index(op.f("ix_referral_question_referral_id"), "referral_question", ["referral_id"])
    op.create_index(op.f("ix_referral_question_compartment_id"), "referral_question", ["compartment_id"])


def _create_offer() -> None:
    op.create_table(
        "referral_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("from_gss", sa.String(), nullable=False),
        sa.Column("to_gss", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'refused', 'lapsed', 'taken_back')", name=op.f("ck_referral_offer_state")
        ),
        sa.CheckConstraint("from_gss <> to_gss", name=op.f("ck_referral_offer_elsewhere")),
        sa.CheckConstraint("(state = 'offered') = (answered_at IS NULL)", name=op.f("ck_referral_offer_answered")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referral_offer_referral_id_referral")),
        sa.ForeignKeyConstraint(["from_gss"], ["borough.gss"], name=op.f("fk_referral_offer_from_gss_borough")),
        sa.ForeignKeyConstraint(["to_gss"], ["borough.gss"], name=op.f("fk_referral_offer_to_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_offer")),
    )
    for column in ("referral_id", "from_gss", "answer_by", "compartment_id"):
        op.create_index(op.f(f"ix_referral_offer_{column}"), "referral_offer", [column])


def _create_comparison() -> None:
    op.create_table(
        "comparison",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("compared_by", sa.Uuid(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('same', 'different', 'undecided')", name=op.f("ck_comparison_verdict")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_comparison_referral_id_referral")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_comparison_person_id_person")),
        sa.ForeignKeyConstraint(["compared_by"], ["app_user.id"], name=op.f("fk_comparison_compared_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparison")),
        sa.UniqueConstraint("referral_id", "person_id", name=op.f("uq_comparison_referral_id_person_id")),
    )
    op.create_index(op.f("ix_comparison_person_id"), "comparison", ["person_id"])


def downgrade() -> None:
    """Take it back: what waits in another state waits as sent again, and advice becomes a refusal."""
    for table in ("comparison", "referral_offer", "referral_question"):
        op.drop_table(table)
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_referral_offered_to_gss"))
        batch_op.drop_index(op.f("ix_referral_batch_id"))
        for name in ("state", "decided", "claimed", "offered"):
            batch_op.drop_constraint(op.f(f"ck_referral_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_referral_claimed_by_app_user"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_referral_offered_to_gss_borough"), type_="foreignkey")
    op.execute("UPDATE referral SET state = 'submitted' WHERE state IN ('in_triage', 'info_requested', 'redirected')")
    op.execute("UPDATE referral SET state = 'declined' WHERE state = 'advice_only'")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        for name in (*TIMES, "batch_id", "claimed_by", "offered_to_gss"):
            batch_op.drop_column(name)
        batch_op.create_check_constraint(op.f("ck_referral_state"), STATES_BEFORE)
        batch_op.create_check_constraint(op.f("ck_referral_decided"), DECIDED_BEFORE)
