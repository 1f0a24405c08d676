"""Which cells of a notebook say nothing as code that they do not say better as output."""

import ast

SHOWN_BY = {"begin", "say", "table", "beside", "show"}
"""The functions of `page.py`."""


def only_shows(source: str) -> bool:
    """Whether a cell's code puts text, tables or pictures on the page, and else only imports."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a line magic
        return False
    others = [each for each in statements if not isinstance(each, ast.Import | ast.ImportFrom)]
    return bool(others) and all(map(shows, others))


def shows(statement: ast.stmt) -> bool:
    """Whether a statement is a call of one of those functions."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    return named and call.func.id in SHOWN_BY
