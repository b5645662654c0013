"""The wording check: will somebody else be able to see whether this action was done, and whether it worked?

Advice, never a refusal: reasons with a question that helps to write it better. The words of a text
can't tell everything; what the form already knows (owner, place, date, measure) is passed in.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.defining import Measure
from domain.strength import Kind, action_strength


class Lack(StrEnum):
    """What a text may lack."""

    TOO_LOOSE = "too loose to check"
    VAGUE = "vague words"
    NO_OUTCOME = "no measurable outcome"
    NO_WHO = "nobody named"
    NO_WHERE = "no place or group"
    NO_WHEN = "no date or rhythm"
    WEAK = "weak action"
    NOT_SAID_HOW = "nobody said how it is measured"
    NOT_A_NUMBER = "no number to compare"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to think about: why, and a question whose answer would put it right. `words` are the text's own."""

    lack: Lack
    reason: str
    question: str
    words: tuple[str, ...] = ()


def _pattern(*signs: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(signs)})(?![\w-])", re.IGNORECASE)


_VERB_PLACE = r"(?:(?<=^)|(?<=\bto )|(?<=\bbe )|(?<=\band )|(?<=\bplease )|(?<=\bwill ))"
# Telling people changes what they heard. Doing it to three of them, or weekly, does not make it checkable.
_TELLING = _pattern(
    r"remind(?:s|ed|ers?|ing)?",
    r"rais(?:e|ed|ing) (?:\w+ )?(?:in|at|with|awareness|to)",
    r"(?:talk|spoken|speak|talked) (?:about|to)",
    r"discuss(?:ed|ion|ions|ing)?",
    r"(?:shar(?:e|ing)|shared with|be shared)",
    r"communicat(?:e|ed|ing|ion)",
    r"encourag(?:e|ed|ing)",
    r"re-?iterat(?:e|ed|ing)|reinforc(?:e|ed|ing)|emphasis(?:e|ed|ing)|highlight(?:ed|ing)?|promot(?:e|ed|ing)",
    r"be (?:more )?(?:aware|mindful|vigilant|careful)|made aware|take (?:more )?care",
)
# Each of these says that something should be better, not what will be done.
_HOPING = _pattern(
    r"ensur(?:e|es|ed|ing)|mak(?:e|ing) sure",
    r"improv(?:e|es|ed|ing)|enhanc(?:e|ed|ing)|strengthen(?:ed|ing)?|embed(?:ded|ding)?|better",
    rf"{_VERB_PLACE}(?:monitor|review|support|address|progress|update|manage|oversee|plan|develop|maintain|complete)",
    r"monitored|monitoring|reviewed|addressed|progressed|actioned|sorted|resolved|dealt with|to be updated",
    r"sort(?: out)?|look(?:ed|ing)? (?:at|into|to)|deal with|work (?:on|towards)|follow(?:ed)? up",
    r"consider(?:ed|ing)?|explor(?:e|ed|ing)|liais(?:e|ed|ing)|try(?:ing)? to|aim to|strive|continue to|on-?going",
    r"ke(?:ep|pt) (?:\w+ ){0,2}?(?:up to date|updated|informed|under review|an eye on)",
    r"as (?:and when|needed|required|appropriate|necessary)",
    r"where (?:possible|appropriate)|more (?:widely|often|robust)",
)
# A name for paper or talk, with nothing done: "Weekend plan".
_PAPER = _pattern(
    r"plans?|strateg(?:y|ies)|training|meetings?|supervisions?|policy|awareness|learning|engagement|process"
)
_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred both half"
)
_COUNTED = _pattern(rf"\d[\d.,:]*(?:%|st|nd|rd|th|x)?|x\d+|{'|'.join(_NUMBER_WORDS.split())}")
_RHYTHM = _pattern(
    r"hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly|annually",
    r"(?:each|every|per) (?:\w+ )?(?:hour|shift|day|night|morning|evening|week|month|quarter|meal|handover|visit|call)",
    r"(?:each|every) \w+|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|at the start of",
)
_WHEN = _pattern(
    r"(?:by|before|until|from|in|since) (?:the )?(?:end of |early |mid-?|late |next )?"
    r"(?:\d|jan|feb|mar|apr|may\b|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun"
    r"|week|month|spring|summer|autumn|winter|then|admission)\w*",
    r"(?:within|after|for|in) (?:a|one|two|three|four|five|six|eight|ten|\d+) \w+",
    r"\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?|week \d+",
)
_WHO = _pattern(
    r"managers?|deputy|leads?|leaders?|seniors?|nurses?|carers?|care staff|coordinators?|key workers?|supervisors?",
    r"office|kitchen|cook|chef|pharmacist|GP|dietitian|guardian|RM|DM|QL|KW|NI|SN|HR|director|quality lead",
)
_SUBJECT = re.compile(r"(?:^|[.;\n]\s*)[A-Z][\w'’ -]{1,40}? to (?!be\b)\w+")
_WHERE = _pattern(
    r"rooms?|doors?|floors?|units?|wings?|lounges?|kitchens?|bathrooms?|houses?|homes?|courts?|gardens?|landing|office",
    r"(?:all|each|every|the|for|of|these|those|\d+) (?:\w+ )?"
    r"(?:people|persons?|residents?|families|relatives|carers|plans|charts|records|wounds?|calls?|two|three|four|five|six|seven)",
    r"rounds?|rotas?|shifts?|handovers?",
)
_OUTCOME = _pattern(
    r"\d+ ?%|per ?cent|at least|no more than|fewer than|less than|under \w+|over \w+|target|baseline|compare\w*",
    r"from \d+ to \d+|(?:re-?)?audit(?: \w+)? (?:\w+ )?(?:charts?|records?|plans?|in|on)|re-?audit",
    r"sampl(?:e|es|ed|ing)|counts?|scor(?:e|ed)",
    r"ask (?:\w+ ){0,3}?(?:people|them|staff|relatives?|families|residents?|six|ten|eight)",
    r"ring (?:the )?(?:\w+ )?famil(?:y|ies)",
    r"spot[ -]checks?|measure[sd]?|test(?:ed)? (?:it|each|all)|observations?|re-?check \d+",
)
_CLAUSES = re.compile(r"[;,.\n:()/]+\s*|\s[–—-]\s|\band then\b|\bthen\b|\band\b|^\s*\d+[).]\s*", re.IGNORECASE)


def is_too_loose(text: str) -> bool:
    """Whether nobody could later say that this was done: each part hopes, tells or only names something."""
    return all(_is_loose(clause) for clause in _clauses(text))


def _clauses(text: str) -> list[str]:
    return [part.strip() for part in _CLAUSES.split(text) if part.strip()]


def _is_loose(clause: str) -> bool:
    if _TELLING.search(clause):
        return True
    if _COUNTED.search(clause) or _RHYTHM.search(clause) or _WHEN.search(clause):
        return False
    words = clause.split()
    return bool(_HOPING.search(clause)) or len(words) == 1 or (len(words) <= 2 and bool(_PAPER.search(clause)))


def check_wording(
    action_text: str,
    measure: Measure | None = None,
    outcome_test: str | None = None,
    *,
    has_owner: bool = False,
    has_location: bool = False,
    has_due: bool = False,
) -> tuple[Advice, ...]:
    """What could be said better, most important first; nothing where the text and the form say enough."""
    text = " ".join(action_text.split(" ")).strip()
    if not text:
        return (Advice(Lack.TOO_LOOSE, "Nothing is said yet.", "What will be different, for whom?"),)
    is_measured = bool(measure or (outcome_test or "").strip() or _OUTCOME.search(text))
    has_rhythm = bool(_WHEN.search(text) or _RHYTHM.search(text))
    has_group = bool(_WHERE.search(text) or _WHO.search(text))
    advice = [
        _vague(text),
        None if is_measured else _NO_OUTCOME,
        None if has_owner or _WHO.search(text) or _SUBJECT.search(text) else _NO_WHO,
        None if has_location or has_group else _NO_WHERE,
        None if has_due or has_rhythm else _NO_WHEN,
        _weak(text),
    ]
    return tuple(item for item in advice if item is not None)


_NO_OUTCOME = Advice(
    Lack.NO_OUTCOME,
    "It says what will be done, not how anyone will know that it helped.",
    "What will you count or ask, what is it now, and what should it be?",
)
_NO_WHO = Advice(Lack.NO_WHO, "It does not say who does it.", "Which one person will see that it is done?")
_NO_WHERE = Advice(Lack.NO_WHERE, "It does not say where, or for whom.", "Which rooms, rounds, records or people?")
_NO_WHEN = Advice(Lack.NO_WHEN, "It does not say by when, or how often.", "By which day, or how often and until when?")


def _vague(text: str) -> Advice | None:
    found = tuple(dict.fromkeys(m.group().lower() for sign in (_HOPING, _TELLING) for m in sign.finditer(text)))
    quoted = " and ".join(f"“{word}”" for word in found[:2])
    if is_too_loose(text):
        says = f"{quoted} can mean many things" if found else "It names a thing without saying what happens to it"
        reason = f"{says}: two people could not agree later whether it was done."
        return Advice(Lack.TOO_LOOSE, reason, _better_question(text), found)
    if found:
        reason = f"{quoted} leaves open what will happen; the rest of the text helps."
        return Advice(Lack.VAGUE, reason, _better_question(text), found)
    return None


def _better_question(text: str) -> str:
    if _TELLING.search(text):
        return "After people have been told, what will they do differently, and who will look whether they do?"
    return "What exactly will somebody do, to what, that another person could see?"


_STRONGER = {
    Kind.TRAINING: "Could the room, the form or the rota be changed, so that it goes right without training?",
    Kind.POLICY: "What will make the new way the easy way: a form, a label, a place, a default?",
    Kind.REMINDER: "What could stand where the work is done, so that nobody needs to be reminded?",
    Kind.CHECK: "A check finds what went wrong. What would stop it going wrong?",
}


def _weak(text: str) -> Advice | None:
    judged = action_strength(text)
    if judged.kind is None or not judged.is_weak:
        return None
    reason = f"It rests on memory and good will ({judged.kind}): this fades unless something else changes too."
    return Advice(Lack.WEAK, reason, _STRONGER[judged.kind], judged.words)


def check_measure(measure: Measure | None) -> tuple[Advice, ...]:
    """What could be said better about a measure: who finds it out, from what, how often; numbers to compare."""
    if measure is None or not measure.is_whole:
        return ()
    advice: list[Advice] = []
    said = {"who counts": measure.counted_by, "from what": measure.counted_from, "how often": measure.how_often}
    if gaps := [name for name, words in said.items() if not words.strip()]:
        reason = f"It does not say {' or '.join(gaps)}: two people could come to two results."
        question = "Who will count it, from which records or people, and how often until it closes?"
        advice.append(Advice(Lack.NOT_SAID_HOW, reason, question))
    if measure.way is None:
        reason = f"“{measure.baseline}” and “{measure.target}” cannot be compared as numbers."
        advice.append(Advice(Lack.NOT_A_NUMBER, reason, "How many is it now, of how many, and how many should it be?"))
    return tuple(advice)
