"""Every metric that a run logs, explained; TensorBoard shows the text beside the curve.

python -m ddpg_tf.training.metrics  prints them as a page.
"""

# no import from the agents: the command line reads a run's metrics without waiting for TensorFlow
METRICS = {
    "step": "Environment steps so far. In TensorBoard, the horizontal axis.",
    "episodes": "Training episodes that have ended so far.",
    "updates": "Updates of the critic so far.",
    "eval_return_mean": "Mean undiscounted return of the evaluation's episodes, without noise.",
    "eval_return_std": "Standard deviation of these returns over the episodes.",
    "train_return_mean": "Mean undiscounted return, noise included, of the training episodes that "
    "ended since the last evaluation. NaN if none did.",
    "critic_loss": "The critic's loss (squared Bellman error or Huber's, without L2; in td3 the "
    "sum over both critics), mean over the updates since the last evaluation. With normalised "
    "returns, in the critics' own scale. NaN if there were no updates.",
    "actor_loss": "-Q(s, mu(s)) before the actor's step, mean over the actor's steps since "
    "the last evaluation. NaN if it took none.",
    "q": "Q(s, a) of the replayed actions, mean over the same updates.",
    "gaussian_noise_std": "Standard deviation of Gaussian noise on the actions, in half ranges (or "
    "as noise_units says); if each component of the action has its own, their mean.",
    "ou_noise_sigma": "Scale of Ornstein-Uhlenbeck noise on the actions, in half ranges (or as "
    "noise_units says) per square root of a unit of time; the mean over the components.",
    "pull_noise_std": "Standard deviation of the random part of noise that pulls the action to a "
    "mean, in half ranges (or as noise_units says); the mean over the components.",
    "parameter_noise_std": "Standard deviation of parameter noise on the actor's weights.",
    "policy_q": "Q(s, mu(s)), mean over all states of the evaluation's episodes.",
    "monte_carlo_return": "Discounted return from the same states on, mean over them; rewards are "
    "multiplied by reward_scale, as in Q. Where a time limit cut the episode off, the return "
    "continues with gamma^k Q(s_T, mu(s_T)), k being the steps until then.",
    "q_bias": "By how much Q is too high: the mean of Q(s, mu(s)) minus the discounted return, "
    "divided by the mean of 1 - gamma^k, the share of the return that was observed before the time "
    "limit (1 if the episode terminated). NaN if that is 0, for gamma = 1 under a time limit. "
    "Above 0 is overestimation.",
    "q_correlation": "Pearson's correlation of Q(s, mu(s)) with the discounted return over these "
    "states. Near 1: the critic knows which states are good, whatever its bias. Close to a time "
    "limit both are nearly the same number, so read it as an upper bound. NaN if one is constant.",
    "q_limit": "Largest absolute value of Q that the rewards in the replay buffer allow: the "
    "largest reward, without its sign and times reward_scale, divided by 1 - gamma, or by "
    "1 - gamma^n if it adds up n steps; undivided where the task ended. A policy_q far above it "
    "cannot be the value of any policy. Infinite for gamma = 1.",
    "second_policy_q": "td3: policy_q of the second critic.",
    "second_monte_carlo_return": "td3: monte_carlo_return with the second critic's Q at a time "
    "limit.",
    "second_q_bias": "td3: q_bias of the second critic.",
    "second_q_correlation": "td3: q_correlation of the second critic.",
    "action_mean": "mu(s) without noise, in half ranges from the middle of its range (-1 and 1 are "
    "the bounds), mean over a batch from the replay buffer and over components.",
    "action_std": "Standard deviation of mu(s) over the batch, in half ranges, mean over the "
    "components. 0: the same action in every state.",
    "action_saturation": "Share of the components of mu(s) that lie beyond 0.95 half ranges from "
    "the middle. Near 1, the policy is bang-bang, or stuck.",
    "tanh_slope": "Mean of 1 - y^2, y being mu(s) in half ranges from the middle. For an actor "
    "that ends in a tanh, as this package's own do, it is the derivative of the tanh, by which "
    "dQ/da is multiplied on its way into the actor: near 0, the actor no longer learns. For any "
    "other actor, it says only how far from the bounds its actions are.",
    "dq_da_norm_mean": "Norm of dQ/da at a = mu(s), mean over the batch; in units of return per "
    "unit of action, before any clipping or inverting. What the actor follows.",
    "dq_da_norm_max": "Largest of these norms in the batch.",
    "actor_gradient_norm": "Norm of the gradient of -mean Q with respect to all the actor's "
    "weights on the batch, after action_gradient has changed dQ/da, before gradient_clip_norm.",
    "critic_gradient_norm": "Norm of the gradient of the critic's loss, L2 included, with respect "
    "to all its weights on the batch, before gradient_clip_norm; in td3, of its own part of the "
    "loss, with targets without noise.",
    "second_critic_gradient_norm": "td3: critic_gradient_norm of the second critic.",
    "steps_per_second": "Environment steps a second of wall-clock time since the last evaluation, "
    "including learning, evaluating and saving. In TensorBoard only: metrics.csv is a function of "
    "the config.",
}
"""Name of a metric -> what it is."""


GROUPS: dict[str, str | tuple[str, ...]] = {
    "eval": "eval_",
    "train": ("train_", "episodes", "updates", "gaussian_", "ou_", "pull_", "parameter_"),
    "time": "steps_per_second",
    "actor": ("actor_", "action_", "tanh_", "dq_da_"),
    "critic": ("critic_", "second_", "q", "policy_q", "monte_carlo_"),
}
"""Group of metrics in TensorBoard -> how their names begin; each name belongs to the first."""


def tag(name: str) -> str:
    """The name of a metric in TensorBoard, after its group: eval/return_mean."""
    group = next(group for group, begins in GROUPS.items() if name.startswith(begins))
    return f"{group}/{name.removeprefix(f'{group}_')}"


def page() -> str:
    """`METRICS` as a page in Markdown."""
    rows = [f"| `{name}` | {text} |" for name, text in METRICS.items()]
    return "\n".join(
        [
            "# What a run logs",
            "",
            "Each evaluation of `ddpg-tf train` writes one row of these metrics to the run's "
            "`metrics.csv` and one point of each to TensorBoard (`tensorboard --logdir runs`). "
            f"TensorBoard shows them in groups ({', '.join(GROUPS)}), as in "
            f"`{tag('eval_return_mean')}`, and the information icon on a card shows the text "
            "below. Some of them need a batch, which is drawn with a generator of its own, so "
            "that computing them changes nothing that is learned.",
            "",
            "This page is made from "
            "[`ddpg_tf/training/metrics.py`](../ddpg_tf/training/metrics.py) by "
            "`python -m ddpg_tf.training.metrics > tutorials/metrics.md`.",
            "",
            "| name | meaning |",
            "|---|---|",
            *rows,
        ]
    )


if __name__ == "__main__":
    print(page())
