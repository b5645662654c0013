"""Statements that say beforehand which columns they bring."""

from sqlalchemy import TextualSelect, column, text


def reading(sql: str, *columns: str) -> TextualSelect:
    """A statement with its columns in order.

    SQLAlchemy then keeps how to read its rows; of plain text it finds that out at every execution, which
    costs a quarter of it. For statements that run with every answer or mail; others can be plain text.
    """
    return text(sql).columns(*(column(name) for name in columns))
