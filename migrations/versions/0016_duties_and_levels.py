"""Duties are waived, replaced and taken higher; lower levels wait for a second signatory; cases move to versions."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BEFORE = "state IN ('pending', 'breached', 'met', 'met_late', 'void')"
AFTER = "state IN ('pending', 'breached', 'met', 'met_late', 'waived', 'void', 'superseded')"
PENDING = "state = 'pending'"


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_duty_state"), type_="check")
        batch_op.add_column(sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_duty_state"), AFTER)
        batch_op.create_index("ix_duty_escalate", ["state", "escalate_at"], unique=False)
    # When it was written down was not kept; that its time had passed is what counts.
    op.execute("UPDATE duty SET breached_at = due_at WHERE state IN ('breached', 'met_late')")
    _create_level_proposal()
    _create_protocol_move()


def _create_level_proposal() -> None:
    op.create_table(
        "level_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'signed', 'refused', 'withdrawn', 'superseded')",
            name=op.f("ck_level_proposal_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_level_proposal_case_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_proposal")),
        sa.UniqueConstraint("case_id", "ordinal", name=op.f("uq_level_proposal_case_id_ordinal")),
    )
    with op.batch_alter_table("level_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_level_proposal_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_level_proposal_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index(
            "uq_level_proposal__pending",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text(PENDING),
            postgresql_where=sa.text(PENDING),
        )


def _create_protocol_move() -> None:
    op.create_table(
        "protocol_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_protocol_move_case_id_case_")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["protocol_version.id"], name=op.f("fk_protocol_move_version_id_protocol_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_move")),
        sa.UniqueConstraint("case_id", "ordinal", name=op.f("uq_protocol_move_case_id_ordinal")),
    )
    with op.batch_alter_table("protocol_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_protocol_move_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_protocol_move_compartment_id"), ["compartment_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("protocol_move")
    op.drop_table("level_proposal")
    op.execute("UPDATE duty SET state = 'void' WHERE state IN ('waived', 'superseded')")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index("ix_duty_escalate")
        batch_op.drop_constraint(op.f("ck_duty_state"), type_="check")
        batch_op.drop_column("escalate_at")
        batch_op.drop_column("breached_at")
        batch_op.create_check_constraint(op.f("ck_duty_state"), BEFORE)
