"""Whole updates: critic, actor and targets of each system, beside one update of our agent.

Read `problem.py` for what both sides are given, `systems.py` for the list, and then any of the
files that it names: a system's update, rewritten in its own framework and style. What the published
code got wrong is an argument of its function: the same lines run with the defect and without.
"""
