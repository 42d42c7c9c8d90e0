"""A month's statistics that somebody asked for, and how far they are."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "release_preparation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_release_preparation_done")),
        sa.CheckConstraint("state IN ('begun', 'prepared', 'refused')", name=op.f("ck_release_preparation_state")),
        sa.ForeignKeyConstraint(
            ["borough_gss"], ["borough.gss"], name=op.f("fk_release_preparation_borough_gss_borough")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_preparation")),
    )
    with op.batch_alter_table("release_preparation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_preparation_borough_gss"), ["borough_gss"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_preparation_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index(
            "uq_release_preparation_begun",
            ["borough_gss", "month"],
            unique=True,
            sqlite_where=sa.text("state = 'begun'"),
            postgresql_where=sa.text("state = 'begun'"),
        )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("release_preparation")
