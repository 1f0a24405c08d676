"""What the answers assert, question by question, and the numbers that they name."""

from pathlib import Path

from comparisons.questions.units import BOUNDS
from comparisons.study import Claim, fill

ANSWERS = sorted(Path(__file__).with_name("answers").glob("*.md"))
"""The templates of the answers; their names begin with the question's number."""


NUMBERS = {name: int(number) for number, _, name in (path.stem.partition("_") for path in ANSWERS)}
"""Question -> its number."""


def values(data: dict) -> dict:
    """The numbers of each question as "q1", the text of its answer as "answer_1"."""
    known = {"total": len(ANSWERS)}
    for path in ANSWERS:
        number, _, name = path.stem.partition("_")
        known[f"q{int(number)}"] = data[name]
        known[f"answer_{int(number)}"] = fill(path.read_text("utf-8"), data[name])
    return known


def is_near(value: float, expected: float, tolerance: float) -> bool:
    """Whether the value is within this share of what is expected."""
    return abs(value / expected - 1) < tolerance


CLAIMS = [
    Claim(
        "two tapes return the sum over the batch", lambda q1: is_near(q1["returned"], q1["n"], 0.01)
    ),
    Claim("SGD's step grows with the sum", lambda q1: is_near(q1["sgd"], q1["n"], 0.01)),
    Claim("Adam's first step hardly changes with it", lambda q1: is_near(q1["adam"], 1, 0.01)),
    Claim(
        "the smaller the gradient, the more of the sum shows under Adam",
        lambda q1: 2 < q1["adam_fresh"] < q1["adam_small"],
    ),
    Claim(
        "a second division shrinks SGD's step by N",
        lambda q2: is_near(q2["sgd"], 1 / q2["n"], 0.01),
    ),
    Claim(
        "it shrinks Adam's first step at the paper's initial weights",
        lambda q2: q2["adam_fresh"] < 0.9,
    ),
    Claim("it hardly changes Adam's step on larger gradients", lambda q2: q2["adam"] > 0.9),
    Claim(
        "the gradient divided twice is smaller than what epsilon amounts to",
        lambda q2: q2["rms_fresh_twice"] < q2["acting_epsilon"],
    ),
    Claim("the third argument is the Jacobian's factor", lambda q3: q3["from_jacobian"] < 1e-5),
    Claim(
        "the minus lowers the regret, a plus raises it",
        lambda q3: q3["minus"] < q3["start"] < q3["plus"],
    ),
    Claim("without the third argument nothing is learned", lambda q3: q3["missing"] > q3["start"]),
    Claim(
        "-mean(Q) has both factors of the chain rule",
        lambda q4: q4["from_product"] < 1e-6 and q4["from_differences"] < 1e-4,
    ),
    Claim("the actor's factor alone is another gradient", lambda q4: abs(q4["cosine"]) < 0.9),
    Claim(
        "the two symbolic forms differ by the sign and N",
        lambda q5: q5["cosine"] < -0.999 and is_near(q5["ratio"], q5["n"], 0.01),
    ),
    Claim("divided by a power of two they have the same bits", lambda q5: q5["other_bits"] == 0),
    Claim("divided by 100 they have not", lambda q5: 0 < q5["at_hundred"] < 1e-5),
    Claim("dQ/da at old actions leaves more than twice the regret", lambda q6: q6["ratio"] > 2),
    Claim("the first gradient would not reveal it", lambda q6: q6["cosine_old"] > 0.8),
    Claim("noise of mean zero averages out", lambda q6: q6["fresh"] < q6["old"] / 2),
    Claim("rows of Q do not depend on each other's actions", lambda q7: q7["rest"] == 0),
    Claim("dQ/da is the Jacobian's diagonal", lambda q7: q7["from_diagonal"] < 1e-6),
    Claim(
        "batch norm couples the rows, and little is left of their sum",
        lambda q7: q7["batch_norm_rest"] > 0.01 and q7["batch_norm_sum"] < 1e-4,
    ),
    Claim(
        "two tapes give N times the gradient, with the same bits after a division",
        lambda q8: is_near(q8["norm"], q8["n"], 0.01) and q8["other_bits"] == 0,
    ),
    Claim("a tensor that is not watched has no gradient", lambda q8: q8["unwatched"] == 0),
    Claim("our form needs fewer products", lambda q8: q8["products_ours"] < q8["products_thread"]),
    Claim(
        "only the tensor that Q was computed from has a gradient",
        lambda q9: (q9["first"], q9["second"], q9["on_tape"]) == (1, 0, 0),
    ),
    Claim("the second tensor has the same values", lambda q9: q9["difference"] == 0),
    Claim(
        "every piece of the old recipe fails eagerly",
        lambda q10: q10["failing"] == q10["pieces"] == 3,
    ),
    Claim(
        "in a graph of one's own, the updates have a tape's bits",
        lambda q10: q10["other_bits"] == 0 and q10["moved"] > 0,
    ),
    Claim("a graph drawn once is faster", lambda q10: q10["ratio"] > 1),
    Claim(
        "only without a variable list does the critic's step move the actor",
        lambda q11: q11["unlisted"] > q11["listed"] == 0,
    ),
    Claim("the actor's loss has a gradient at the critic", lambda q11: q11["left_behind"] > 0),
    Claim("it takes time to compute", lambda q11: q11["ratio"] > 1, in_quick_runs=False),
    Claim(
        "a scaled loss changes the way under SGD, hardly under Adam",
        lambda q12: (
            is_near(q12["scaled_sgd"], q12["factor"], 0.01) and is_near(q12["scaled_adam"], 1, 0.1)
        ),
    ),
    Claim(
        "a zeroed loss skips the step under SGD, not under Adam",
        lambda q12: q12["zeroed_sgd"] == 0 and q12["zeroed_adam"] > 0.1,
    ),
    Claim(
        "dQ/da is as many times as long as the critic has outputs",
        lambda q13: is_near(q13["ratio"], q13["outputs"], 0.15),
    ),
    Claim(
        "its direction is about as good",
        lambda q13: abs(q13["cosine_many"] - q13["cosine_one"]) < 0.05,
        in_quick_runs=False,
    ),
    Claim("our strategies refuse such a critic", lambda q13: q13["accepted"] == 0),
    Claim("without dQ/da the actor has no gradient", lambda q14: q14["ratio"] == 0),
    Claim("our strategies refuse a critic without the action", lambda q14: q14["accepted"] == 0),
    Claim(
        "the likelihood-ratio gradient with V(s) is the one through dQ/da",
        lambda q14: q14["cosine_with_value"] > 0.9,
    ),
    Claim("V(s) makes it less noisy", lambda q14: q14["error_ratio"] > 1),
    Claim("dt = 0.01 keeps the noise's final size", lambda q15: is_near(q15["stationary"], 1, 0.1)),
    Claim(
        "its memory outlasts an episode", lambda q15: q15["small_dt_memory"] > q15["episode_steps"]
    ),
    Claim("within an episode it is smaller", lambda q15: q15["small_dt_rms"] < q15["ou_rms"]),
    Claim("dt in place of its root divides it by ten", lambda q15: is_near(q15["shrunk"], 10, 0.1)),
    Claim("uniform numbers push one way", lambda q16: q16["mean"] > q16["std"] > 0),
    Claim("the push is that of theory", lambda q16: is_near(q16["mean"], q16["mean_theory"], 0.05)),
    Claim("they vary less than normal numbers", lambda q16: q16["ratio"] < 1),
    Claim(
        "without noise the actor still learns",
        lambda q17: q17["none"] < q17["start"] / 2,
        in_quick_runs=False,
    ),
    Claim(
        "it ends about as well as with noise",
        lambda q17: 0.8 < q17["ratio"] < 1.2,
        in_quick_runs=False,
    ),
    Claim(
        "the seeds of the two overlap",
        lambda q17: (
            q17["none_lowest"] < q17["noise_highest"] and q17["noise_lowest"] < q17["none_highest"]
        ),
        in_quick_runs=False,
    ),
    Claim(
        "a random warm-up in its place is worse",
        lambda q17: q17["warmup_ratio"] > 1,
        in_quick_runs=False,
    ),
    Claim("without its flag batch norm's moments never move", lambda q18: q18["moved"] == 0),
    Claim("gamma trains all the same", lambda q18: q18["gamma"] > 0),
    Claim(
        "the actor learns worse without the flag",
        lambda q18: q18["ratio"] > 1.1,
        in_quick_runs=False,
    ),
    Claim("a target without the moving moments is another function", lambda q19: q19["ratio"] > 2),
    Claim(
        "copied moments bring it no closer",
        lambda q19: q19["copied"] >= q19["blended"],
        in_quick_runs=False,
    ),
    Claim(
        "layer norm keeps weights alone, and a target needs them",
        lambda q19: q19["layer_statistics"] == 0 and q19["layer_ratio"] > 2,
    ),
    Claim(
        "moments are noisy, less so in the difference if the target is in training mode",
        lambda q19: q19["noise_training"] < q19["noise_inference"] / 2,
    ),
    Claim(
        "at 10 tanh has no slope in float32",
        lambda q20: q20["slope_at_5"] > q20["slope_at_10"] == 0,
    ),
    Claim(
        "with raw inputs most actions start at the bound, otherwise none",
        lambda q20: q20["raw_start"] > 0.5 > q20["normalised_start"] == q20["small_start"],
    ),
    Claim(
        "with raw inputs they come back, later than they went",
        lambda q20: 1 < q20["raw_updates"] < 5,
        in_quick_runs=False,
    ),
    Claim(
        "inverting gradients come back first",
        lambda q20: (
            q20["inverting_updates"]
            < min(q20["raw_updates"], q20["normalised_updates"], q20["small_updates"])
        ),
        in_quick_runs=False,
    ),
    Claim("a bootstrapped time limit gives the true value", lambda q21: q21["right_error"] < 1e-3),
    Claim("stored as terminal, it gives a lower one", lambda q21: q21["error"] < -0.05),
    Claim(
        "by as much as theory says", lambda q21: is_near(q21["wrong"], q21["wrong_theory"], 1e-3)
    ),
    Claim("the shorter the limit, the lower", lambda q21: q21["short"] < q21["wrong"]),
    Claim(
        "DQN's target is that of theory", lambda q22: is_near(q22["dqn"], q22["dqn_theory"], 0.02)
    ),
    Claim(
        "independent critics do not overestimate",
        lambda q22: max(abs(q22["double"]), abs(q22["separate"])) < 5 * q22["standard_error"],
    ),
    Claim("DDPG's target overestimates", lambda q22: q22["ddpg"] > 3 * q22["standard_error"]),
    Claim("TD3's underestimates", lambda q22: q22["td3"] < -3 * q22["standard_error"]),
    Claim(
        "on shared layers mean_q and get_updates are another gradient",
        lambda q23: min(q23["mean_q"], q23["get_updates"], q23["shared_layers"]) > 10,
    ),
    Claim("the other strategies agree there", lambda q23: q23["others"] < 1e-6),
    Claim("so do all on the actor's own layers", lambda q23: q23["own_layers"] < 1e-6),
    Claim(
        "the chain rule is nearer to the true gradient",
        lambda q23: q23["chain_rule_from_true"] < q23["mean_q_from_true"],
    ),
    Claim(
        "with a fitted critic it is near",
        lambda q23: q23["critic_error"] < 0.1 and q23["chain_rule_from_true"] < 10,
        in_quick_runs=False,
    ),
    Claim(
        "without a gradient from Q to the features, all six agree", lambda q23: q23["cut"] < 1e-6
    ),
    Claim("even the right step moves Q", lambda q23: q23["moved_q"] > 0),
    Claim("our strategies refuse such networks", lambda q23: q23["accepted"] == 0),
    Claim(
        "where the critic sees large or small bounds, the pendulum is not learned",
        lambda q24: max(q24["raw_thousand"], q24["raw_thousandth"]) < 2 * q24["ddpg_one"],
        in_quick_runs=False,
    ),
    Claim(
        "in half ranges bounds of 2 give the returns of bounds 1, to the last bit",
        lambda q24: q24["ddpg_other_at_two"] == q24["td3_other_at_two"] == 0,
    ),
    Claim(
        "in half ranges the pendulum is learned with all bounds, with DDPG and with TD3",
        lambda q24: (
            2 * min(q24[f"{kind}_{name}"] for kind in ("ddpg", "td3") for name in BOUNDS)
            > max(q24["raw_thousand"], q24["raw_thousandth"])
        ),
        in_quick_runs=False,
    ),
    Claim(
        "their means are no further apart than single trainings are",
        lambda q24: (
            q24["ddpg_spread"] < 2 * q24["ddpg_deviation"]
            and q24["td3_spread"] < 2 * q24["td3_deviation"]
        ),
        in_quick_runs=False,
    ),
    Claim(
        "the critic's first step moves a new agent's actor gradient",
        lambda q25: q25["fresh_lowest"] > 0.05,
    ),
    Claim(
        "a trained agent's moves less",
        lambda q25: q25["later"] < q25["fresh_lowest"],
        in_quick_runs=False,
    ),
    Claim(
        "both orders end at the same return",
        lambda q25: abs(q25["together"] - q25["critic_first"]) < 30,
        in_quick_runs=False,
    ),
    Claim(
        "to a plain critic the flag means nothing, to the bit",
        lambda q26: q26["plain_other_bits"] == 0,
    ),
    Claim(
        "batch norm before the output leaves nothing of the actor's gradient",
        lambda q26: q26["last_norm"] < 1e-5,
    ),
    Claim(
        "in training mode its actor learns nothing, in inference mode it learns",
        lambda q26: q26["last_inference"] < q26["start"] / 4 < q26["last_training"] / 3,
        in_quick_runs=False,
    ),
    Claim(
        "batch norm before the activation leaves little, in another direction",
        lambda q26: q26["before_norm"] < 0.5 and q26["before_cosine"] < 0.7,
        in_quick_runs=False,
    ),
    Claim(
        "nor does its actor learn then",
        lambda q26: q26["before_inference"] < q26["start"] / 4 < q26["before_training"] / 3,
        in_quick_runs=False,
    ),
    Claim(
        "dropout makes the gradient noisy and changes little",
        lambda q26: (
            0.9 < q26["dropout_cosine"] < 1
            and is_near(q26["dropout_training"], q26["dropout_inference"], 0.2)
        ),
        in_quick_runs=False,
    ),
    Claim("a call in training mode moves the moments", lambda q26: q26["last_moved"] > 0),
    Claim(
        "with Keras's defaults the first update is much shorter than PyTorch's",
        lambda q27: q27["default_length"] < 0.5 and q27["default_first"] > 0.3,
    ),
    Claim(
        "PyTorch's number at Keras's place does not make it agree",
        lambda q27: q27["same_number_first"] > 0.3 and q27["same_number_last"] > 0.1,
    ),
    Claim(
        "a scaled number agrees in the first update alone",
        lambda q27: q27["scaled_first"] < 1e-5 and q27["scaled_last"] > 0.01,
    ),
    Claim(
        "at PyTorch's place every update agrees to 1e-5",
        lambda q27: max(q27["same_place_first"], q27["same_place_last"]) < 1e-5,
    ),
    Claim(
        "what is left is float32's 1 - beta_2",
        lambda q27: is_near(q27["same_place_first"], q27["rounding"], 0.1),
    ),
    Claim(
        "the default noise never reaches the flag, nor does that of Baselines",
        lambda q28: q28["default_reached"] == q28["baselines_reached"] == 0,
    ),
    Claim(
        "white noise as large as OU noise reaches it in few episodes, OU noise in most",
        lambda q28: 0 < q28["as_large_reached"] < 0.05 and q28["ou_reached"] > 0.7,
        in_quick_runs=False,
    ),
    Claim(
        "with a small dt it seldom does",
        lambda q28: 0.02 < q28["ou_small_dt_reached"] < q28["ou_reached"] / 4,
    ),
    Claim(
        "with the default noise every seed learns to do nothing",
        lambda q28: -1 < q28["default_lowest"] <= q28["default_highest"] <= 0,
        in_quick_runs=False,
    ),
    Claim(
        "with OU noise every seed learns to reach the flag",
        lambda q28: q28["ou_lowest"] > 60,
        in_quick_runs=False,
    ),
    Claim("targets that learn move farther", lambda q29: q29["farther"] > 2),
    Claim(
        "with them learning is slower",
        lambda q29: q29["ratio"] > 1.5,
        in_quick_runs=False,
    ),
    Claim(
        "their error is smaller all the same, and Q farther from what it will be",
        lambda q29: (
            q29["learning_loss"] < q29["usual_loss"] and q29["usual_q"] < q29["learning_q"] < 0
        ),
        in_quick_runs=False,
    ),
    Claim("the bare actor acts otherwise", lambda q30: q30["difference"] > 0.1),
    Claim(
        "and is worth less",
        lambda q30: q30["bare_return"] < 1.5 * q30["policy_return"],
        in_quick_runs=False,
    ),
    Claim(
        "Keras's penalty and ours pull twice as hard as TensorFlow 1's and PyTorch's",
        lambda q31: (
            q31["keras_over_tf1"] == q31["ours_over_tf1"] == 2
            and is_near(q31["pytorch_over_tf1"], 1, 1e-6)
        ),
    ),
    Claim(
        "half of the number makes the two the same, to the bit",
        lambda q31: q31["half_from_tf1"] == 0,
    ),
    Claim(
        "the larger the penalty, the smaller the weights",
        lambda q31: q31["whole_weights"] < q31["half_weights"] < q31["none_weights"],
    ),
    Claim(
        "the larger the error of Q and the shorter dQ/da",
        lambda q31: (
            q31["none_q_error"] < q31["half_q_error"] < q31["whole_q_error"]
            and q31["none_dq_da"] > q31["half_dq_da"] > q31["whole_dq_da"]
        ),
        in_quick_runs=False,
    ),
]
