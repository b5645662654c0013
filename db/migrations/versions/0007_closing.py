"""Closing: small homes, cancelled and superseded actions"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass
