"""What every program here begins with: TensorFlow imported quietly, and errors in one line."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

OPTIONAL = ("pandas", "IPython", "matplotlib.pyplot", "jax")
"""What TensorFlow and Keras import where it is installed, which takes time, for functions of their
own that nobody calls in a command."""


def import_tensorflow_quietly() -> None:
    """Import TensorFlow, which Keras is then to use, without its start-up messages.

    Python's own errors still come through.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "tensorflow" in sys.modules:
        return
    # its C++ side writes some of them before it reads any log level
    with (
        ended_at_once("TensorFlow was being imported, and nothing had been done"),
        stderr_turned_away(),
        unseen(*OPTIONAL),
    ):
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")


def start_compiler_quietly() -> None:
    """Compile next to nothing, unseen, where the compiler announces its first use.

    TensorFlow 2.20 does so in two lines that no log level stops. Not for a worker: the collective
    operations of its strategy have to be set up before anything runs, and it does not compile.
    """
    import tensorflow as tf

    if tf.__version__.startswith("2.20."):
        with stderr_turned_away():
            tf.function(lambda: tf.zeros([]), jit_compile=True)()


@contextmanager
def unseen(*names: str) -> Iterator[None]:
    """Let modules that nobody has imported yet seem missing to whoever looks for them inside."""
    hidden = [name for name in names if name not in sys.modules]
    # Python's own way to say that a module cannot be imported
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def stderr_turned_away() -> Iterator[None]:
    """Discard what is written to the file descriptor of stderr, by C++ too."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


ENDING = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what asks a program to end."""


@contextmanager
def signals_heard(hear: Callable[[int], object]) -> Iterator[None]:
    """Call `hear(number)`, in a thread of its own, at each Ctrl-C and SIGTERM inside.

    It comes at once, even when the main thread is in C++, where Python's handlers would wait for
    its return. Only in the main thread; and a signal that is ignored stays so.
    """
    numbers = [number for number in ENDING if signal.getsignal(number) != signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread() or not numbers:
        yield
        return
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def listen():
        while heard := ours.recv(1):
            if heard[0] in numbers:
                hear(heard[0])

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(wakeup)
        theirs.close()
        thread.join()
        ours.close()


@contextmanager
def ended_at_once(said: str) -> Iterator[None]:
    """End the process with one line if it is interrupted inside, where nothing can be kept."""
    stderr = os.dup(2)
    try:
        with signals_heard(lambda number: end_at_once(number, said, stderr)):
            yield
    finally:
        os.close(stderr)


def end_at_once(number: int, said: str, stderr: int = 2) -> None:
    """End the process as a signal's number asks for, with one line, whatever it is doing."""
    # a progress bar hides the cursor
    cursor = "\n\x1b[?25h" if os.isatty(stderr) else ""
    os.write(stderr, f"{cursor}ddpg-tf: interrupted; {said}\n".encode())
    os._exit(128 + number)


def note(text: str) -> None:
    """Tell the user, in one line on stderr, of something that is allowed and may surprise."""
    print(f"note: {text}", file=sys.stderr)


@cache
def note_once(text: str) -> None:
    """Tell the user of something, once; an environment's own process leaves that to its parent."""
    if multiprocessing.parent_process() is None:
        note(text)


def shown_in_one_line() -> tuple[type[Exception], ...]:
    """The exceptions that `in_one_line` words for the user: mistakes, and limits reached."""
    tensorflow = sys.modules.get("tensorflow")
    out_of_memory = (tensorflow.errors.ResourceExhaustedError,) if tensorflow else ()
    return ValueError, TypeError, OSError, FloatingPointError, MemoryError, *out_of_memory


def in_one_line(error: Exception) -> str:
    """What an error says, in one line for the user."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot use {str(error.filename)!r}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, (ValueError, TypeError, OSError, FloatingPointError)):
        return text
    return f"not enough memory; make hidden_sizes, batch_size or buffer_size smaller ({text})"
