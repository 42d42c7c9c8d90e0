"""Which boroughs agreed that their figures stand in the view of London."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "london_agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= signed_at", name=op.f("ck_london_agreement_ended")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_london_agreement_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_london_agreement")),
    )
    op.create_index(op.f("ix_london_agreement_borough_gss"), "london_agreement", ["borough_gss"])
    op.create_index(op.f("ix_london_agreement_compartment_id"), "london_agreement", ["compartment_id"])


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("london_agreement")
