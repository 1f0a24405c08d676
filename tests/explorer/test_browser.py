"""The page in a browser, as its reader meets it: every control, the keyboard, a phone, a link."""

import re
import shutil
import threading

import pytest

from ddpg_tf.explorer.server import HOST, page_files, server_at
from tests.sizes import small_version

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.explorer,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra explorer")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


RUN = (
    b'{"title": "a run", "low": -2, "high": 2, "actions": 1, "held": {},'
    b'"axes": [{"name": "observation 0", "values": [0, 1]},'
    b'{"name": "observation 1", "values": [0, 2]}], "evaluations": ['
    b'{"step": 10, "return": -5.0, "mu": [-2, -2, -2, -2], "q": [0, 0, 0, 1]},'
    b'{"step": 20, "return": -1.0, "mu": [2, 2, 2, 2], "q": [0, 5, 0, 1]}]}'
)


@pytest.fixture(scope="module")
def address():
    answers = page_files() | {"/run.json": ("application/json", RUN)}
    server = server_at(0, answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{HOST}:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser, address):
    """A function (what follows the address, width, options of the browser) -> the page, drawn.

    No error may be logged.
    """
    opened, faults = [], []

    def open_it(rest="", width=1280, **options):
        page = browser.new_page(viewport={"width": width, "height": 800}, **options)
        page.on(
            "console", lambda said: said.type in ("error", "warning") and faults.append(said.text)
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                asked.url.startswith((address, "data:")) or faults.append(f"asked for {asked.url}")
            ),
        )
        page.goto(address + rest)
        page.wait_for_selector("#bits tbody tr")
        opened.append(page)
        return page

    yield open_it
    for page in opened:
        page.close()
    assert faults == []


def settle(page):
    """Two frames later: what was set is drawn."""
    page.evaluate("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")


def until(page, condition):
    """Wait until a condition holds. (Playwright's own way is forbidden by the page's CSP.)"""
    for _ in range(1000):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"not within 20 seconds: {condition}")


DONE = "document.querySelector('#mistakes .seeing').textContent.includes('After 200')"


def at_update(page, number):
    until(page, f"document.querySelector('#updates').textContent === 'update {number}'")


def text(page, selector):
    settle(page)
    return page.inner_text(selector)


def shapes(page, selector):
    settle(page)
    return page.inner_html(selector)


def gradients(page):
    """The bits of the gradient that is shown, for each of the three ways."""
    settle(page)
    return [each.inner_text() for each in page.query_selector_all("td.gradient .hex")]


def test_the_first_screen_makes_the_point(open_page):
    page = open_page()
    assert len(set(gradients(page))) == 1
    assert page.query_selector_all(".bit.differs") == []
    page.click("text='N = 3'")
    one, other, third = gradients(page)
    assert one != other == third
    marked = page.query_selector_all(".bit.differs")
    assert len(marked) % 3 == 0 and len(marked) > 0
    assert page.get_attribute("text='N = 3'", "aria-pressed") == "true"
    # all of it is on a laptop's first screen
    assert page.query_selector(".strips").bounding_box()["y"] < 800


def test_where_it_is_divided_is_marked_in_each_row(open_page):
    page = open_page("#n=64")
    where = {
        row.get_attribute("data-way"): row.query_selector("td:has(.divides)").get_attribute("class")
        for row in page.query_selector_all("#bits tbody tr")
    }
    assert where == {"output_gradients": "gradient", "mean_q": "at-q", "get_updates": "at-q"}


CHANGES = {
    "strategy": ("mean_q", "#networks svg"),
    "precision": ("float64", "#bits tbody"),
    "reduction": ("sum", "#bits tbody"),
    "optimiser": ("sgd", "#race figure:first-child svg"),
    "rate": ("0.1", "#race figure:first-child svg"),
    "epsilon": ("0.1", "#race figure:first-child svg"),
    "mistake": ("action_not_watched", "#mistakes .facts"),
    "weight": ("3", "#bits tbody"),
}


@pytest.mark.parametrize("name", small_version(CHANGES, 4))
def test_a_choice_changes_what_it_should(name, open_page):
    value, where = CHANGES[name]
    page = open_page("#updates=20")
    at_update(page, 20)
    before = shapes(page, where)
    page.select_option(f"#{name}", value)
    at_update(page, 20)
    assert shapes(page, where) != before
    until(page, f"location.hash.includes('{name}={value}')")


KEYS = (
    ("n", "ArrowRight", "#bits tbody"),
    ("saturation", "ArrowRight", "#curve svg#action"),
    ("value", "ArrowRight", "#networks svg"),
    ("action", "ArrowRight", "#curve svg#action"),
    ("state", "ArrowUp", "#curve svg#action"),
    ("seed", "ArrowUp", "#networks svg"),
    ("inverting", "Space", "#bits tbody"),
)


@pytest.mark.parametrize(("name", "key", "where"), small_version(KEYS, 4))
def test_the_keyboard_is_enough(name, key, where, open_page):
    page = open_page("#n=2")
    before = shapes(page, where)
    page.focus(f"#{name}")
    page.keyboard.press(key)
    assert shapes(page, where) != before


def test_every_control_can_be_reached_by_tab_and_has_a_name(open_page):
    page = open_page()
    unnamed = page.evaluate(
        """[...document.querySelectorAll("button, select, input, [tabindex]")].filter((e) =>
        !(e.getAttribute("aria-label") || e.innerText.trim() || e.closest("label")))
        .map((e) => e.id)"""
    )
    assert unnamed == []
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    wanted = {"n", "strategy", "action", "state", "weight", "value", "step", "run-race", "mistake"}
    assert wanted <= reached


def number_after(words, said):
    return as_number(re.search(words + r" (\u2212?[\d.]*\d)", said)[1])


def as_number(shown):
    return float(shown.replace("\u2212", "-"))


def test_dragging_moves_the_action_the_state_and_a_weight(open_page):
    page = open_page()
    box = page.query_selector("#action").bounding_box()
    page.query_selector("#action").scroll_into_view_if_needed()
    box = page.query_selector("#action").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 100)
    dragged = text(page, "#curve .seeing")
    assert 1 < number_after("a =", dragged) < 1.6
    page.mouse.up()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 100)
    assert text(page, "#curve .seeing") == dragged
    page.click("#back")
    assert number_after("a =", text(page, "#curve .seeing")) != number_after("a =", dragged)

    page.query_selector("#networks svg").scroll_into_view_if_needed()
    edge = page.query_selector("#networks g[data-weight='62'] line:last-of-type").bounding_box()
    x, y = edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    settle(page)
    before = float(page.input_value("#value"))
    page.mouse.move(x, y - 60)
    settle(page)
    assert page.input_value("#weight") == "62"
    assert float(page.input_value("#value")) == pytest.approx(before + 1, abs=0.02)
    page.mouse.up()
    until(page, "location.hash.includes('changes=62')")


@pytest.mark.parametrize("way", small_version(["output_gradients", "mean_q", "get_updates"], 1))
def test_a_circle_says_what_is_in_the_table(way, open_page):
    page = open_page(f"#n=3&strategy={way}")
    row = page.query_selector(f"#bits tr[data-way='{way}']")
    columns = page.query_selector_all("#networks circle")
    last = max(int(circle.get_attribute("data-column")) for circle in columns)
    for column, stage in ((last - 2, "at-a"), (last, "at-q")):
        title = page.text_content(f"#networks circle[data-column='{column}'] title")
        shown = row.query_selector(f"td.{stage} .number").inner_text()
        assert number_after("forward,", title) == pytest.approx(as_number(shown), rel=1e-3)
        page.click(f"#networks circle[data-column='{column}']")
        settle(page)
        names = page.query_selector_all("#unit option")
        assert names[int(page.input_value("#unit"))].inner_text() == (
            "a" if stage == "at-a" else "Q"
        )
        assert title.endswith(text(page, "#unit-says"))


def test_a_single_samples_flow_is_the_gradient_of_the_bias(open_page):
    """A hidden unit that is on passes on what it gets: a ReLU's slope is 1."""
    page = open_page("#n=1&strategy=mean_q")
    settle(page)
    told = [each.text_content() for each in page.query_selector_all("#networks title")]
    biases = {
        re.search(r"bias of (h\S+):", words)[1]: number_after("gradient", words)
        for words in told
        if words.startswith("bias of h")
    }
    units = {
        words.split()[0]: (number_after("sample 1:", words), number_after("forward,", words))
        for words in told
        if re.match(r"h\d\.\d in", words)
    }
    assert units.keys() == biases.keys() and len(units) == 12
    on = [name for name, (forward, _) in units.items() if forward > 0]
    assert len(on) > 3
    for name in on:
        assert units[name][1] == pytest.approx(biases[name], rel=2e-3), name
    assert [words for words in told if "undefined" in words or "NaN" in words] == []


@pytest.mark.parametrize(
    ("mistake", "is_factor"), [("mean_twice", True), ("noise_in_the_update", False)]
)
def test_sgd_is_advised_where_the_direction_is_right(mistake, is_factor, open_page):
    page = open_page(f"#mistake={mistake}")
    until(page, DONE)
    assert ("SGD" in text(page, "#mistakes .seeing")) == is_factor


def test_nothing_is_said_of_n_where_nothing_is_divided_by_it(open_page):
    page = open_page("#reduction=sum&n=3")
    for way in ("output_gradients", "mean_q"):
        page.select_option("#strategy", way)
        assert "N" not in text(page, "#networks .seeing").replace("Nothing", "")
        assert page.query_selector_all("#bits .divides, #networks .where") == []


def swipe(page, selector, dx, dy):
    """Move a finger from the middle of an element; how far the page scrolled."""
    page.eval_on_selector(selector, "e => e.scrollIntoView({ block: 'center' })")
    settle(page)
    box, before = page.query_selector(selector).bounding_box(), page.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    steps = [("touchStart", 0), *(("touchMove", part / 10) for part in range(1, 11))]
    for kind, part in steps:
        at = {"x": x + part * dx, "y": y + part * dy}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        settle(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(page)
    return page.evaluate("scrollY") - before


def test_a_finger_scrolls_the_page_over_a_plot_and_drags_sideways(open_page):
    page = open_page(width=390, has_touch=True, is_mobile=True)
    said = text(page, "#curve .seeing")
    assert swipe(page, "#action", 0, -200) > 100
    assert text(page, "#curve .seeing") == said
    assert swipe(page, "#action", 80, 0) == 0
    assert number_after("a =", text(page, "#curve .seeing")) > number_after("a =", said)


def test_the_first_screen_can_be_a_part_of_another_page(open_page):
    page = open_page("?first", width=734)
    visible = "[...document.querySelectorAll('section, aside, footer, header')]"
    shown = page.evaluate(f"{visible}.filter((e) => e.checkVisibility()).map((e) => e.id)")
    assert shown == ["bits"]
    assert page.evaluate("document.documentElement.scrollHeight") <= 800
    page.click("[data-n='3']")
    assert len(set(gradients(page))) > 1


def test_the_race_runs_pauses_and_starts_again(open_page):
    page = open_page("#n=3")
    page.click("#step")
    assert text(page, "#updates") == "update 1"
    page.click("#run-race")
    until(page, "parseInt(document.querySelector('#updates').textContent.slice(7)) > 15")
    page.click("#run-race")
    assert text(page, "#updates") == text(page, "#updates")
    assert "update 1." in text(page, "#race .seeing")
    page.click("#restart")
    assert text(page, "#updates") == "update 0"


def test_the_wrong_sign_points_the_other_way_and_ends_lower(open_page):
    page = open_page("#mistake=wrong_sign&optimiser=sgd&rate=0.1")
    until(page, DONE)
    said = text(page, "#mistakes .seeing")
    wrong, right = number_after("by", said), number_after("in place of", said)
    assert wrong < 0 < right
    assert "below" in said
    ends = {name: page.get_attribute(f"[data-end='{name}']", "cx") for name in ("right", "wrong")}
    assert float(ends["wrong"]) < float(ends["right"])


def test_every_mistake_is_drawn(open_page):
    page = open_page()
    names = page.eval_on_selector_all("#mistake option", "options => options.map((o) => o.value)")
    assert len(names) >= 10
    hints = set()
    for name in names:
        page.select_option("#mistake", name)
        hints.add(text(page, "#mistakes .facts"))
        assert page.query_selector_all("[data-arrow='wrong']")
    assert len(hints) == len(names)


LINK = "#n=3&strategy=mean_q&a=1.25&s1=0.5&updates=30&mistake=pre_tanh&weight=12&changes=12:0.5"


def test_a_link_shows_the_same_again(open_page):
    page, other = open_page(LINK), open_page(LINK)
    for each in (page, other):
        at_update(each, 30)
        until(each, DONE)
    assert shapes(page, "main") == shapes(other, "main")
    assert page.get_attribute("tr.shown", "data-way") == "mean_q"
    assert number_after("a =", text(page, "#curve .seeing")) == 1.25
    assert (page.input_value("#weight"), page.input_value("#value")) == ("12", "0.5")
    page.click("text='Reset'")
    until(page, "location.hash === ''")
    assert page.get_attribute("tr.shown", "data-way") == "output_gradients"


@pytest.mark.parametrize("rest", ("#n=100&precision=float64", "?run"))
def test_a_phone_shows_all_of_it_without_scrolling_sideways(rest, open_page):
    page = open_page(rest, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    wide = page.evaluate(
        """[...document.querySelectorAll("main *, header *")].filter((e) =>
        !e.closest(".strips, svg, .unseen") && e.getBoundingClientRect().right > 361)
        .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert wide == []


def test_a_change_is_told_to_a_screen_reader(open_page):
    page = open_page()
    page.click("text='N = 3'")
    until(page, "document.querySelector('#live').textContent.includes('differ')")


def test_a_run_is_gone_through_by_its_slider(open_page):
    page = open_page("?run#evaluation=0")
    page.wait_for_selector("#run .seeing")
    assert "after 10 steps" in text(page, "#run .seeing")
    before = page.get_attribute("[data-map='mu'] image", "href")
    page.focus("#evaluation")
    page.keyboard.press("ArrowRight")
    assert "after 20 steps" in text(page, "#run .seeing")
    assert page.get_attribute("[data-map='mu'] image", "href") != before


def test_dragging_is_smooth(open_page):
    """The page's own work in a frame of a drag takes less than a 60th of a second."""
    page = open_page("#n=64&updates=50")
    at_update(page, 50)
    until(page, DONE)
    work = page.evaluate(
        """async () => {
        const pad = document.querySelector("#state");
        const frame = () => new Promise((done) => requestAnimationFrame(() =>
          done(performance.now())));
        const spent = [];
        for (let i = 0; i < 20; i += 1) {
          // callbacks of one frame run in the order in which they were asked for
          const before = frame();
          pad.dispatchEvent(new KeyboardEvent("keydown", { key: i % 2 ? "ArrowUp" : "ArrowDown" }));
          const after = frame();
          spent.push(await after - await before);
        }
        return spent.sort((x, y) => x - y);
        }"""
    )
    assert 0 < work[5] < 1000 / 60  # not the median: other processes take their turns
