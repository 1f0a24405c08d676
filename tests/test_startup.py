"""TensorFlow imported quietly, and without what nobody needs of it."""

import subprocess
import sys

import pytest

from ddpg_tf.startup import unseen

PROGRAM = """
from ddpg_tf.startup import import_tensorflow_quietly
import_tensorflow_quietly()
import keras
import sys
print("pandas" in sys.modules, "matplotlib.pyplot" in sys.modules)
import pandas, matplotlib.pyplot
print(pandas.NAME, callable(matplotlib.pyplot.plot))
"""


@pytest.mark.slow
def test_what_keras_would_import_besides_is_left_to_its_users(tmp_path):
    (tmp_path / "pandas.py").write_text("NAME = 'of its own'\n")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}){PROGRAM}"],
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["False False", "of its own True"]


def test_what_was_imported_before_stays_and_what_is_unseen_comes_back():
    with unseen("json", "wave"):
        import json

        assert json is sys.modules["json"]
        with pytest.raises(ImportError):
            import wave
    import wave

    assert wave is sys.modules["wave"]
