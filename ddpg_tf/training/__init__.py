"""The loop: collect, learn, evaluate, record."""
