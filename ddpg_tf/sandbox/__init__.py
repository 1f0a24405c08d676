"""Processes of their own for code that may fail: one way to start, limit, ask and end them.

The diagnosis of a student's file, the homework's grader and a training run with several workers
all use these modules. They need the standard library and NumPy alone: neither TensorFlow nor
anything else of this package.

    limits.py      what a process may use from now on: memory, time, files
    notebooks.py   a notebook's cells as plain Python
    packing.py     values and arrays as bytes and back; nothing is ever unpickled
    channel.py     messages between two processes
    processes.py   start a process in a group of its own, talk to it, end the whole group
"""
