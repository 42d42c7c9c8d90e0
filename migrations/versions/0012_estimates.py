"""Versions of an estimate's data, runs on them, and reviews of proactivity."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _sealed(table: str, *columns: sa.Column[int] | sa.Column[date], unique: tuple[str, ...]) -> None:
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
        sa.UniqueConstraint(*unique, name=op.f(f"uq_{table}_{'_'.join(unique)}")),
    )
    for column in ("borough_gss", "compartment_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def upgrade() -> None:
    """Make the change."""
    _sealed(
        "estimate_data",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        unique=("borough_gss", "number"),
    )
    op.create_table(
        "estimate_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("data_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_estimate_run_borough_gss_borough")),
        sa.ForeignKeyConstraint(["data_id"], ["estimate_data.id"], name=op.f("fk_estimate_run_data_id_estimate_data")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_run")),
        sa.UniqueConstraint("borough_gss", "number", name=op.f("uq_estimate_run_borough_gss_number")),
    )
    for column in ("borough_gss", "data_id", "compartment_id"):
        op.create_index(op.f(f"ix_estimate_run_{column}"), "estimate_run", [column])
    _sealed(
        "proactivity_review",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        unique=("borough_gss", "year", "number"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("proactivity_review")
    op.drop_table("estimate_run")
    op.drop_table("estimate_data")
