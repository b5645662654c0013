"""Colours of status tags. Their words carry the meaning."""

from domain.vocabulary import Status

COLOURS = {
    Status.DRAFT: "grey",
    Status.RETURNED: "orange",
    Status.CLOSED_MONITORING: "green",
    Status.SUSTAINED: "green",
    Status.CANCELLED: "grey",
    Status.SUPERSEDED: "grey",
}


def colour_of(status: str) -> str:
    """The colour of a status tag."""
    return COLOURS.get(Status(status), "blue")
