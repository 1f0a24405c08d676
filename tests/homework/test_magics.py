"""What IPython adds to Python, in a student's cells: no effect, and no points lost."""

import pytest

pytest.importorskip("jupytext", reason="the homework's tools are not installed: .[tutorials]")

from tutorials.homework.isolate import without_magics
from tutorials.homework.remote import Student

CELLS = {
    "%matplotlib inline\nx = 1\n!pip install y": "pass\nx = 1\npass",
    "%%time\nx = 2": "\nx = 2",
    "\n%%capture out\nx = 2": "\n\nx = 2",
    "%%bash\nls": "\n",
    "%%timeit x = 3\nx": "\n",
    "if x:\n    %matplotlib inline\n    !ls": "if x:\n    pass\n    pass",
    "%time x = f(3)": "x = f(3)",
    "files = !ls\na, b = %magic": "files = None\na, b = None, None",
    "np.mean?\n?np.mean\nf??": "pass\npass\npass",
    "pip install numpy\nx = 1": "pass\nx = 1",
    "# a comment \\\n%matplotlib inline": "# a comment \\\npass",
    "x = '(' # (\n%time": "x = '(' # (\npass",
}


@pytest.mark.parametrize("cell", CELLS)
def test_magics_go_and_the_lines_stay(cell):
    assert without_magics(cell) == CELLS[cell]


@pytest.mark.parametrize(
    "cell",
    [
        'text = """\n%time is a word\n!\n"""\nx = 1',
        "x = (5\n% 3)",
        "x = 5 \\\n% 3",
        "x = f('''a\n''', [\n'\"\"\"',\n5\n%3])\ny = 1",
        "x = 5 % 3\ny != 2\ny = x == 3",
        "def f(x):\n    '''Doc.\n\n    %time\n    '''\n    return x",
        "x = 'it\\'s'\nd = {\n'a': 1}",
        "",
    ],
)
def test_python_stays_as_it_is(cell):
    assert without_magics(cell) == cell


def test_a_large_cell_takes_no_time():
    cell = 'x = """\n' + "%\n" * 200_000 + '"""'
    assert without_magics(cell) == cell


def test_what_a_notebook_defines_has_no_effect():
    cells = [
        "display('text', 3)\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
        "import otter; grader = otter.Notebook('td3.ipynb'); grader.check('q1')\n"
        "colab = 'google.colab' in str(get_ipython()) or 'x' in get_ipython().config\na = 1"
    ]
    student = Student(cells, ["a", "colab"], seconds=5.0, memory=2**30)
    try:
        assert student.answers() == {"a": 1, "colab": False}
        assert student.errors == []
    finally:
        student.stop()
