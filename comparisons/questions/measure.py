"""What is measured: one experiment for each question."""

from comparisons.questions import (
    chain_rule,
    critics,
    exploration,
    graphs,
    learning,
    mean_or_sum,
    mountain_car,
    normalization,
    penalties,
    ports,
    sharing,
    units,
    updates,
)
from comparisons.study import Track

QUESTIONS = {
    1: mean_or_sum.divide_by_n,
    2: mean_or_sum.divide_twice,
    3: chain_rule.minus_and_third_argument,
    4: chain_rule.is_a_factor_missing,
    5: mean_or_sum.two_symbolic_forms,
    6: chain_rule.at_which_action,
    7: mean_or_sum.jacobian_or_sum,
    8: chain_rule.two_tapes,
    9: graphs.second_tensor,
    10: graphs.get_updates_in_tf2,
    11: graphs.whom_does_it_train,
    12: mean_or_sum.scale_or_zero_a_loss,
    13: critics.one_output_per_action,
    14: critics.critic_without_action,
    15: exploration.noise_without_dt,
    16: exploration.uniform_numbers,
    17: exploration.noise_never_added,
    18: normalization.batch_norm_that_never_trains,
    19: normalization.norms_in_target_networks,
    20: learning.actions_saturate,
    21: learning.time_limits_as_ends,
    22: learning.critic_targets,
    23: sharing.shared_layers,
    24: units.action_bounds,
    25: updates.order_of_steps,
    26: ports.training_flag_of_the_critic,
    27: ports.port_from_pytorch,
    28: mountain_car.mountain_car,
    29: updates.targets_that_learn,
    30: units.exported_actor,
    31: penalties.factor_two_in_l2,
}
"""Number -> experiment.

Each takes `quick`, which makes it smaller and never different, and returns its numbers by name.
One of them, "ratio", is the size of what the question is about: 1 means that it makes no
difference. Everything is seeded.
"""


def run(quick: bool, track: Track) -> dict:
    """Run every experiment; its numbers by the name of its function."""
    return {
        question.__name__: question(quick) for question in track(QUESTIONS.values(), "questions")
    }
