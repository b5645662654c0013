"""Other systems: what a key is for, which changes a webhook tells of, and where a webhook may lead."""

from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from domain.vocabulary import Control, Status

LONGEST_LIFE = timedelta(days=730)
LONGEST_NAME = 80
LONGEST_ADDRESS = 500


NOT_REACHED = "A real call would be tried again for three days."
GONE = 410


class Purpose(StrEnum):
    """What a key may be used for. It may do nothing that is not named."""

    RAISE = "raise findings"
    DEFINE = "define actions"
    READ_STATUS = "read status"
    READ_WORDS = "read names and words"
    READ_TRAIL = "read trail"


class EventKind(StrEnum):
    """What a webhook can tell of."""

    CREATED = "action.created"
    STATUS_CHANGED = "action.status_changed"
    DUE_CHANGED = "action.due_date_changed"
    ESCALATED = "action.escalated"


TEST = "webhook.test"
"""What a test call says that it is. Nobody asks to be told of it, and nothing happened."""


def takes_calls(status: int) -> bool:
    """Whether a receiver has taken a call that it answered so."""
    return 200 <= status < 300


def what_it_means(status: int) -> str:
    """What this answer to a real call would lead to."""
    if takes_calls(status):
        return "It takes calls."
    if status == GONE:
        return "That says that nobody is there any more: after a real call the webhook would be stopped."
    if 300 <= status < 400:
        return f"It sends elsewhere, and calls follow nowhere. Give the address that it sends to. {NOT_REACHED}"
    if status in (401, 403):
        return f"It does not accept the call: check the secret there. {NOT_REACHED}"
    return f"Only 2xx counts as taken. {NOT_REACHED}"


CONTROL_OF: dict[Status, Control | None] = {
    Status.DRAFT: Control.DEFINE,
    Status.AWAITING_ACCEPTANCE: Control.ASSIGN,
    Status.IN_PROGRESS: Control.EVIDENCE,
    Status.EVIDENCE_SUBMITTED: Control.EVIDENCE,
    Status.RETURNED: Control.EVIDENCE,
    Status.SAMPLE_AUDIT: Control.CHECK,
    Status.AWAITING_APPROVAL: Control.CLOSE,
    Status.CLOSED_MONITORING: Control.SUSTAIN,
    Status.SUSTAINED: Control.SUSTAIN,
    Status.CANCELLED: None,
    Status.SUPERSEDED: None,
}
"""Which control an action with this status waits at; an ended one waits at none."""


def address_refused(url: str, own_ports: frozenset[int] = frozenset()) -> str | None:
    """Why a webhook may not lead to this address, or None. What its name stands for is looked at when connecting."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This is not an address. Give one like https://example.org/followthrough."
    if not host or len(url) > LONGEST_ADDRESS or any(c.isspace() or ord(c) < 33 for c in url):
        return "This is not an address. Give one like https://example.org/followthrough."
    if parts.username or parts.password or parts.fragment:
        return "Leave out user names, passwords and #: each call is signed instead."
    if parts.scheme == "https":
        return None
    if parts.scheme == "http" and is_this_machine(host):
        return "This is one of Followthrough’s own ports." if (port or 80) in own_ports else None
    return "The address must begin with https://, so that nobody on the way can read or change a call."


def is_this_machine(host: str) -> bool:
    """Whether an address names this machine by itself, without asking anybody what a name stands for."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def may_connect(found: str, stated_host: str, allow_private: bool) -> bool:
    """Whether a call may go to the address that a name was found to stand for.

    A name that leads into the provider's own network would let whoever owns the name send requests
    there from inside. Loopback is for addresses that say so themselves.
    """
    address = _plain(ip_address(found))
    if address.is_multicast or address.is_unspecified:
        return False
    if address.is_loopback:
        return is_this_machine(stated_host)
    return allow_private or address.is_global


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address dressed as IPv6 is judged by what it is."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or _embedded(address) or address
    return address


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside NAT64's well-known prefix."""
    nat64 = int(IPv6Address("64:ff9b::"))
    return IPv4Address(int(address) - nat64) if int(address) >> 32 == nat64 >> 32 else None
