"""Joining two cases of one young person, and corrections of who somebody is."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("merged_into_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key("fk_person_merged_into_id_person", "person", ["merged_into_id"], ["id"])
        batch.create_index("ix_person_merged_into_id", ["merged_into_id"])
    op.create_table(
        "person_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_correction_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_correction")),
        sa.UniqueConstraint("person_id", "ordinal", name=op.f("uq_person_correction_person_id_ordinal")),
    )
    op.create_index(op.f("ix_person_correction_person_id"), "person_correction", ["person_id"])
    op.create_index(op.f("ix_person_correction_compartment_id"), "person_correction", ["compartment_id"])
    op.create_table(
        "case_joining",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ending_id", sa.Uuid(), nullable=False),
        sa.Column("going_on_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("compartment_id", sa.Uuid(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'refused', 'withdrawn', 'undone')", name=op.f("ck_case_joining_state")
        ),
        sa.CheckConstraint("ending_id <> going_on_id", name=op.f("ck_case_joining_two")),
        sa.ForeignKeyConstraint(["ending_id"], ["case_.id"], name=op.f("fk_case_joining_ending_id_case_")),
        sa.ForeignKeyConstraint(["going_on_id"], ["case_.id"], name=op.f("fk_case_joining_going_on_id_case_")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_joining")),
    )
    op.create_index(op.f("ix_case_joining_ending_id"), "case_joining", ["ending_id"])
    op.create_index(op.f("ix_case_joining_going_on_id"), "case_joining", ["going_on_id"])
    op.create_index(op.f("ix_case_joining_compartment_id"), "case_joining", ["compartment_id"])
    op.create_index(
        "uq_case_joining_waiting",
        "case_joining",
        ["ending_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("case_joining")
    op.drop_table("person_correction")
    with op.batch_alter_table("person") as batch:
        batch.drop_index("ix_person_merged_into_id")
        batch.drop_constraint("fk_person_merged_into_id_person", type_="foreignkey")
        batch.drop_column("merged_into_id")
