import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evidence.names import LONGEST_NAME, MOST_BYTES, display_name, fitting_name, headers_for
from tests.evidence.making import TEA_NAME

NASTY = st.text(st.characters(exclude_categories=())) | st.text(
    st.sampled_from("a.\"';\\/\r\n\t\0\u202e\u2066%\ud800ñ☕")
)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        (TEA_NAME, TEA_NAME),
        ("C:\\Users\\carer\\note.pdf", "note.pdf"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("..", "file"),
        ("", "file"),
        ("note\r\nSet-Cookie: a=b.pdf", "note  Set-Cookie: a=b.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066left\u2069.txt", "left.txt"),
        (".hidden", "hidden"),
        ("nul\0byte.txt", "nulbyte.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("👩\u200d⚕️ note.txt", "👩\u200d⚕️ note.txt"),
        ("half\ud800.txt", "half.txt"),
    ],
)
def test_names_are_shown_without_folders_line_breaks_or_direction_tricks(given_name: str, shown: str) -> None:
    assert display_name(given_name) == shown


@pytest.mark.parametrize("name", ["x" * 500 + ".docx", "☕" * 300 + ".pdf", "." * 9 + "a" * 400])
def test_long_names_lose_their_middle_and_keep_their_end(name: str) -> None:
    shown = display_name(name)
    assert len(shown) <= LONGEST_NAME
    assert len(shown.encode()) <= MOST_BYTES
    assert "." not in shown or shown.endswith((".docx", ".pdf"))


@given(NASTY)
@example("\u200d")
@example(". .")
def test_a_shown_name_is_one_safe_line_and_stays_so(name: str) -> None:
    shown = display_name(name)
    assert shown
    assert not set("/\\\r\n\0\u2028\u2029") & set(shown)
    assert all(unicodedata.category(c)[0] != "C" or c == "\u200d" for c in shown)
    assert len(shown) <= LONGEST_NAME
    assert display_name(shown) == shown


@given(NASTY)
def test_the_download_header_is_ascii_and_carries_the_whole_name(name: str) -> None:
    header = headers_for(name, "application/pdf")["Content-Disposition"]
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    plain, _, extended = header.partition("; filename*=UTF-8''")
    assert plain.startswith('attachment; filename="')
    assert ";" not in extended
    assert unquote(extended, errors="strict") == display_name(name)


@given(NASTY, st.sampled_from([(".pdf",), (".jpg", ".jpeg"), (".txt", ".md")]))
def test_a_download_ends_in_what_the_file_is(name: str, suffixes: tuple[str, ...]) -> None:
    fitting = fitting_name(display_name(name), suffixes, frozenset({".pdf", ".jpg", ".jpeg", ".txt", ".md", ".docx"}))
    assert fitting.lower().endswith(suffixes)
    assert len(fitting) <= LONGEST_NAME
    assert display_name(fitting) == fitting
