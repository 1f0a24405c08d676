"""What is measured: one experiment for each question."""

from comparisons.questions import (
    chain_rule,
    critics,
    exploration,
    graphs,
    learning,
    mean_or_sum,
    normalization,
    sharing,
)
from comparisons.study import Track

QUESTIONS = (
    mean_or_sum.divide_by_n,
    mean_or_sum.divide_twice,
    chain_rule.minus_and_third_argument,
    chain_rule.is_a_factor_missing,
    mean_or_sum.two_symbolic_forms,
    chain_rule.at_which_action,
    mean_or_sum.jacobian_or_sum,
    chain_rule.two_tapes,
    graphs.second_tensor,
    graphs.get_updates_in_tf2,
    graphs.whom_does_it_train,
    mean_or_sum.scale_or_zero_a_loss,
    critics.one_output_per_action,
    critics.critic_without_action,
    exploration.noise_without_dt,
    exploration.uniform_numbers,
    exploration.noise_never_added,
    normalization.batch_norm_that_never_trains,
    normalization.norms_in_target_networks,
    learning.actions_saturate,
    learning.time_limits_as_ends,
    learning.critic_targets,
    sharing.shared_layers,
)
"""The experiments in the order of their numbers, 1 to 23.

Each takes `quick`, which makes it smaller and never different, and returns its numbers by name.
One of them, "ratio", is the size of what the question is about: 1 means that it makes no
difference. Everything is seeded.
"""


def run(quick: bool, track: Track) -> dict:
    """Run every experiment; its numbers by the name of its function."""
    return {question.__name__: question(quick) for question in track(QUESTIONS, "questions")}
