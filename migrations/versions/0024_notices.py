"""How often people want to be written to; messages that nobody can receive, and those that were dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "notice_choice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("rhythm", sa.String(length=32), nullable=False),
        sa.Column("nights", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_choice_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint("user_id", name=op.f("uq_notice_choice_user_id")),
    )
    with op.batch_alter_table("outgoing_message") as batch:
        batch.alter_column("recipient_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("borough_gss", sa.String(), nullable=True))
        batch.add_column(sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("together", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint(op.f("ck_outgoing_message_state"), type_="check")
        batch.create_check_constraint(
            op.f("ck_outgoing_message_state"), "state IN ('waiting', 'sent', 'dead', 'dropped')"
        )
        batch.create_check_constraint(
            op.f("ck_outgoing_message_recipient"), "recipient_id IS NOT NULL OR state IN ('dead', 'dropped')"
        )
    with op.batch_alter_table("outgoing_message") as batch:
        batch.alter_column("urgent", existing_type=sa.Boolean(), server_default=None)
        batch.alter_column("together", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    """Take it back: what was dropped or has no reader cannot be told by the older version."""
    op.execute("DELETE FROM outgoing_message WHERE state = 'dropped' OR recipient_id IS NULL")
    with op.batch_alter_table("outgoing_message") as batch:
        batch.drop_constraint(op.f("ck_outgoing_message_recipient"), type_="check")
        batch.drop_constraint(op.f("ck_outgoing_message_state"), type_="check")
        batch.create_check_constraint(op.f("ck_outgoing_message_state"), "state IN ('waiting', 'sent', 'dead')")
        batch.drop_column("together")
        batch.drop_column("urgent")
        batch.drop_column("borough_gss")
        batch.alter_column("recipient_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("notice_choice")
