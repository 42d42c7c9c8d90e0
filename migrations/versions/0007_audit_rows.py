"""Let an audit entry say which rows its transaction wrote, and keep what is handed out of the record."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    # Adding a column to the end rewrites no row and leaves the triggers in place.
    op.add_column("audit_entry", sa.Column("rows_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "handout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('audit_trail', 'subject_access')", name=op.f("ck_handout_kind")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_handout_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handout")),
    )
    with op.batch_alter_table("handout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handout_about_id"), ["about_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handout_borough_gss"), ["borough_gss"], unique=False)
        batch_op.create_index(batch_op.f("ix_handout_compartment_id"), ["compartment_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("handout")
    op.drop_column("audit_entry", "rows_sealed")
