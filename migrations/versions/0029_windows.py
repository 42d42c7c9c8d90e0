"""Feedback that is owed until it was given, and the ends of what partner agencies may read."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""

    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_to_agencies_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_to_referrer_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("referral_decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("told_how", sa.String(length=32), nullable=True))
    # Who was decided on before was written to by mail; whether they read it was not asked then.
    op.execute(
        "UPDATE referral_decision SET told_how = 'before', told_at ="
        " (SELECT decided_at FROM referral WHERE referral.id = referral_decision.referral_id)"
    )
    with op.batch_alter_table("referral_decision", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_referral_decision_told"), "(told_at IS NULL) = (told_how IS NULL)")


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("referral_decision", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_referral_decision_told"), type_="check")
        batch_op.drop_column("told_how")
        batch_op.drop_column("told_at")

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_column("closed_to_referrer_at")

    with op.batch_alter_table("meeting", schema=None) as batch_op:
        batch_op.drop_column("closed_to_agencies_at")
