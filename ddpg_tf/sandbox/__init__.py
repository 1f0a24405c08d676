"""Processes of their own for code that may fail: one way to start, limit, ask and end them.

The diagnosis of a student's file, the homework's grader and a training run with several workers
all use these modules. They need the standard library, NumPy and, on Linux, `landlockpy`: neither
TensorFlow nor anything else of this package.

    kernel.py       calls of Linux that Python has no name for
    descendants.py  all processes that descend from one, and their end
    keeper.py       the process above other people's code, which it does not outlive
    walls.py        what Linux itself keeps that code from
    limits.py       what it may use: memory, time, processes; what Python refuses, in words
    notebooks.py    a notebook's cells as plain Python
    packing.py      values and arrays as bytes and back; nothing is ever unpickled
    channel.py      messages between two processes
    processes.py    start a process in a group of its own, talk to it, end the whole group
    strangers.py    a process for other people's code, with all of this
    cleaning.py     text from outside made fit for a line on a terminal or in a report

Security. What other people's code is kept from, on a kernel with Landlock (5.13 or newer; all of it
from 6.12 on) that lets the user make namespaces, whether that user is root or not:

    files       it writes and deletes nothing outside of its own directory, and reads there only
                Python, its packages, the system's libraries and what it was given to read
    network     none, not even loopback
    processes   it can name no process but its own; none of them, and no file, is left when it ends
    time,       a limit each; also on the size of a file, and on threads and processes
    memory
    answers     they are data of a limited size, judged elsewhere; nothing in them is executed
    terminal    what is shown of it are printable characters, in one line

What is not kept from it, on any kernel:

    native code, called through `ctypes` or brought along, may change modes and times of files that
    belong to the user who runs it, and connect to UNIX sockets with a path that this user may
    write to (before Landlock's version 9): Python refuses both, the kernel does not
    it may fill the disk: each of its files is limited, their number is not
    it shares the kernel, and whatever bug there is in it

Against these a container helps, or a user of its own, which root's grader gives it by itself. Where
a kernel refuses some of it, one line on stderr says at the start what is not held there.
`tests/sandbox/attacks.py` is the list of what has been tried.
"""
