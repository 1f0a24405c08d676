"""What every error of a user's has to be, whatever its words: one line that names the culprit."""

from contextlib import contextmanager

import pytest


@contextmanager
def refused(kind, *names):
    """What is done inside is refused by an error of that type (or one of a tuple of types).

    names: the field, argument, file or value at fault, and API names of the remedy; the message
    must contain each of them, and be one line.
    """
    with pytest.raises(kind) as caught:
        yield
    assert_one_line_that_names(str(caught.value), *names)


def assert_one_line_that_names(message, *names):
    assert len(message.splitlines()) == 1, message
    assert [name for name in names if str(name) not in message] == [], message


def assert_exits(status, capsys, *names):
    """The command ended with status 2, printed nothing, and one line on stderr, with the names."""
    printed = capsys.readouterr()
    assert status == 2
    assert printed.out == ""
    assert_one_line_that_names(printed.err, *names)
