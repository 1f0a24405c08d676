"""Right ways to write the gradient, composed at random from pieces that many people use."""

import keras
import numpy as np
import tensorflow as tf

FLAGS = ({}, {"training": True})


def mean_of_q(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(critic([s, actor(s, **flag)]))
    return tape.gradient(loss, actor.trainable_variables)


def right(actor, critic, observations):
    return mean_of_q(actor, critic, observations, {"training": True})


def sum_over_n(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        q = tf.squeeze(critic([s, actor(s, **flag)]), axis=-1)
        loss = tf.reduce_sum(-q) / tf.cast(tf.shape(s)[0], s.dtype)
    return tape.gradient(loss, actor.trainable_variables)


def keras_ops(actor, critic, s, flag):
    with tf.GradientTape(persistent=True) as tape:
        loss = keras.ops.mean(keras.ops.negative(critic([s, actor(s, **flag)], training=False)))
    return tape.gradient(loss, actor.trainable_variables)


def two_tapes(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        a = actor(s, **flag)
    with tf.GradientTape() as inner:
        inner.watch(a)
        q = critic([s, a])
    summed = tape.gradient(a, actor.trainable_variables, -inner.gradient(q, a))
    return [g / tf.cast(tf.shape(s)[0], g.dtype) for g in summed]


def mean_in_the_critic_tape(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        a = actor(s, **flag)
        b = tf.stop_gradient(a)
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(b)
            q = tf.reduce_mean(critic([s, b]))
    return tape.gradient(a, actor.trainable_variables, -inner.gradient(q, b))


def inner_product(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        a = actor(s, **flag)
        with tf.GradientTape() as inner:
            inner.watch(a)
            q = critic([tf.stop_gradient(s), a])
        slope = tf.stop_gradient(inner.gradient(q, a))
        loss = -tf.reduce_mean(tf.einsum("ij,ij->i", slope, a))
    return tape.gradient(loss, actor.trainable_variables)


def regression(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        a = actor(s, **flag)
        with tf.GradientTape() as inner:
            inner.watch(a)
            q = critic([s, a])
        goal = tf.stop_gradient(a + inner.gradient(q, a))
        loss = 0.5 * tf.reduce_mean(tf.reduce_sum((goal - a) ** 2, axis=1))
    return tape.gradient(loss, actor.trainable_variables)


def layer_by_layer(actor, critic, s, flag):
    with tf.GradientTape() as tape:
        x = s
        for layer in actor.layers[1:]:
            x = layer(x, **flag) if "Batch" in type(layer).__name__ else layer(x)
        loss = -tf.reduce_mean(critic([s, x]))
    return tape.gradient(loss, actor.trainable_variables)


def custom_gradient(actor, critic, s, flag):
    @tf.custom_gradient
    def value(actions):
        return tf.identity(q), lambda upstream: upstream * slope

    with tf.GradientTape() as tape:
        a = actor(s, **flag)
        with tape.stop_recording():
            with tf.GradientTape() as inner:
                inner.watch(a)
                q = critic([s, a])
            slope = inner.gradient(q, a)
        loss = -tf.reduce_mean(value(a))
    return tape.gradient(loss, actor.trainable_variables)


def micro_batches(actor, critic, s, flag):
    total = None
    for piece in (s[:3], s[3:]):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_sum(critic([piece, actor(piece, **flag)])) / len(s)
        g = tape.gradient(loss, actor.trainable_variables)
        total = g if total is None else [x + y for x, y in zip(total, g, strict=True)]
    return total


def sample_by_sample(actor, critic, s, flag):
    total = [tf.zeros_like(w.value) for w in actor.trainable_variables]
    for i in range(s.shape[0]):
        row = s[i : i + 1]
        with tf.GradientTape() as tape:
            q = critic([row, actor(row, **flag)])[0, 0]
        g = tape.gradient(q, actor.trainable_variables)
        total = [x - y / s.shape[0] for x, y in zip(total, g, strict=True)]
    return total


def graph_gradients(actor, critic, s, flag):
    @tf.function
    def in_graph(s):
        loss = -tf.reduce_mean(critic([s, actor(s, **flag)]))
        return tf.gradients(loss, [w.value for w in actor.trainable_variables])

    return in_graph(s)


def combined_model(actor, critic, s, flag):
    states = keras.Input((s.shape[1],), dtype=s.dtype)
    both = keras.Model(states, critic([states, actor(states, **flag)]))
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(both(s))
    return tape.gradient(loss, actor.trainable_variables)


def frozen_for_a_moment(actor, critic, s, flag):
    critic.trainable = False
    gradients = mean_of_q(actor, critic, s, flag)
    critic.trainable = True
    return gradients


def watched_by_hand(actor, critic, s, flag):
    weights = [w.value for w in actor.trainable_variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(weights)
        loss = tf.negative(tf.math.reduce_mean(critic([s, actor(s, **flag)])))
    return tape.gradient(loss, weights)


def a_persistent_tape(actor, critic, s, flag):
    with tf.GradientTape(persistent=True) as tape:
        a = actor(s, **flag)
        q = tf.reshape(critic([s, a]), [-1])
        loss = -keras.ops.sum(q) / keras.ops.cast(keras.ops.shape(q)[0], q.dtype)
    slope = tape.gradient(loss, a)
    return tape.gradient(a, actor.trainable_variables, output_gradients=slope)


def forward_mode(actor, critic, s, flag):
    """One number of one weight after the other, by forward-mode differentiation."""
    weights = [w.value for w in actor.trainable_variables]
    gradients = []
    for weight in weights:
        slopes = []
        units = tf.eye(tf.size(weight), dtype=weight.dtype)
        for direction in tf.reshape(units, [-1, *weight.shape]):
            with tf.autodiff.ForwardAccumulator(weight, direction) as accumulator:
                loss = -tf.reduce_mean(critic([s, actor(s, **flag)]))
            slopes.append(accumulator.jvp(loss))
        gradients.append(tf.reshape(tf.stack(slopes), weight.shape))
    return gradients


def q_of(critic, s, a):
    """As many frameworks have it: a function of its own, with names of its own."""
    return keras.ops.squeeze(critic([s, a], training=False), axis=-1)


def with_helpers(actor, critic, s, flag):
    def actor_loss(policy, q_function, batch):
        return -keras.ops.mean(q_of(q_function, batch["obs"], policy(batch["obs"], **flag)))

    with tf.GradientTape() as tape:
        loss = actor_loss(actor, critic, {"obs": s})
    return tape.gradient(loss, actor.trainable_weights)


WAYS = (
    mean_of_q,
    sum_over_n,
    keras_ops,
    two_tapes,
    mean_in_the_critic_tape,
    inner_product,
    regression,
    layer_by_layer,
    custom_gradient,
    graph_gradients,
    combined_model,
    frozen_for_a_moment,
    watched_by_hand,
    a_persistent_tape,
    with_helpers,
    micro_batches,
)
"""Those that take a moment for any network."""


def returned_as_list(candidate, flag):
    return lambda actor, critic, observations: candidate(actor, critic, observations, flag)


def returned_as_arrays(candidate, flag):
    def arrays(mu, q, states):
        return tuple(np.array(g) for g in candidate(mu, q, states, flag))

    return arrays


def compiled(jit_compile):
    def compile_it(candidate, flag):
        @tf.function(jit_compile=jit_compile)
        def in_function(actor, critic, observations):
            return candidate(actor, critic, observations, flag)

        return in_function

    return compile_it


def applied(candidate, flag):
    def update(actor, critic, optimizer, observations):
        gradients = candidate(actor, critic, observations, flag)
        optimizer.apply_gradients(zip(gradients, actor.trainable_variables, strict=True))

    return update


def assigned_by_hand(candidate, flag):
    def update(actor, critic, optimizer, observations):
        rate = float(optimizer.learning_rate)
        gradients = candidate(actor, critic, observations, flag)
        for weight, gradient in zip(actor.trainable_variables, gradients, strict=True):
            weight.assign_sub(rate * gradient)

    return update


def update_in_function(candidate, flag):
    @tf.function(reduce_retracing=True)
    def update(actor, critic, optimizer, observations):
        gradients = candidate(actor, critic, observations, flag)
        optimizer.apply(gradients, actor.trainable_variables)
        return -tf.reduce_mean(critic([observations, actor(observations)]))

    return update


def named_as_in_keras_io(candidate, flag):
    return lambda actor_model, critic_model, state_batch: candidate(
        actor_model, critic_model, state_batch, flag
    )


def states_first(candidate, flag):
    return lambda states, policy_network, q_network: candidate(
        policy_network, q_network, states, flag
    )


def by_keyword(candidate, flag):
    def gradients(*, critic, observations, actor, gamma=0.99):
        return candidate(actor, critic, observations, flag)

    return gradients


def method_of_an_agent(candidate, flag):
    class Agent:
        def __init__(self):
            self.actor = self.critic = None

        def actor_gradients(self, obs):
            return candidate(self.actor, self.critic, obs, flag)

    def through_an_agent(actor, critic, observations):
        agent = Agent()
        agent.actor, agent.critic = actor, critic
        return agent.actor_gradients(observations)

    return through_an_agent


def applied_with_other_names(candidate, flag):
    def train_step(mu, q, actor_optimizer, s_batch):
        gradients = candidate(mu, q, s_batch, flag)
        actor_optimizer.apply(gradients, mu.trainable_variables)

    return train_step


EAGER = (
    *(returned_as_list, returned_as_arrays, applied, assigned_by_hand, named_as_in_keras_io),
    *(states_first, by_keyword, method_of_an_agent, applied_with_other_names),
)
GRAPH = (compiled(False), compiled(True), update_in_function)
