"""Exact copies of networks."""

import keras

from ddpg_tf.strategies.tensors import telling_line


def clone(model: keras.Model) -> keras.Model:
    """Another model with the same layers and the same weights, to the bit.

    Raises TypeError if Keras cannot clone it.
    """
    try:
        twin = keras.models.clone_model(model)
        if not twin.built:
            twin.build(model.input_shape)
        twin.set_weights(model.get_weights())
    except Exception as error:
        raise TypeError(
            f"{model.name!r} cannot be copied for the target network ({telling_line(error)}); "
            "build it with keras.Sequential or keras.Model(inputs, outputs), or give it a "
            "get_config"
        ) from error
    return twin
