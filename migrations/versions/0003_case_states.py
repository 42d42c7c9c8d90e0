"""Where a case stands, how it came there, and proposals to close it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = "status IN ('opened', 'active', 'monitoring', 'transfer_pending')"
STATES = "status IN ('opened', 'active', 'monitoring', 'transfer_pending', 'closed', 'transferred_out', 'merged')"


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("case_", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_case__status"), type_="check")
        batch_op.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("handed_to_gss", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_case__handed_to_gss_borough"), "borough", ["handed_to_gss"], ["gss"])
        batch_op.create_foreign_key(op.f("fk_case__merged_into_id_case_"), "case_", ["merged_into_id"], ["id"])
    # Until now a case was opened or active without the difference being kept, and none could be closed.
    op.execute(
        "UPDATE case_ SET status = CASE WHEN EXISTS (SELECT 1 FROM level_decision WHERE case_id = case_.id) "
        "THEN 'active' ELSE 'opened' END WHERE status = 'open'"
    )
    op.execute("UPDATE case_ SET left_at = CURRENT_TIMESTAMP WHERE status = 'closed'")
    with op.batch_alter_table("case_", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_case__status"), STATES)
        batch_op.create_check_constraint(op.f("ck_case__left"), f"({OPEN}) = (left_at IS NULL)")
        batch_op.create_check_constraint(
            op.f("ck_case__handed"), "(status = 'transferred_out') = (handed_to_gss IS NOT NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_case__merged"), "(status = 'merged') = (merged_into_id IS NOT NULL)")
        batch_op.create_index(
            "uq_case__open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        )
    _create_case_passage()
    _create_closing()


def _create_case_passage() -> None:
    op.create_table(
        "case_passage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_case_passage_case_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_passage")),
        sa.UniqueConstraint("case_id", "ordinal", name=op.f("uq_case_passage_case_id_ordinal")),
    )
    with op.batch_alter_table("case_passage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_passage_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_passage_compartment_id"), ["compartment_id"], unique=False)


def _create_closing() -> None:
    op.create_table(
        "closing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", name=op.f("ck_closing_state")),
        sa.ForeignKeyConstraint(["case_id"], ["case_.id"], name=op.f("fk_closing_case_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
    )
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closing_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_closing_compartment_id"), ["compartment_id"], unique=False)
        batch_op.create_index(
            "uq_closing_waiting",
            ["case_id"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("closing")
    op.drop_table("case_passage")
    with op.batch_alter_table("case_", schema=None) as batch_op:
        batch_op.drop_index("uq_case__open", sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN))
        batch_op.drop_constraint(op.f("ck_case__merged"), type_="check")
        batch_op.drop_constraint(op.f("ck_case__handed"), type_="check")
        batch_op.drop_constraint(op.f("ck_case__left"), type_="check")
        batch_op.drop_constraint(op.f("ck_case__status"), type_="check")
    op.execute("UPDATE case_ SET status = CASE WHEN left_at IS NULL THEN 'open' ELSE 'closed' END")
    with op.batch_alter_table("case_", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_case__status"), "status IN ('open', 'closed')")
        batch_op.drop_constraint(op.f("fk_case__merged_into_id_case_"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_case__handed_to_gss_borough"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("handed_to_gss")
        batch_op.drop_column("left_at")
