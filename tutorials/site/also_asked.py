"""The public questions in the words of people who have not read the answer yet.

Search finds a page by the words on it, and whoever sees a symptom does not know its name.
"""

ALSO_ASKED = {
    "divide_by_n": (
        "Why is my DDPG gradient multiplied by N?",
        "Why is the actor's gradient as many times too large as the batch has samples?",
        "Do I have to divide by the batch size, or take the mean?",
    ),
    "divide_twice": ("Why is my actor's gradient N times too small?",),
    "minus_and_third_argument": (
        "What is grad_ys in tf.gradients?",
        "Why is the action gradient negative: gradient ascent with an optimiser that minimises?",
    ),
    "is_a_factor_missing": (
        "Is actor_loss = -tf.reduce_mean(critic(...)) the deterministic policy gradient?",
        "Where is the chain rule when only the mean of Q is differentiated?",
    ),
    "two_symbolic_forms": ("Why do two ways to write the policy gradient give other numbers?",),
    "at_which_action": (
        "Do I evaluate the critic at the action from the replay buffer or at the actor's own?",
    ),
    "jacobian_or_sum": (
        "tf.gradients sums over the outputs: is the action gradient of a batch wrong?",
    ),
    "two_tapes": (
        "How do I write the DDPG actor update with tf.GradientTape and output_gradients?",
        "Do I need a persistent tape?",
    ),
    "second_tensor": (
        "Why does tape.gradient return None?",
        "No gradients provided for any variable: why?",
    ),
    "get_updates_in_tf2": (
        "How do I replace optimizer.get_updates in TensorFlow 2 and Keras 3?",
        "tf.gradients is not supported when eager execution is enabled: what now?",
    ),
    "whom_does_it_train": (
        "Does the actor's loss train the critic, too?",
        "Do I have to freeze the critic with trainable = False?",
    ),
    "scale_or_zero_a_loss": ("Why does multiplying the loss change nothing under Adam?",),
    "one_output_per_action": ("How many outputs does the critic have?",),
    "critic_without_action": ("Can DDPG's critic be V(s) in place of Q(s, a)?",),
    "noise_without_dt": (
        "Which theta, sigma and dt for Ornstein-Uhlenbeck noise?",
        "Why does my OU noise hardly move, or drift all episode?",
    ),
    "uniform_numbers": ("np.random.rand or randn in OU noise?",),
    "noise_never_added": ("Does DDPG need exploration noise at all?",),
    "batch_norm_that_never_trains": (
        "Why does batch normalisation do nothing in my actor?",
        "Where do I pass training=True?",
    ),
    "norms_in_target_networks": (
        "Does the soft update include batch norm's moving mean and variance?",
    ),
    "actions_saturate": (
        "Why is my DDPG action always 1 or -1?",
        "Why does the actor's tanh saturate and its gradient vanish?",
    ),
    "time_limits_as_ends": ("Is done true when the time limit ends an episode? (truncated)",),
    "critic_targets": ("Why are my Q-values too large: overestimation bias in DDPG?",),
    "shared_layers": ("Can actor and critic share convolutional layers?",),
    "action_bounds": (
        "Do I have to scale actions to [-1, 1] before the critic?",
        "Why does DDPG fail when the actions are large?",
    ),
    "order_of_steps": ("Is the critic or the actor updated first?",),
    "training_flag_of_the_critic": (
        "critic_model([state, actions], training=True) in the actor's loss: is that right?",
    ),
    "port_from_pytorch": (
        "Why does my TensorFlow port of a PyTorch agent learn differently?",
        "Are Adam in PyTorch and Adam in Keras the same?",
    ),
    "mountain_car": (
        "Why does DDPG not solve MountainCarContinuous-v0?",
        "Why does my agent learn to do nothing?",
    ),
    "targets_that_learn": ("Do I need tf.stop_gradient on the target Q?",),
    "exported_actor": ("Why does my saved actor play worse than in training?",),
    "factor_two_in_l2": ("Is weight_decay in PyTorch the same as l2 in Keras?",),
}
"""Question, by the name of its answer -> other ways to ask it."""
