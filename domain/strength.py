"""How strong an action is: whether doing it right will rest on how things are made, or on memory.

The order follows the action hierarchy of incident investigation (VA National Center for Patient Safety,
RCA²): physical changes and forcing functions hold, training and reminders fade.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Strength(StrEnum):
    """How likely an action is to hold without anybody remembering it."""

    STRONG = "strong"
    INTERMEDIATE = "intermediate"
    WEAK = "weak"


class Kind(StrEnum):
    """What an action does, as the hierarchy sorts them; strongest first."""

    PHYSICAL = "physical change"
    FORCING = "forcing function"
    SIMPLER = "simpler way of working"
    STANDARD = "the same everywhere"
    LEADERSHIP = "leaders taking part"
    WORKLOAD = "people and workload"
    SOFTWARE = "software"
    AID = "checklist or visible aid"
    READ_BACK = "read-back"
    SPARE = "a spare or backup"
    PRACTICE = "practised for real"
    TRAINING = "training"
    POLICY = "policy"
    REMINDER = "reminder"
    CHECK = "check on people"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How strong an action reads, and by which words. Without telling words there is no strength to give."""

    strength: Strength | None
    kind: Kind | None = None
    words: tuple[str, ...] = ()

    @property
    def is_weak(self) -> bool:
        return self.strength is Strength.WEAK


_SIGNS: dict[Strength, dict[Kind, str]] = {
    Strength.STRONG: {
        Kind.FORCING: r"forcing function|interlock\w*|hard stop|mandatory field"
        r"|can ?not be \w+ (?:until|unless|without)"
        r"|(?:no|not) [^;.]{1,50}? until (?:passed|signed off|competent|checked)",
        Kind.PHYSICAL: r"replac(?:e|es|ed|ing)|re-?fit(?:ted|ting)?|install(?:ed|ing|ation)?"
        r"|fit(?:ted|ting)?(?! for| note| to work)|mend(?:ed|ing)?"
        r"|(?<!for )repair(?:ed|ing|s)?|build(?:ing)? (?:a|an|the|two|three|\d+)|buy|bought|purchas(?:e|ed|ing)"
        r"|re-?place|remov(?:e|es|ed|ing)|take out|taken out|widen(?:ed)?|heated trolley|re-?design(?:ed)?"
        r"|new (?:seal|lock|lighting|flooring|equipment|hoist|door|mattress(?:es)?|bed)|dimmers?"
        r"|grab rails?|sensor mats?",
        Kind.SIMPLER: r"simplif\w+|(?:one|a single) (?:form|sheet|record|chart) (?:instead of|in place of|for both)"
        r"|merge the \w+|do away with|fewer (?:forms|steps)",
        Kind.STANDARD: r"standardi[sz]e\w*|one kind of"
        r"|same (?:kit|layout|equipment|form) (?:in|on|at|for) (?:every|each|all)",
        Kind.LEADERSHIP: r"walk-?rounds?"
        r"|(?:nominated individual|director|trustee|board member|chief executive)s? (?:to )?"
        r"(?:visit|attend|lead|join|meet)\w*",
    },
    Strength.INTERMEDIATE: {
        Kind.WORKLOAD: r"(?:extra|additional|more) (?:staff|carers?|nurses?|hours|shifts?)|twilight shift|recruit\w*"
        r"|protected time|no more than \w+ (?:for|people|calls|carers)|priorit(?:y|ise) list",
        Kind.SOFTWARE: r"(?<!be )(?<!stay )alerts?|app|software|electronic(?:ally)?|automat\w+|text messages?"
        r"|e-?rostering|calendar"
        r"|expiry dates?|in the diary",
        Kind.AID: r"check-?lists?|[\w-]+ (?:sheet|card|form)s?|body maps?|templates?|label(?:led|ling|s)?"
        r"|colour-?cod\w+|large-print|easy-read|shift book|(?:dated )?index",
        Kind.READ_BACK: r"read-?back|teach-?back|repeat(?:ed)? back",
        Kind.SPARE: r"spares?|spare \w+|back-?ups?|stand-?by|redundan\w+|contingency",
        Kind.PRACTICE: r"drills?|simulat\w+|scenario|phone-tree|practical assessment|signed off one to one",
    },
    Strength.WEAK: {
        Kind.REMINDER: r"remind(?:s|ed|er|ers|ing)?|posters?|put up (?:a )?(?:sign|notice)|memo"
        r"|e-?mail(?:ed)? (?:all|staff|everyone)|talk about"
        r"|rais(?:e|ed) (?:in|at|with|awareness)|discuss(?:ed)?|shar(?:e|ed|ing)|communicat\w+|signage"
        r"|re-?iterat\w+|reinforc\w+|speak to|spoken to",
        Kind.TRAINING: r"train(?:ed|ing)?|retrain\w*|courses?|workshops?|e-?learning|toolbox talks?|refreshers?"
        r"|supervisions?|brief(?:ed|ing|ings)?|de-?brief\w*|competenc\w+|coach\w*|awareness",
        Kind.POLICY: r"polic(?:y|ies)|procedures?|protocols?|guidance|guidelines?|charter|rewrite",
        Kind.CHECK: r"double[ -]check\w*|second (?:signature|reader|check)|counter-?sign\w*|spot[ -]checks?"
        r"|check(?:s|ed|ing)?|re-?check\w*|(?:re-?)?audit(?:s|ed|ing)?|sampl(?:e|es|ed|ing)|monitor(?:s|ed|ing)?|review(?:s|ed|ing)?"
        r"|look(?:s|ed)? at|observations?|ring(?:s)?|count(?:s|ed)?|test(?:s|ed)?",
    },
}
_READ = {
    strength: {kind: re.compile(rf"(?<![\w-])(?:{sign})(?![\w-])", re.IGNORECASE) for kind, sign in signs.items()}
    for strength, signs in _SIGNS.items()
}


def action_strength(text: str) -> Judgement:
    """The strongest thing an action does, with the words that decided. A plan is as strong as its best part."""
    for strength, signs in _READ.items():
        for kind, sign in signs.items():
            if words := tuple(dict.fromkeys(found.group().lower() for found in sign.finditer(text))):
                return Judgement(strength, kind, words)
    return Judgement(None)
