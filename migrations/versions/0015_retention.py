"""Legal holds, what they cover, proposals to destroy, and what is left of what was destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "tombstone",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_tombstone_borough_gss_borough")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_tombstone")),
    )
    _create_legal_hold()
    _create_destruction()


def _create_legal_hold() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'released')", name=op.f("ck_legal_hold_state")),
        sa.CheckConstraint(
            "state = 'active' OR (proposed_by IS NOT NULL AND released_by IS NOT NULL AND proposed_by <> released_by)",
            name=op.f("ck_legal_hold_two_release"),
        ),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_legal_hold_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        for column in ("borough_gss", "compartment_id", "person_id"):
            batch_op.create_index(batch_op.f(f"ix_legal_hold_{column}"), [column], unique=False)
    op.create_table(
        "held_compartment",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["legal_hold.id"], name=op.f("fk_held_compartment_hold_id_legal_hold")),
        sa.PrimaryKeyConstraint("hold_id", "compartment_id", name=op.f("pk_held_compartment")),
    )
    with op.batch_alter_table("held_compartment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_held_compartment_compartment_id"), ["compartment_id"], unique=False)


def _create_destruction() -> None:
    op.create_table(
        "destruction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("borough_gss", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("epoch_closed", sa.Boolean(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name=op.f("ck_destruction_state")),
        sa.ForeignKeyConstraint(["borough_gss"], ["borough.gss"], name=op.f("fk_destruction_borough_gss_borough")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destruction")),
    )
    with op.batch_alter_table("destruction", schema=None) as batch_op:
        for column in ("borough_gss", "compartment_id"):
            batch_op.create_index(batch_op.f(f"ix_destruction_{column}"), [column], unique=False)
        batch_op.create_index(
            "uq_destruction_waiting",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        )


def downgrade() -> None:
    """Take it back."""
    for table in ("destruction", "held_compartment", "legal_hold", "tombstone"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        # With the triggers that the service puts up on every table whose rows a hold can cover.
        for function in ("refuse_held", "refuse_held_truncate", "refuse_unhold"):
            op.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")
    else:
        found = op.get_bind().execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        for name in [name for name in found if name.endswith("_held")]:
            op.execute(f"DROP TRIGGER {name}")
