"""Drafts of protocols, which a second person approves; what changed in a borough is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "protocol_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'withdrawn')", name=op.f("ck_protocol_draft_state")
        ),
        sa.CheckConstraint(
            "(state IN ('submitted', 'approved')) <= (in_force_from IS NOT NULL)", name=op.f("ck_protocol_draft_dated")
        ),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_protocol_draft_borough_gss_borough")),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["protocol_version.id"], name=op.f("fk_protocol_draft_based_on_id_protocol_version")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["protocol_version.id"], name=op.f("fk_protocol_draft_version_id_protocol_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_draft")),
    )
    with op.batch_alter_table("protocol_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_protocol_draft_borough_gss"), ["borough_gss"], unique=False)
    op.create_index("ix_audit_entry_borough", "audit_entry", ["borough_gss", "at_us"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_audit_entry_borough", table_name="audit_entry")
    op.drop_table("protocol_draft")
