"""A referral is offered to an agency too, which sees it from then until it refuses, or until the window closes."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

OFFERED = (
    "CASE WHEN state = 'redirected' THEN (offered_to_gss IS NULL) <> (with_agency_id IS NULL)"
    " ELSE offered_to_gss IS NULL END"
)


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("with_agency_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_referral_with_agency_id_agency"), "agency", ["with_agency_id"], ["id"])
        batch_op.drop_constraint(op.f("ck_referral_offered"), type_="check")
        batch_op.create_check_constraint(op.f("ck_referral_offered"), OFFERED)
        batch_op.create_index(op.f("ix_referral_with_agency_id"), ["with_agency_id"], unique=False)
    with op.batch_alter_table("referral_offer", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_agency_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_referral_offer_to_agency_id_agency"), "agency", ["to_agency_id"], ["id"])
        batch_op.alter_column("to_gss", existing_type=sa.String(), nullable=True)
        batch_op.create_check_constraint(
            op.f("ck_referral_offer_one_receiver"), "(to_gss IS NULL) <> (to_agency_id IS NULL)"
        )


def downgrade() -> None:
    """Take it back. What is offered to an agency is with its borough again; that it ever was is forgotten."""
    referral = sa.table(
        "referral",
        sa.column("state", sa.String()),
        sa.column("offered_to_gss", sa.String()),
    )
    offer = sa.table("referral_offer", sa.column("to_gss", sa.String()))
    op.execute(
        referral.update()
        .where(referral.c.state == "redirected", referral.c.offered_to_gss.is_(None))
        .values(state="submitted")
    )
    op.execute(offer.delete().where(offer.c.to_gss.is_(None)))
    with op.batch_alter_table("referral_offer", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_referral_offer_one_receiver"), type_="check")
        batch_op.alter_column("to_gss", existing_type=sa.String(), nullable=False)
        batch_op.drop_constraint(op.f("fk_referral_offer_to_agency_id_agency"), type_="foreignkey")
        batch_op.drop_column("to_agency_id")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_referral_with_agency_id"))
        batch_op.drop_constraint(op.f("ck_referral_offered"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_referral_offered"), "(state = 'redirected') = (offered_to_gss IS NOT NULL)"
        )
        batch_op.drop_constraint(op.f("fk_referral_with_agency_id_agency"), type_="foreignkey")
        batch_op.drop_column("with_agency_id")
