"""What every program here begins with: TensorFlow imported quietly, and errors in one line."""

import os
import sys


def import_tensorflow_quietly() -> None:
    """Import TensorFlow, which Keras is then to use, without its start-up messages.

    Some are written by its C++ side before it reads any log level, so the file descriptor itself
    is turned away while it loads. Python's own errors still come through.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        import tensorflow as tf
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
    tf.get_logger().setLevel("ERROR")


def shown_in_one_line() -> tuple[type[Exception], ...]:
    """Return the exceptions that `in_one_line` tells the user of: mistakes, and limits reached."""
    tensorflow = sys.modules.get("tensorflow")
    out_of_memory = (tensorflow.errors.ResourceExhaustedError,) if tensorflow else ()
    return ValueError, TypeError, OSError, FloatingPointError, MemoryError, *out_of_memory


def in_one_line(error: Exception) -> str:
    """Return what an error says, in one line for the user."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot use {str(error.filename)!r}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, (ValueError, TypeError, OSError, FloatingPointError)):
        return text
    return f"not enough memory; make hidden_sizes, batch_size or buffer_size smaller ({text})"
