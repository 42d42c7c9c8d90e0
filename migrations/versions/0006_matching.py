"""Blind tokens, and questions between boroughs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "match_token",
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("holder", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_match_token")),
    )
    op.create_index("ix_match_token_token", "match_token", ["token"])
    op.create_table(
        "match_enquiry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["app_user.id"], name=op.f("fk_match_enquiry_asked_by_app_user")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_match_enquiry_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_enquiry")),
    )
    op.create_index("ix_match_enquiry_borough", "match_enquiry", ["borough_gss", "asked_at"])
    op.create_index(op.f("ix_match_enquiry_compartment_id"), "match_enquiry", ["compartment_id"])
    op.create_index("ix_match_enquiry_user", "match_enquiry", ["asked_by", "asked_at"])
    op.create_table(
        "match_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("enquiry_id", sa.Uuid(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'declined')", name=op.f("ck_match_answer_state")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_match_answer_decided")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_match_answer_borough_gss_borough")),
        sa.ForeignKeyConstraint(
            ["enquiry_id"], ["match_enquiry.id"], name=op.f("fk_match_answer_enquiry_id_match_enquiry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_answer")),
    )
    op.create_index(op.f("ix_match_answer_borough_gss"), "match_answer", ["borough_gss"])
    op.create_index(op.f("ix_match_answer_compartment_id"), "match_answer", ["compartment_id"])
    op.create_index(op.f("ix_match_answer_enquiry_id"), "match_answer", ["enquiry_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("match_answer")
    op.drop_table("match_enquiry")
    op.drop_table("match_token")
