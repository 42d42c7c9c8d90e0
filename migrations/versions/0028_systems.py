"""Systems of agencies: their tokens, webhooks, the calls to these, and answers kept for requests that come again."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "agency_system",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_system_agency_id_agency")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_agency_system_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_system")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_agency_system_agency_id_name")),
        sa.UniqueConstraint("user_id", name=op.f("uq_agency_system_user_id")),
    )
    op.create_table(
        "system_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes_held", sa.String(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["system_id"], ["agency_system.id"], name=op.f("fk_system_token_system_id_agency_system")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_token")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_system_token_token_digest")),
    )
    op.create_index(op.f("ix_system_token_system_id"), "system_token", ["system_id"])
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_mac", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["agency_system.id"], name=op.f("fk_kept_answer_system_id_agency_system")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("system_id", "key_digest", name=op.f("uq_kept_answer_system_id_key_digest")),
    )
    op.create_index("ix_kept_answer_made_at", "kept_answer", ["made_at"])
    op.create_index(op.f("ix_kept_answer_compartment_id"), "kept_answer", ["compartment_id"])
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", AT, nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_webhook_agency_id_agency")),
        sa.ForeignKeyConstraint(["system_id"], ["agency_system.id"], name=op.f("fk_webhook_system_id_agency_system")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_system_id"), "webhook", ["system_id"])
    op.create_index(op.f("ix_webhook_agency_id"), "webhook", ["agency_id"])
    op.create_index(op.f("ix_webhook_compartment_id"), "webhook", ["compartment_id"])
    op.create_table(
        "webhook_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", AT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead', 'dropped')", name=op.f("ck_webhook_call_state")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_call_webhook_id_webhook")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_call")),
    )
    op.create_index("ix_webhook_call_due", "webhook_call", ["state", "due_at"])
    op.create_index("ix_webhook_call_thing", "webhook_call", ["webhook_id", "about_id", "ordinal"])


def downgrade() -> None:
    """Take it back."""
    for table in ("webhook_call", "webhook", "kept_answer", "system_token", "agency_system"):
        op.drop_table(table)
