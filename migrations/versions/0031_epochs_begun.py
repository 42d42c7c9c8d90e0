"""When each epoch of a key was begun; nothing for those from before this was kept."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""

    with op.batch_alter_table("key_encryption_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("key_encryption_key", schema=None) as batch_op:
        batch_op.drop_column("begun_at")
