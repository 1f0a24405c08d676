"""The capstone's rows of `demands.py`: question, sentence, a violating answer, its mistake.

The answers are made of the solution's own functions, or of a subclass of its Agent.
"""

ACTOR = (
    "def make_actor(obs_dim, low, high):\n"
    "    x = inputs = keras.Input([obs_dim])\n"
    "    x = keras.layers.Dense(64, 'relu')(x)\n"
    "    x = keras.layers.Dense(len(low), {activation!r})(x)\n"
    "    return keras.Model(inputs, {actions})"
)
RESCALED = "keras.layers.Rescaling({}, (high + low) / 2)(x)"
PREPARED = (
    "def update(networks, batch, normals):\n"
    "    networks.updates += 1\n"
    "    n, late = networks, networks.updates % DELAY == 0\n"
    "    s, a = (tf.constant(batch[name]) for name in ('observations', 'actions'))\n"
    "    online = [n.actor, *n.critics]\n"
    "    targets = [n.target_actor, *n.target_critics]\n"
    "    def aim(source=networks, normals=normals):\n"
    "        return tf.constant(targets_of(source, batch, normals), tf.float32)\n"
    "    def critics(y, models=n.critics):\n"
    "        for model, optimizer in zip(models, n.critic_optimizers):\n"
    "            critic_step(model, optimizer, s, a, y)\n"
    "    def actor(due=late, critic=n.critics[0]):\n"
    "        if due:\n"
    "            actor_step(n.actor, critic, n.actor_optimizer, s)\n"
    "    def follow(due=late, pairs=tuple(zip(targets, online)), tau=TAU):\n"
    "        for target, model in pairs if due else ():\n"
    "            weights = target.get_weights(), model.get_weights()\n"
    "            target.set_weights(soft_update(*weights, tau))\n"
)
"""An update in parts, from the solution's functions; what follows calls them, rightly or not."""
LOSS = (
    "@tf.function\n"
    "def critic_step(critic, optimizer, observations, actions, targets):\n"
    "    with tf.GradientTape() as tape:\n"
    "        errors = {errors}\n"
    "        loss = {loss}\n"
    "    gradients = tape.gradient(loss, critic.trainable_variables)\n"
    "    optimizer.apply(gradients, critic.trainable_variables)\n"
)
DOWNHILL = (
    "@tf.function\n"
    "def actor_step(actor, critic, optimizer, observations):\n"
    "    gradients = [-g for g in mean_q(actor, critic, observations)]\n"
    "    optimizer.apply(gradients, actor.trainable_variables)\n"
)
ALL = "    critics(aim()); actor(); follow()"
SQUARE = {
    "errors": "targets - critic([observations, actions])",
    "loss": "tf.reduce_mean(errors**2)",
}
SUMMED = {
    "errors": "targets - critic([observations, actions])[:, 0]",
    "loss": "tf.reduce_sum(errors**2)",
}
OBSERVE = (
    "class Agent(Agent):\n"
    "    def observe(self, s, a, r, s2, terminated, truncated):\n"
    "        super().observe({})"
)
EXPLORE = "class Agent(Agent):\n    def explore(self, observation):\n        "
UPDATES = (
    "class Agent(Agent):\n"
    "    def observe(self, *transition):\n"
    "        for array, value in zip(self.memory.values(), transition):\n"
    "            array[self.steps % self.capacity] = value\n"
    "        self.steps += 1\n"
    "        size = min(self.steps, self.capacity)\n"
    "        slots = self.generator.integers(size, size=BATCH_SIZE)\n"
    "        batch = {{name: array[slots] for name, array in self.memory.items()}}\n"
    "        normals = self.generator.standard_normal((BATCH_SIZE, len(self.low)))\n"
    "        {}"
)
CAPSTONE = [
    (
        "make_actor",
        "**in the environment's units**",
        ACTOR.format(activation="tanh", actions="x"),
        "actions_not_scaled",
    ),
    (
        "make_actor",
        "need not be symmetric",
        ACTOR.format(activation="tanh", actions="keras.layers.Rescaling(high)(x)"),
        "upper_bound_as_range",
    ),
    (
        "make_actor",
        "is within its bounds",
        ACTOR.format(activation=None, actions=RESCALED.format("(high - low) / 2")),
        "actions_not_bounded",
    ),
    (
        "make_actor",
        "comes as near to both of them as one likes",
        ACTOR.format(activation="tanh", actions=RESCALED.format("(high - low) / 4")),
        "range_not_reached",
    ),
    (
        "make_actor",
        "the action is the middle of its range",
        ACTOR.format(activation="tanh", actions="keras.layers.Rescaling(high - low, low)(x**2)"),
        None,
    ),
    (
        "update",
        "count the update in `networks.updates`, from 1 on",
        PREPARED + "    late = (n.updates - 1) % DELAY == 0\n"
        "    critics(aim()); actor(late); follow(late)",
        "counted_from_zero",
    ),
    (
        "update",
        "count the update in `networks.updates`",
        PREPARED.replace(
            "networks.updates += 1", "count = 1 + networks.critic_optimizers[0].iterations"
        ).replace("networks.updates % DELAY", "count % DELAY")
        + ALL,
        "not_counted",
    ),
    (
        "update",
        "from the target networks alone",
        "from types import SimpleNamespace\n" + PREPARED + "    source = SimpleNamespace("
        "low=n.low, high=n.high, target_actor=n.actor, target_critics=n.critics)\n"
        "    critics(aim(source)); actor(); follow()",
        "targets_from_the_online_networks",
    ),
    (
        "update",
        "the smoothing of the target's actions",
        PREPARED + "    critics(aim(normals=0 * normals)); actor(); follow()",
        "no_smoothing",
    ),
    (
        "update",
        "move **both** critics",
        PREPARED + "    critics(aim(), n.critics[:1]); actor(); follow()",
        "one_critic_learns",
    ),
    (
        "update",
        "mean squared error",
        LOSS.format(**SUMMED) + PREPARED + ALL,
        "sum_for_mean",
    ),
    (
        "update",
        "mean squared error",
        LOSS.format(**SQUARE) + PREPARED + ALL,
        "broadcast_to_a_square",
    ),
    (
        "update",
        "form the targets",
        "def td3_targets(rewards, terminated, q1, q2, gamma):\n"
        "    return rewards + gamma * np.minimum(q1, q2)[:, 0]\n" + PREPARED + ALL,
        "no_terminal_mask",
    ),
    (
        "update",
        "if the count is a multiple of DELAY",
        PREPARED + "    critics(aim()); actor(True); follow(True)",
        "no_delay",
    ),
    (
        "update",
        "if the count is a multiple of DELAY",
        PREPARED + "    critics(aim()); actor(True); follow()",
        "actor_not_delayed",
    ),
    (
        "update",
        "in the same updates",
        PREPARED + "    critics(aim()); actor(); follow(True)",
        "targets_not_delayed",
    ),
    (
        "update",
        "a step uphill",
        DOWNHILL + PREPARED + ALL,
        "gradient_of_the_wrong_sign",
    ),
    (
        "update",
        "*first* critic",
        PREPARED + "    critics(aim()); actor(critic=n.critics[1]); follow()",
        "actor_climbs_the_second",
    ),
    (
        "update",
        "as it is after\n   its step",
        PREPARED + "    y = aim(); actor(); critics(y); follow()",
        "actor_before_the_critics",
    ),
    (
        "update",
        "**after** the actor's step",
        PREPARED + "    critics(aim()); follow(); actor()",
        "targets_before_the_actor",
    ),
    (
        "update",
        "In this order",
        PREPARED + "    follow(); critics(aim()); actor()",
        "targets_first",
    ),
    (
        "update",
        "let all three target networks follow",
        PREPARED + "    critics(aim()); actor()",
        "targets_never_updated",
    ),
    (
        "update",
        "let all three target networks follow",
        PREPARED + "    critics(aim()); actor(); follow(pairs=list(zip(targets, online))[1:])",
        "target_actor_forgotten",
    ),
    (
        "update",
        "with TAU",
        PREPARED + "    critics(aim()); actor(); follow(tau=1.0)",
        "hard_copy",
    ),
    (
        "Agent",
        "**without noise**",
        "class Agent(Agent):\n    def act(self, observations):\n"
        "        noise = 0.1 * self.generator.standard_normal(len(self.low))\n"
        "        return noisy_actions(super().act(observations), noise, self.low, self.high)",
        "noise_in_evaluation",
    ),
    (
        "Agent",
        "During the first\n  WARMUP steps it is drawn uniformly from within the bounds",
        "class Agent(Agent):\n    def explore(self, observation):\n"
        "        noise = NOISE * self.generator.standard_normal((1, len(self.low)))\n"
        "        return noisy_actions(self.act(observation[None]), noise, self.low, self.high)[0]",
        "no_random_steps",
    ),
    (
        "Agent",
        "Later it is the policy's",
        EXPLORE + "return self.generator.uniform(self.low, self.high)",
        "random_for_ever",
    ),
    (
        "Agent",
        "with normal noise",
        EXPLORE + "warm = self.steps < WARMUP\n"
        "        return super().explore(observation) if warm else self.act(observation[None])[0]",
        "no_exploration",
    ),
    (
        "Agent",
        "in half ranges",
        EXPLORE + "if self.steps < WARMUP:\n"
        "            return super().explore(observation)\n"
        "        noise = NOISE * self.generator.standard_normal(len(self.low))\n"
        "        action = self.act(observation[None])[0] + noise\n"
        "        return np.clip(action, self.low, self.high)",
        "noise_not_scaled",
    ),
    (
        "Agent",
        "in half ranges, within the bounds",
        EXPLORE + "if self.steps < WARMUP:\n"
        "            return super().explore(observation)\n"
        "        noise = NOISE * self.generator.standard_normal(len(self.low))\n"
        "        return self.act(observation[None])[0] + noise * (self.high - self.low) / 2",
        "out_of_bounds",
    ),
    (
        "Agent",
        "returns one action `[act_dim]`",
        EXPLORE + "return super().explore(observation)[None]",
        None,
    ),
    (
        "Agent",
        "actions `[B, act_dim]`",
        "class Agent(Agent):\n    def act(self, observations):\n"
        "        return super().act(observations).ravel()",
        None,
    ),
    (
        "Agent",
        "All randomness comes from `self.generator`.",
        EXPLORE + "warm = self.steps < WARMUP\n"
        "        drawn = np.random.uniform(self.low, self.high)\n"
        "        return drawn if warm else super().explore(observation)",
        "own_randomness",
    ),
    (
        "Agent",
        "All randomness comes from `self.generator`.",
        EXPLORE + "if self.steps < WARMUP:\n"
        "            return super().explore(observation)\n"
        "        noise = NOISE * np.random.standard_normal((1, len(self.low)))\n"
        "        return noisy_actions(self.act(observation[None]), noise, self.low, self.high)[0]",
        "own_randomness",
    ),
    (
        "Agent",
        "All randomness comes from `self.generator`.",
        UPDATES.replace("self.generator.integers", "np.random.default_rng().integers").format(
            "if size >= BATCH_SIZE:\n            update(self.networks, batch, normals)"
        ),
        "own_randomness",
    ),
    (
        "Agent",
        "All randomness comes from `self.generator`.",
        UPDATES.replace("self.generator.standard_normal", "np.random.standard_normal").format(
            "if size >= BATCH_SIZE:\n            update(self.networks, batch, normals)"
        ),
        "own_randomness",
    ),
    (
        "Agent",
        "puts the transition into\n  the memory",
        OBSERVE.format("s, a, r, s, terminated, truncated"),
        "rows_mixed_up",
    ),
    (
        "Agent",
        "in place of the oldest one if that is full",
        UPDATES.format(
            "full = self.steps > self.capacity\n"
            "        self.steps -= full\n"
            "        if size >= BATCH_SIZE:\n"
            "            update(self.networks, batch, normals)"
        ).replace("array[self.steps % self.capacity] = value", "array[self.steps:][:1] = value"),
        "full_for_ever",
    ),
    (
        "Agent",
        "As soon as the memory holds BATCH_SIZE\n  transitions",
        UPDATES.format("update(self.networks, batch, normals)"),
        "update_too_early",
    ),
    (
        "Agent",
        "it then calls `update`",
        UPDATES.format("self.kept = batch"),
        "no_updates",
    ),
    (
        "Agent",
        "once for each transition",
        UPDATES.format(
            "for _ in range(2 * (size >= BATCH_SIZE)):\n"
            "            update(self.networks, batch, normals)"
        ),
        "not_one_update_a_step",
    ),
    (
        "Agent",
        "with a new batch",
        UPDATES.format(
            "if size >= BATCH_SIZE:\n"
            "            self.kept = getattr(self, 'kept', batch)\n"
            "            update(self.networks, self.kept, normals)"
        ),
        None,
    ),
    (
        "Agent",
        "new standard\n  normal numbers",
        UPDATES.format(
            "if size >= BATCH_SIZE:\n            update(self.networks, batch, SMOOTHING * normals)"
        ),
        "normals_not_standard",
    ),
    (
        "Agent",
        "new standard\n  normal numbers",
        UPDATES.format(
            "if size >= BATCH_SIZE:\n"
            "            self.kept = getattr(self, 'kept', normals)\n"
            "            update(self.networks, batch, self.kept)"
        ),
        "normals_repeated",
    ),
    (
        "Agent",
        "`truncated` says that the clock stopped the episode",
        OBSERVE.format("s, a, r, s2, terminated or truncated, truncated"),
        "truncated_as_terminated",
    ),
    (
        "Agent",
        "it must learn `Pendulum-v1`",
        "class Agent(Agent):\n    def __init__(self, *given):\n"
        "        super().__init__(*given)\n"
        "        self.networks.actor_optimizer.learning_rate = 0.0",
        "does_not_learn",
    ),
]
"""What the capstone demands beside what the questions that it borrows demand."""
