"""The programs, each in a module of its own that imports only what it needs.

A module's `train(make, setting)` trains in the environment that `make()` makes.
"""
