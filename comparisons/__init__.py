"""The studies: measured answers about the actor gradient. `python -m comparisons` lists them."""
