"""The service directory, referrals to services with their steps, gaps in services, and agencies that have closed."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""

    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("serves", sa.String(length=32), nullable=False),
        sa.Column("capacity", sa.String(length=32), nullable=False),
        sa.Column("wait_weeks", sa.Integer(), nullable=True),
        sa.Column("who_may_refer", sa.String(), nullable=False),
        sa.Column("how_to_refer", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.CheckConstraint("state IN ('active', 'closed')", name=op.f("ck_service_state")),
        sa.CheckConstraint("min_age IS NULL OR max_age IS NULL OR min_age <= max_age", name=op.f("ck_service_ages")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_service_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_service_agency_id_name")),
    )
    op.create_table(
        "outbound_referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'draft') = (sent_at IS NULL)", name=op.f("ck_outbound_referral_sent")),
        sa.CheckConstraint(
            "(state IN ('completed', 'ended_early', 'declined', 'revoked')) = (ended_at IS NOT NULL)",
            name=op.f("ck_outbound_referral_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'no_response', 'acknowledged', 'waiting_list', 'accepted', 'active', 'completed', 'ended_early', 'declined', 'revoked')",
            name=op.f("ck_outbound_referral_state"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_outbound_referral_agency_id_agency")),
        sa.ForeignKeyConstraint(
            ["borough_gss"], ["borough.gss"], name=op.f("fk_outbound_referral_borough_gss_borough")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_outbound_referral_case_id_case_")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_outbound_referral_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_referral")),
    )
    with op.batch_alter_table("outbound_referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbound_referral_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbound_referral_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbound_referral_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index("ix_outbound_referral_list", ["borough_gss", "state", "sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbound_referral_service_id"), ["service_id"], unique=False)

    op.create_table(
        "service_coverage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("commissions", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_service_coverage_borough_gss_borough")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_service_coverage_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_coverage")),
        sa.UniqueConstraint("service_id", "borough_gss", name=op.f("uq_service_coverage_service_id_borough_gss")),
    )
    with op.batch_alter_table("service_coverage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_coverage_borough_gss"), ["borough_gss"], unique=False)

    op.create_table(
        "outbound_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outbound_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound_referral.id"], name=op.f("fk_outbound_step_outbound_id_outbound_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbound_step")),
        sa.UniqueConstraint("outbound_id", "ordinal", name=op.f("uq_outbound_step_outbound_id_ordinal")),
    )
    with op.batch_alter_table("outbound_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbound_step_compartment_id"), ["compartment_id"], unique=False)

    op.create_table(
        "service_gap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("outbound_id", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_service_gap_borough_gss_borough")),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_service_gap_case_id_case_")),
        sa.ForeignKeyConstraint(
            ["outbound_id"], ["outbound_referral.id"], name=op.f("fk_service_gap_outbound_id_outbound_referral")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_gap")),
    )
    with op.batch_alter_table("service_gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_gap_borough_gss"), ["borough_gss"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_gap_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_gap_compartment_id"), ["compartment_id"], unique=False)

    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_column("closed_at")

    with op.batch_alter_table("service_gap", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_gap_compartment_id"))
        batch_op.drop_index(batch_op.f("ix_service_gap_case_id"))
        batch_op.drop_index(batch_op.f("ix_service_gap_borough_gss"))

    op.drop_table("service_gap")
    with op.batch_alter_table("outbound_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbound_step_compartment_id"))

    op.drop_table("outbound_step")
    with op.batch_alter_table("service_coverage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_coverage_borough_gss"))

    op.drop_table("service_coverage")
    with op.batch_alter_table("outbound_referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbound_referral_service_id"))
        batch_op.drop_index("ix_outbound_referral_list")
        batch_op.drop_index(batch_op.f("ix_outbound_referral_compartment_id"))
        batch_op.drop_index(batch_op.f("ix_outbound_referral_case_id"))
        batch_op.drop_index(batch_op.f("ix_outbound_referral_agency_id"))

    op.drop_table("outbound_referral")
    op.drop_table("service")
