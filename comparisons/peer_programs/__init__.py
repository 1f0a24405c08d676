"""The programs of the study `peers`, each run in a process of its own.

    python -m comparisons.peer_programs PROGRAM SETTING        see `__main__.py`

They stand beside the study and not in it: importing a study brings TensorFlow and Matplotlib along,
and here a process is to hold what its own program needs and nothing else. A program is a module
with

    train(make, setting)    trains in the environment that make() makes, until that says Over
    WATCHED                 (class, name of a method, the part of a step's time that it counts as)

and imports what it needs inside of itself alone.
"""
