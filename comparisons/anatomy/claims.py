"""What the finding asserts, and the numbers that it names."""

from comparisons.anatomy.signals import is_cut, place_of_division
from comparisons.study import Claim, table_rows

PLACES = {
    "top": "at the top, where the backward pass leaves Q",
    "middle": "in the middle, at the actions",
    "bottom": "at the bottom, after the actor's backward pass",
}
"""Where -1/N enters, in words."""


def values(data: dict) -> dict:
    """The rows of the table, and what the strategies have in common.

    same_length, same_program, same_products: names that share the number of XLA instructions, the
    whole program, the number of matrix products, group by group.
    """
    strategies, n = data["strategies"], data["batch_size"]
    places = {name: place_of_division(row, n) for name, row in strategies.items()}
    counts = ("graph_operations", "xla_instructions", "xla_fusions", "xla_matrix_products")
    return {
        "rows": table_rows(
            [name, *[row[count] for count in counts], PLACES[places[name]]]
            for name, row in strategies.items()
        ),
        "places": places,
        "cut": [name for name, row in strategies.items() if is_cut(row)],
        "same_length": sharing(strategies, "xla_instructions"),
        "same_program": sharing(strategies, "fingerprint"),
        "same_products": sharing(strategies, "xla_matrix_products"),
        "products_drawn": [r["operation_groups"]["matrix products"] for r in strategies.values()],
    }


def sharing(strategies: dict, key: str) -> list[list[str]]:
    """The groups of two or more strategies with the same value of `key`."""
    groups = {}
    for name, row in strategies.items():
        groups.setdefault(row[key], []).append(name)
    return [names for names in groups.values() if len(names) > 1]


CLAIMS = [
    Claim(
        "mean_q and get_updates divide at the top, surrogate and target_action in the middle, the "
        "others at the bottom",
        lambda places: (
            places
            == {
                "output_gradients": "bottom",
                "mean_q": "top",
                "get_updates": "top",
                "surrogate": "middle",
                "target_action": "middle",
                "jacobian": "bottom",
            }
        ),
    ),
    Claim(
        "all but mean_q and get_updates cut the chain at the actions",
        lambda cut: cut == ["output_gradients", "surrogate", "target_action", "jacobian"],
    ),
    Claim(
        "mean_q, get_updates and surrogate, and no others, have the same number of instructions",
        lambda same_length: same_length == [["mean_q", "get_updates", "surrogate"]],
    ),
    Claim(
        "mean_q and get_updates, and no others, become one program",
        lambda same_program: same_program == [["mean_q", "get_updates"]],
    ),
    Claim(
        "all but jacobian have the same number of matrix products after XLA",
        lambda same_products: (
            same_products
            == [["output_gradients", "mean_q", "get_updates", "surrogate", "target_action"]]
        ),
    ),
    Claim(
        "their graphs have the same, larger, number of matrix products",
        lambda strategies, products_drawn: (
            len(set(products_drawn[:5])) == 1
            and products_drawn[0] > strategies["mean_q"]["xla_matrix_products"]
        ),
    ),
]
