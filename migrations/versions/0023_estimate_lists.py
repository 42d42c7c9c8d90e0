"""Second opinions from the tracker's own lists, answers to runs, and trainings held."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = ("estimate_lists", "estimate_answer", "training_held")


def _sealed(
    table: str,
    *columns: sa.Column[int] | sa.Column[date] | sa.Column[UUID],
    constraints: tuple[sa.Constraint, ...] = (),
) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        *columns,
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f(f"fk_{table}_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *constraints,
    )
    for column in ("borough_gss", "compartment_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Make the change."""
    _sealed(
        "estimate_lists",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        constraints=(sa.UniqueConstraint("borough_gss", "number", name=op.f("uq_estimate_lists_borough_gss_number")),),
    )
    _sealed(
        "estimate_answer",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        constraints=(
            sa.UniqueConstraint("run_id", "number", name=op.f("uq_estimate_answer_run_id_number")),
            sa.ForeignKeyConstraint(
                ["run_id"], ["estimate_run.id"], name=op.f("fk_estimate_answer_run_id_estimate_run")
            ),
        ),
    )
    op.create_index(op.f("ix_estimate_answer_run_id"), "estimate_answer", ["run_id"])
    _sealed("training_held")


def downgrade() -> None:
    """Take it back."""
    for table in reversed(TABLES):
        op.drop_table(table)
