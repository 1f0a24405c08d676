"""The pictures of notebooks 3 and 6 to 10: what is drawn, out of the way of what is said.

One module a notebook, one function a picture. Each takes what the page has computed and returns a
figure for `page.show`.
"""
