"""Exact copies of networks."""

import keras


def copy_of(model) -> keras.Model:
    """Return another model with the same layers and the same weights, to the bit.

    Raises TypeError if Keras cannot clone it.
    """
    try:
        clone = keras.models.clone_model(model)
        if not clone.built:
            clone.build(model.input_shape)
        clone.set_weights(model.get_weights())
    except Exception as error:
        raise TypeError(
            f"{model.name!r} cannot be copied for the target network ({first_line(error)}); build "
            "it with keras.Sequential or keras.Model(inputs, outputs), or give it a get_config"
        ) from error
    return clone


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
