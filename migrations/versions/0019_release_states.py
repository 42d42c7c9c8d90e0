"""A month's statistics are prepared, reviewed and approved."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATES = "state IN ('prepared', 'reviewed', 'approved', 'sent_back')"


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("monthly_release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=32), nullable=False, server_default="approved"))
    # A month taken while it still ran is replaced by the finished month and is in nobody's way.
    op.execute("UPDATE monthly_release SET state = 'sent_back' WHERE NOT final")
    with op.batch_alter_table("monthly_release", schema=None) as batch_op:
        batch_op.alter_column("state", existing_type=sa.String(length=32), server_default=None)
        batch_op.create_check_constraint(op.f("ck_monthly_release_state"), STATES)
        batch_op.drop_column("final")


def downgrade() -> None:
    """Undo the change."""
    with op.batch_alter_table("monthly_release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("final", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE monthly_release SET final = TRUE WHERE state = 'approved'")
    with op.batch_alter_table("monthly_release", schema=None) as batch_op:
        batch_op.alter_column("final", existing_type=sa.Boolean(), server_default=None)
        batch_op.drop_constraint(op.f("ck_monthly_release_state"), type_="check")
        batch_op.drop_column("state")
