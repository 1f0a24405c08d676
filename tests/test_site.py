"""The site, built once by its command: no warning, no broken link, nothing from the network."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ddpg_tf.config import DDPGConfig
from ddpg_tf.diagnosis import CATALOGUE
from tests.sizes import IN_WHOLE_RUNS
from tutorials.site import mistakes, notebooks
from tutorials.site.also_asked import ALSO_ASKED
from tutorials.site.questions import WHOLE, names_of_answers, split
from tutorials.site.repository import relink, write

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


class Addresses(HTMLParser):
    """What a page links to and loads, its places that have a name, and its pictures' words."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.loads, self.names, self.has_equations = [], [], set(), False
        self.told = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.names |= {given[key] for key in ("id", "name") if given.get(key)}
        self.has_equations |= "math" in given.get("class", "").split()
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.told.add(given.get("alt"))
        if given.get("src"):
            self.loads.append(given["src"])
        # canonical, search and the like name an address without loading it
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(given["href"])


@pytest.fixture(scope="module", params=IN_WHOLE_RUNS)
def site(tmp_path_factory):
    """The folder of the site."""
    for package in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(package, reason="the site needs the extra 'site'")
    built = tmp_path_factory.mktemp("site")
    command = "-m sphinx -q -W --keep-going -b html tutorials/site"
    done = subprocess.run(
        [sys.executable, *command.split(), built], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture(scope="module")
def pages(site):
    """Every page of the site that Sphinx wrote -> its addresses."""
    written = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    return {path: Addresses(path.read_text("utf-8")) for path in written}


def test_every_link_leads_to_a_page_and_to_a_place_in_it(pages):
    broken = []
    for page, addresses in pages.items():
        for link in addresses.links + addresses.loads:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            named = pages[target].names if target in pages else {""}
            if not target.is_file() or (target in pages and parts.fragment not in named | {""}):
                broken.append((page.name, link))
    assert broken == []


def test_nothing_is_loaded_from_the_network(pages):
    remote = ("http:", "https:", "//")
    loads = [load for addresses in pages.values() for load in addresses.loads]
    assert len(loads) > len(pages)
    assert [load for load in loads if load.startswith(remote)] == []


def test_each_question_has_a_page_under_its_name(site):
    answers = ROOT.glob("comparisons/questions/answers/*.md")
    expected = {path.stem.partition("_")[2] for path in answers}
    written = {path.stem for path in (site / "results" / "questions").glob("*.html")}
    assert written - {"README"} == expected and len(expected) >= 31


def test_search_ranks_by_the_sites_own_scorer(site):
    scorer = (ROOT / "tutorials" / "site" / "scorer.js").read_text("utf-8")
    assert scorer in (site / "_static" / "language_data.js").read_text("utf-8")


@pytest.mark.parametrize("pattern", ["tutorials/[0-9]*.ipynb", "tutorials/*.md", "results/*/*.md"])
def test_notebooks_guides_and_findings_are_there(site, pattern):
    sources = [path.relative_to(ROOT).with_suffix(".html") for path in ROOT.glob(pattern)]
    assert sources
    assert [page for page in sources if not (site / page).is_file()] == []


def test_pictures_of_notebooks_are_told_in_words(site, pages):
    told = {
        page.relative_to(ROOT).with_suffix(".html"): {
            output["metadata"]["image/png"]["alt"]
            for cell in json.loads(page.read_text("utf-8"))["cells"]
            for output in cell.get("outputs", [])
            if "alt" in output.get("metadata", {}).get("image/png", {})
        }
        for page in ROOT.glob("tutorials/[0-9]*.ipynb")
    }
    assert any(told.values())
    assert {page: words - pages[site / page].told for page, words in told.items()} == {
        page: set() for page in told
    }


def test_the_explorer_is_there_whole(site):
    explorer = ROOT / "ddpg_tf" / "explorer"
    served = [path for ending in ("html", "css", "js") for path in explorer.rglob(f"*.{ending}")]
    copies = [site / "explorer" / path.relative_to(explorer) for path in served]
    assert [a.read_bytes() for a in served] == [b.read_bytes() for b in copies]
    index = (site / "index.html").read_text("utf-8")
    assert 'src="explorer/index.html?first"' in index


def test_equations_are_drawn_by_a_file_of_the_site(site, pages):
    with_equations = [each for each in pages.values() if each.has_equations]
    assert with_equations
    for page in with_equations:
        assert any(urlsplit(load).path.endswith("_static/tex-svg.js") for load in page.loads)
    assert (site / "_static" / "tex-svg.js").stat().st_size > 1_000_000


def test_every_field_of_the_config_is_explained(site, pages):
    names = pages[site / "fields.html"].names
    fields = [field.name for field in dataclasses.fields(DDPGConfig)]
    assert [name for name in fields if f"confval-{name}" not in names] == []


# ---- how the pages are gathered: without Sphinx ------------------------------------------------


def test_a_link_leads_to_what_the_site_has_in_its_place():
    places = {"docs/b.md": "docs/b.md", "code": "source/code.md"}
    text = "[a](b.md#part) [b](../code) [c](https://example.org/x) [d](#here) `f[0](x)`"
    relinked = relink("docs/a.md", text, lambda path: places.get(path, path))
    expected = (
        "[a](b.md#part) [b](../source/code.md) [c](https://example.org/x) [d](#here) `f[0](x)`"
    )
    assert relinked == expected


def test_each_question_is_cut_out_as_it_stands():
    whole = (ROOT / WHOLE).read_text("utf-8")
    made = split({WHOLE: whole}, ROOT)
    answer = made["results/questions/divide_by_n.md"]
    title, verdict = re.search(r"^### 1\. (.*)\n\n(.*)$", whole, re.M).groups()
    assert answer.splitlines()[0] == f"# {title}" and verdict in answer
    assert whole.count("\n### ") == len(made) - 1
    assert "\n### " not in made[WHOLE] and f"[{title}](divide_by_n.md)" in made[WHOLE]
    assert not any("\n## " in text for page, text in made.items() if page != WHOLE)


def test_each_question_is_put_in_other_words_too():
    asked = names_of_answers(ROOT).values()
    assert sorted(ALSO_ASKED) == sorted(asked)
    assert all(isinstance(words, tuple) and words for words in ALSO_ASKED.values())
    made = split({WHOLE: (ROOT / WHOLE).read_text("utf-8")}, ROOT)
    for name, words in ALSO_ASKED.items():
        assert all(f"- {each}\n" in made[f"results/questions/{name}.md"] for each in words)


def test_a_question_without_a_template_is_named():
    with pytest.raises(ValueError, match="99"):
        split({WHOLE: "# Questions\n\n### 99. Why?\n\nSo.\n"}, ROOT)


def test_every_mistake_has_its_section():
    text = mistakes.page()
    for mistake in CATALOGUE.values():
        section = text.split(f"### {mistake.name.replace('_', ' ')}\n")[1].split("\n##")[0]
        assert mistake.explanation in section and mistake.equation in section
        assert section.count("https://github.com/") == len(mistake.threads)
    assert text.count("\n### ") == len(CATALOGUE)


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("from page import say\nbegin()", True),
        ('say(f"{x:.2f}")\ntable(["a"], rows)', True),
        ("x = 1\nsay(x)", False),
        ("import numpy as np", False),
        ("%matplotlib inline", False),
        ("", False),
    ],
)
def test_a_cell_is_folded_if_its_output_says_it_all(source, shows):
    assert notebooks.only_shows(source) == shows


def test_what_is_the_same_stays_and_what_is_no_page_goes(tmp_path):
    write({tmp_path / "a/same.md": b"1", tmp_path / "old.md": b"1"}, tmp_path)
    os.utime(tmp_path / "a/same.md", (1, 1))
    write({tmp_path / "a/same.md": b"1", tmp_path / "b/new.md": b"2"}, tmp_path)
    assert (tmp_path / "a/same.md").stat().st_mtime == 1
    assert (tmp_path / "b/new.md").read_bytes() == b"2"
    assert not (tmp_path / "old.md").exists()
