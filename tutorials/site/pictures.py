"""The words of a notebook's pictures, as the alternative text of its page.

A notebook has them in the metadata of its outputs, of which MyST-NB takes a picture's size alone.
"""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from docutils import nodes


def tell(app, doctree) -> None:
    """Give each picture on the page that has just been read its words, in place."""
    page = Path(app.env.doc2path(app.env.docname))
    if page.suffix == ".ipynb":
        words = words_of(json.loads(page.read_text("utf-8")))
        for image in doctree.findall(nodes.image):
            name = Path(image["uri"]).stem
            if name in words:
                image["alt"] = words[name]


def words_of(notebook: dict) -> dict[str, str]:
    """The name under which MyST-NB stores a picture, a digest of its bytes -> its words."""
    words = {}
    for output in (output for cell in notebook["cells"] for output in cell.get("outputs", [])):
        told = output.get("metadata", {}).get("image/png", {})
        if "alt" in told:
            words[sha256(b64decode(output["data"]["image/png"])).hexdigest()] = told["alt"]
    return words
