"""Epochs of keys that can be closed, root keys with a name, and escrow kits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EPOCH = "fk_data_key_purpose_scope_wrapper_version_key_encryption_key"


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("key_encryption_key", schema=None) as batch_op:
        batch_op.add_column(sa.Column("root_id", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("key_encryption_key", schema=None) as batch_op:
        batch_op.alter_column("root_id", existing_type=sa.String(), existing_nullable=False, server_default=None)
    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.create_index("ix_data_key_epoch", ["purpose", "scope", "wrapper_version", "compartment_id"])
        batch_op.create_foreign_key(
            EPOCH,
            "key_encryption_key",
            ["purpose", "scope", "wrapper_version"],
            ["purpose", "scope", "version"],
        )
    op.create_table(
        "escrow_kit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("covers", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escrow_kit")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("escrow_kit")
    with op.batch_alter_table("data_key", schema=None) as batch_op:
        batch_op.drop_constraint(EPOCH, type_="foreignkey")
        batch_op.drop_index("ix_data_key_epoch")
    with op.batch_alter_table("key_encryption_key", schema=None) as batch_op:
        batch_op.drop_column("root_id")
