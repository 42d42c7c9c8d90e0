"""One-time links to referrals for services without an account, and the letters that carry them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""

    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outbound_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_digest", sa.LargeBinary(), nullable=True),
        sa.Column("visit_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound_referral.id"], name=op.f("fk_one_time_link_outbound_id_outbound_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_one_time_link_token_digest")),
        sa.UniqueConstraint("visit_digest", name=op.f("uq_one_time_link_visit_digest")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_link_outbound_id"), ["outbound_id"], unique=False)

    op.create_table(
        "one_time_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name=op.f("ck_one_time_letter_state")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["one_time_link.id"], name=op.f("fk_one_time_letter_link_id_one_time_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_letter")),
        sa.UniqueConstraint("link_id", "kind", name=op.f("uq_one_time_letter_link_id_kind")),
    )
    with op.batch_alter_table("one_time_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_letter_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index("ix_one_time_letter_due", ["state", "due_at"], unique=False)


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("one_time_letter", schema=None) as batch_op:
        batch_op.drop_index("ix_one_time_letter_due")
        batch_op.drop_index(batch_op.f("ix_one_time_letter_compartment_id"))

    op.drop_table("one_time_letter")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_outbound_id"))
        batch_op.drop_index(batch_op.f("ix_one_time_link_compartment_id"))

    op.drop_table("one_time_link")
