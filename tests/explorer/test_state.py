"""What the page shows and its address, under Node."""

from urllib.parse import parse_qs

import pytest

from tests.explorer.page import compute, needs_node

pytestmark = needs_node

GOOD = (
    "n=3",
    "n=100&precision=float64&strategy=mean_q",
    "a=-0.5&s1=0.25&s2=-0.75&weight=12&updates=40",
    "inverting=true&optimiser=sgd&rate=0.1&mistake=pre_tanh",
    "changes=3:0.5,60:-1.25",
)


def test_an_address_comes_back_as_it_was():
    found = compute({"what": "address", "texts": list(GOOD)})[0]
    assert [parse_qs(text) for text in found] == [parse_qs(text) for text in GOOD]


@pytest.mark.parametrize(
    "text",
    ("", "n=two", "n=", "precision=float16", "inverting=perhaps", "changes=x:y,3", "zz=1"),
)
def test_what_an_address_gets_wrong_is_as_at_first(text):
    assert compute({"what": "address", "texts": [text]}) == [[""]]


def test_numbers_stay_in_their_range():
    (found,) = compute({"what": "address", "texts": ["n=1000", "a=9", "updates=-4"]})
    assert found == ["n=128", "a=2", ""]


@pytest.mark.parametrize(("n", "parts"), ((64, False), (100, True), (3, True), (2, False)))
def test_the_race_keeps_its_bits_for_powers_of_two_alone(n, parts):
    settings = {
        **{"n": n, "seed": 18, "saturation": 1, "changes": [], "precision": "float32"},
        **{"reduction": "mean", "inverting": False, "optimiser": "adam", "rate": 0.01},
        "epsilon": 1e-7,
    }
    (found,) = compute({"what": "race", "settings": settings, "updates": 40})
    assert (found["parted"] is not None) == parts
    distance = found["last"]["output_gradients"]["distance"]
    assert (0 < distance < 1e-4) if parts else distance == 0
    assert found["last"]["get_updates"]["distance"] == 0
