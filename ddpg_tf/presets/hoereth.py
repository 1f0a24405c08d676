"""Hoereth's DDPG: sampling, noise and learning in one graph."""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.preset import Fact, Preset

HOERETH = Preset(
    source="Alexander Hoereth 2017, [ahoereth/ddpg](https://github.com/ahoereth/ddpg), "
    "TensorFlow 1, everything in one graph: the settings of its script",
    version="commit dca7a16; `src/lib/model.py` at 09ba717, `src/lib/agent.py` at 043e36e, "
    "`src/lib/trainer.py` at 151ece3, the notebook `exploration/Lander.ipynb` at 981677d; the "
    "slides are `slides/40_DDPG.md`",
    config=DDPGConfig(
        env_id="LunarLanderContinuous-v3",
        strategy="output_gradients",
        total_steps=500_000,
        warmup_steps=10_000,
        eval_every=20_000,
        hidden_sizes=(100, 50),
        action_layer=1,
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
        adam_epsilon=1e-8,
        critic_l2=5e-3,
        critic_l2_biases=True,
        tau=1e-3,
        exploration="ou",
        noise_sigma=0.2,
        noise_sigma_final=0.0,
        noise_anneal_steps=490_000,
    ),
    facts=(
        Fact("`tf.gradients(actions, theta, -dq_da)`.", "src/ddpg.py:226-230"),
        Fact("LunarLanderContinuous.", "run.py:5"),
        Fact(
            "Hidden layers of 100 and 50 (400 and 300 in the slides), the action in the critic's "
            "second.",
            "src/ddpg.py:36-37, 163-168, 183-187; the slides",
        ),
        Fact("Adam with 1e-4 (actor) and 1e-3 (critic).", "run.py:25-26; src/ddpg.py:217, 239"),
        Fact(
            "L2 of 1e-2 on the critic, biases too, times half of the sum of squares (TensorFlow "
            "1's `l2_regularizer`): `critic_l2` 5e-3 here.",
            "run.py:19-21; src/ddpg.py:142, 151-152, 215-216",
        ),
        Fact(
            "gamma 0.99, tau 1e-3, batches of 64, a replay buffer of 1e6.", "run.py:11, 18, 24, 27"
        ),
        Fact(
            "Ornstein-Uhlenbeck noise with theta 0.15, sigma 0.2 and one unit of time a step; its "
            "factor epsilon falls linearly to 0.",
            "src/ddpg.py:34-35, 86-93, 261-274",
        ),
    ),
    defects=(
        Fact(
            "The gradient is the sum over the batch. Here it is the mean. (A to-do beside it "
            "wants to investigate another way: Q differentiated by the weights, divided by N.)",
            "src/ddpg.py:230-236",
        ),
        Fact(
            "The critic's optimiser has no list of variables, so that it trains both target "
            "networks too, through the targets of its loss. Here nothing but soft updates moves "
            "them.",
            "src/ddpg.py:212-219",
        ),
        Fact(
            "A hard copy is drawn and never run, so that the targets start as other random "
            "networks. Here they start as copies. (The notebook runs it.)",
            "src/ddpg.py:121-125; src/lib/model.py:67-70",
        ),
        Fact(
            "Both optimisers count the step that epsilon falls with, so that it reaches 0 after "
            "50,000 updates, not after its 100,000. Here it falls over the training.",
            "src/ddpg.py:72, 86-87, 219, 240-241; src/lib/model.py:26",
        ),
        Fact(
            "The noise continues from one episode into the next. Here it starts again from zero.",
            "src/ddpg.py:273-274",
        ),
    ),
    departures=(
        Fact(
            "LunarLanderContinuous-v3, 500,000 steps, the first 10,000 random. Published: a "
            "million updates, one for each step after 10,000 steps that are not random.",
            "run.py:12-13, 28; src/lib/agent.py:37-41; src/lib/trainer.py:34-36",
        ),
        Fact(
            "No batch norm. There the critic has it on the observations and after its first "
            "hidden layer; the slides say of the notebook that it did not help.",
            "run.py:22-23; src/ddpg.py:160-166; the slides",
        ),
        Fact(
            "No threads: one process samples and learns in turns, so that a run can be repeated to "
            "the bit. There two threads run the same update, whose critic, actor and targets "
            "nothing orders.",
            "run.py:15-17; src/ddpg.py:112-119",
        ),
        Fact(
            "The notebook of the same repository has other settings: SELU, batches of 100, sigma "
            "0.4, no batch norm, an L2 that its loss leaves out, and an epsilon that falls by a "
            "thousandth an episode to 0.1.",
            "exploration/Lander.ipynb: make_critic, train_critic, make_noise, Agent, DDPG",
        ),
    ),
    common_departures="ABCD",
)
