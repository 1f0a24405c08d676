"""The policy in two files that need nothing of this library: a SavedModel and a TFLite model.

    actions  =  clip(mu((s - mean) / std), low, high)

The actor alone is not the policy. What stands around it is exported with it: the running moments of
the observations, which it was trained on, and the bounds of the actions. All numbers are constants
in the exported graph.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

from ddpg_tf.startup import stderr_turned_away
from ddpg_tf.storage import whole_directory

TFLITE_FILE = "policy.tflite"


class Policy(tf.Module):
    """mu(s) as an agent plays it: observations, float32 [B, *shape] -> actions [B, act_dim].

    A snapshot: later updates of the agent do not change it.
    """

    def __init__(self, agent):
        super().__init__("policy")
        self.agent_actor = agent.actor
        # as constants: converters lose track of variables
        self.trained = [tf.constant(v.numpy()) for v in agent.actor.trainable_variables]
        self.fixed = [tf.constant(v.numpy()) for v in agent.actor.non_trainable_variables]
        self.moments = agent.observation_moments
        self.clip = agent.config.observation_clip
        self.low, self.high = agent.action_low, agent.action_high
        shape = (None, *agent.observation_space.shape)
        self.input = tf.TensorSpec(shape, tf.float32, name="observations")

    def actions(self, observations: tf.Tensor) -> tf.Tensor:
        """mu(s) within its bounds, [B, act_dim], in the environment's units."""
        if self.moments is not None:
            observations = normalized(observations, self.moments.mean, self.moments.std, self.clip)
        weights = self.trained, self.fixed
        actions, _ = self.agent_actor.stateless_call(*weights, observations, training=False)
        return tf.clip_by_value(actions, self.low, self.high)


def normalized(
    observations: tf.Tensor, mean: np.ndarray, std: np.ndarray, clip: float
) -> tf.Tensor:
    """(x - mean) / std within [-clip, clip], as `RunningMoments.normalize`, but all in float32.

    TFLite has no float64. A mean that is large beside the standard deviation would lose its last
    digits in float32, so it is subtracted in two parts, the second what the first leaves over.
    """
    first = mean.astype(np.float32)
    rest = (mean - first).astype(np.float32)
    # nothing beyond twice the bound survives the last line; and a compiler that may add constants
    # up first, which would make one number of the two parts, does not move them across a bound
    bound = (2 * clip * std + np.abs(rest)).astype(np.float32)
    difference = tf.clip_by_value(observations - first, -bound, bound) - rest
    return tf.clip_by_value(difference / std.astype(np.float32), -clip, clip)


def export_policy(agent, path: str | Path) -> None:
    """Write the agent's policy to the directory `path`; see `DDPG.export`."""
    policy = Policy(agent)
    exported = tf.Module("policy")
    exported.__call__ = tf.function(policy.actions, [policy.input], autograph=False)
    serve = tf.function(
        lambda observations: {"actions": policy.actions(observations)},
        [policy.input],
        autograph=False,
    )
    with whole_directory(path, TFLITE_FILE, "an exported policy") as unfinished:
        # both converters report their progress, on Python's side and on C++'s
        with stderr_turned_away():
            tf.saved_model.save(exported, str(unfinished), signatures=serve)
            converter = tf.lite.TFLiteConverter.from_saved_model(str(unfinished))
            converter.target_spec.supported_ops = [
                tf.lite.OpsSet.TFLITE_BUILTINS,
                # what TFLite lacks it takes from TensorFlow; the usual layers need none of it
                tf.lite.OpsSet.SELECT_TF_OPS,
            ]
            model = converter.convert()
        (unfinished / TFLITE_FILE).write_bytes(model)
