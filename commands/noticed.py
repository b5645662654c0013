"""What an import brought to notice of a draft, and when somebody has seen to it."""

import re
from collections.abc import Iterable

from commands.imported_rows import LOOSE
from domain.defining import Definition
from domain.wording import is_too_loose
from trackers.codes import MUST, WORDS, Code

_ABOUT = {"owner_id": ("OWNER_", "EMAIL_"), "due_at": ("DUE_",)}


def still_noticed(reasons: Iterable[str], before: Definition, after: Definition) -> list[str]:
    """What is left of these reasons once a draft was changed.

    Whoever names the owner, or the day, has seen to what was asked about them; so has whoever makes loose words firm.
    Anything else stays until the draft is completed, or ended.
    """
    answered = [name for name in _ABOUT if getattr(after, name) not in (None, getattr(before, name))]
    settled = [pattern for name in answered for pattern in _ASKED[name]]
    firm = after.what_will_change != before.what_will_change and not is_too_loose(after.what_will_change)
    return [
        reason
        for reason in reasons
        if not any(pattern.fullmatch(reason) for pattern in settled) and not (firm and reason == LOOSE)
    ]


def _pattern(code: Code) -> re.Pattern[str]:
    why, what_to_do = WORDS[code]
    return re.compile(re.escape(f"{why} {what_to_do}").replace(re.escape("{said}"), ".*"), re.DOTALL)


_ASKED = {name: [_pattern(code) for code in MUST if code.startswith(starts)] for name, starts in _ABOUT.items()}
