"""The explorer: a page in which the actor's gradient is computed, drawn and dragged.

`index.html`, `style.css` and the ES modules beside it are the page, which computes by itself, needs
nothing else and is served as it lies. Read `strategies.js` first. In Python there are its small
server (`server.py`), the grids of a run that it can show (`grids.py`), and the texts of the
mistakes, which come from `ddpg_tf.diagnosis` (`catalogue.py`).
"""
