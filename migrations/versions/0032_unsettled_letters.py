"""How often a letter was handed over without word of what became of it; none of those from before was."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("outgoing_message") as batch:
        batch.add_column(sa.Column("unsettled", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("outgoing_message") as batch:
        batch.alter_column("unsettled", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("outgoing_message") as batch:
        batch.drop_column("unsettled")
