"""Evidence withdrawn and returned by item; samples by list and by group"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass
