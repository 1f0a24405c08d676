"""What to do about code that cannot run: plain advice, found from the exception.

This runs in the student's process, where the whole exception is at hand: its message before it is
cut, and the files that it came through. What goes to the judge is the advice's name; the words are
looked up there.
"""

import sys
import traceback

from ddpg_tf.diagnosis.trouble import Advice, Trouble, says


def in_two_kerases(trouble: Trouble) -> bool:
    """Whether Keras 2 (`tf_keras`) had a hand in it; networks and optimizer here are Keras 3's."""
    return "tf_keras" in trouble.text or any("tf_keras" in file for file in trouble.files)


EAGER = Advice(
    "eager_switched_off",
    lambda _: False,
    "The file switches eager execution off (`disable_eager_execution`, `disable_v2_behavior`), so "
    "nothing has a value any more. Take that line out: a GradientTape needs eager execution or a "
    "tf.function.",
)
"""Given by whoever finds eager execution switched off: no exception says so."""

ADVICE = (
    EAGER,
    Advice(
        "predict_in_the_tape",
        says(r"'(numpy\.\w+|float)' object has no attribute '_id'"),
        "The tape was asked for the gradient of a NumPy array. `predict` (and `.numpy()`) returns "
        "NumPy, which no tape sees: call the network itself, actor(observations).",
    ),
    Advice(
        "watched_a_keras_variable",
        says(r"Passed in object .*not tf\.Tensor or tf\.Variable"),
        "`tape.watch` needs TensorFlow's variable, and Keras 3's is wrapped around it: "
        "tape.watch(variable.value). A tape watches trainable variables by itself, so usually the "
        "line is not needed at all.",
    ),
    Advice(
        "keras_2_method",
        says(r"has no attribute '(get_updates|get_gradients|compute_gradients|total_loss)'"),
        "That is Keras 2's way, and Keras 3 has no such method: take the gradient with a "
        "GradientTape and hand it to optimizer.apply_gradients(zip(gradients, weights)). "
        "(`ddpg_tf.strategies.keras2` rebuilds get_updates.)",
    ),
    Advice(
        "no_minimize",
        says(r"has no attribute 'minimize'"),
        "Keras 3's optimizers have no `minimize`: take the gradient with a GradientTape and hand "
        "it to optimizer.apply_gradients(zip(gradients, weights)).",
    ),
    Advice(
        "two_kerases",
        in_two_kerases,
        "Two versions of Keras meet: `tf_keras` is Keras 2, and the networks and the optimizer "
        "here are Keras 3's. Import keras (or tensorflow.keras) everywhere, and do not set "
        "TF_USE_LEGACY_KERAS.",
    ),
    Advice(
        "tensorflow_1",
        says(
            r"module '[\w.]+' has no attribute '(Session|placeholder|get_default_session|"
            r"global_variables_initializer|contrib|gradients|function|train|layers|variable_scope|"
            r"get_session)'|(tf\.gradients|eval) is not supported when eager|tf\.placeholder\(\)"
            r" is not compatible|Session graph is empty|graph mode|capture an EagerTensor without"
        ),
        "That is TensorFlow 1's way: symbols, placeholders and a session. TensorFlow 2 computes at "
        "once; the gradient of what was computed inside `with tf.GradientTape() as tape:` is "
        "tape.gradient(loss, actor.trainable_variables).",
    ),
    Advice(
        "pytorch",
        says(
            r"has no attribute '(backward|detach|parameters|forward|zero_grad|unsqueeze|size|train|"
            r"eval|step|state_dict|requires_grad)'|torch\.|must be Tensor, not"
            r"|name '(torch|nn|F)' is not defined|mix tensors and non-tensors.*\btensor\(",
            *("AttributeError", "TypeError", "NameError", "ValueError"),
        ),
        "That is PyTorch's way. The networks and tensors here are Keras's and TensorFlow's.",
    ),
    Advice(
        "methods_of_tensors",
        says(r"Tensor' object has no attribute", "AttributeError"),
        "TensorFlow's tensors lack most methods of NumPy's arrays and PyTorch's tensors: write "
        "tf.reduce_mean(q) for q.mean(), tf.reshape(q, [-1]) for q.flatten().",
    ),
    Advice(
        "arrays_and_tensors",
        says(r"cannot mix tensors and non-tensors"),
        "A network was given a tensor and a NumPy array in one call: make both tensors, with "
        "tf.convert_to_tensor.",
    ),
    Advice(
        "tape_used_up",
        says(r"non-persistent GradientTape can only be used"),
        "A tape answers only once. For dQ/da and what follows from it, use two tapes or "
        "tf.GradientTape(persistent=True).",
    ),
    Advice(
        "other_optimizer",
        says(r"^Unknown variable|cannot be called with an unknown trainable variable"),
        "An optimizer takes the weights that it was first given, and no others: hand it all of "
        "them at once, or call optimizer.build(actor.trainable_variables) first. And use the one "
        "that `candidate(actor, critic, optimizer, observations)` is given, not one kept outside.",
    ),
    Advice(
        "called_with_two_inputs",
        says(
            r"expects 2 .*input.*received [13] input|missing a required argument: 'inputs'"
            r"|multiple values for argument 'training'"
        ),
        "The critic is called as critic([observations, actions]): one list of the two, neither "
        "critic(observations, actions) nor one concatenated tensor.",
    ),
    Advice(
        "critic_predicts_two_inputs",
        lambda trouble: (
            "truth value of an array" in trouble.text
            and any("trainer" in file or "keras" in file for file in trouble.files)
        ),
        "`predict` takes one list, too: critic([observations, actions]). But it returns NumPy, "
        "which no tape sees: call the network itself.",
    ),
    Advice(
        "inputs_by_name",
        says(r"Missing data for input|You passed a data dictionary"),
        "The critic's inputs have no names that you could know: call it with a list, "
        "critic([observations, actions]).",
    ),
    Advice(
        "actor_with_two_inputs",
        says(r"expects 1 .*input.*received \d+ input"),
        "The actor takes one tensor, the observations: actor(observations).",
    ),
    Advice(
        "wrong_shapes",
        says(r"is incompatible with the layer|Invalid input shape for input"),
        "A network was given a tensor of the wrong shape. The actor takes observations "
        "[B, obs_dim], the critic [observations, actions], in that order; sizes differ from case "
        "to case, so none can be hard-coded. Print the shapes.",
    ),
    Advice(
        "not_compiled",
        says(r"must call `?compile\(\)`?"),
        "The networks are not compiled, so they have no `fit` and no `train_on_batch`: take the "
        "gradient with a GradientTape.",
    ),
    Advice(
        "no_gradients",
        says(r"No gradients provided for any variable"),
        "All gradients are None: the tape followed no path from the actor's weights to the loss. "
        "Did the critic see the very tensor that the actor made inside the tape?",
    ),
    Advice(
        "none_used",
        says(r"NoneType"),
        "Something was None when it was used. If it is a gradient, print dQ/da: did the tape watch "
        "the action, and did the critic see that very tensor?",
    ),
    Advice(
        "no_module_gym",
        says(r"No module named '?gym\b(?!nasium)"),
        "`gym` is not installed here; its successor is `gymnasium`. To be diagnosed, the function "
        "needs neither: move it to a file that imports only what it uses.",
    ),
    Advice(
        "no_module",
        says(r"No module named|cannot import name", "ModuleNotFoundError", "ImportError"),
        "That module is not installed here, or is not beside the file. Install it, or move "
        "the function to a file that imports only what it uses.",
    ),
    Advice(
        "exits",
        lambda trouble: trouble.kind == "SystemExit",
        "The code calls sys.exit, or parses a command line that it does not get. Put all but the "
        'definitions under `if __name__ == "__main__":`.',
    ),
    Advice(
        "needs_an_object",
        says(r"needs an object", "TypeError"),
        "It is a method, called without an object. Name it as FILE.py:CLASS.METHOD if its class "
        "can be made without arguments and the method takes the networks; else write a function "
        "candidate(actor, critic, observations) that makes an object, sets its networks "
        "(`agent.actor, agent.critic = actor, critic`) and calls the method.",
    ),
    Advice(
        "other_signature",
        says(r"^the signature is", "TypeError"),
        "Only these can be handed over: the networks, under the names actor, critic, target_actor, "
        "target_critic, twin_critic; an optimizer, observations and replayed actions. Anything "
        "else that the function needs must have a default.",
    ),
    Advice(
        "object_needs_arguments",
        says(r"__init__\(\) missing \d+ required", "TypeError"),
        "An object could not be made without arguments. Write a function candidate(actor, critic, "
        "observations) that makes one, sets its networks and calls the method.",
    ),
    Advice(
        "no_display",
        says(r"DISPLAY|no display|Unable to open.*display"),
        'There is no screen here. Put what draws under `if __name__ == "__main__":`.',
    ),
    Advice(
        "not_a_notebook",
        says(r"holds no notebook|is an old notebook|has no code cells", "ValueError"),
        "Open it in Jupyter and save it again, in the current format (nbformat 4), or hand over a "
        ".py file.",
    ),
    Advice(
        "writes_elsewhere",
        says(r"a submission may not", "PermissionError"),
        "Under the diagnosis, code may write only beside itself, and may start or end no process.",
    ),
    Advice(
        "out_of_memory",
        lambda trouble: trouble.kind in ("MemoryError", "ResourceExhaustedError"),
        "The code used more memory than it may (`--memory-limit`). Does it make a large replay "
        'buffer while it is loaded? Put that under `if __name__ == "__main__":`.',
    ),
)
"""The first that fits is given."""

TEXTS = {advice.name: advice.text for advice in ADVICE}


def advice_on(error: BaseException) -> str:
    """The name of the advice on an exception; nothing if there is none."""
    trouble = Trouble(
        type(error).__name__,
        " ".join(str(error).split()),
        tuple(frame.filename for frame in traceback.extract_tb(error.__traceback__)),
    )
    found = next((advice.name for advice in ADVICE if advice.fits(trouble)), "")
    # Keras 2 often fails far from where it met Keras 3
    if found in ("", "none_used") and "tf_keras" in sys.modules:
        return "two_kerases"
    return found
