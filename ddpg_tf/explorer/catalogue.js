// Written by `python -m ddpg_tf.explorer.catalogue` from ddpg_tf/diagnosis/mistakes.

export const CATALOGUE = {
  "wrong_sign": {
    "explanation": "The gradient points uphill where an optimiser walks downhill: it makes Q smaller.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))",
    "hint": "An optimiser subtracts what it is given. Which way should Q go?"
  },
  "sum_for_mean": {
    "explanation": "The sum over the batch is not divided by its size N, so the step grows with the batch.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Double the batch by repeating every sample. What should happen to the gradient?"
  },
  "mean_twice": {
    "explanation": "The batch is averaged twice: the gradient is too small by a factor of N.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Find every place where the batch size enters, written out or inside a mean."
  },
  "half_forgotten": {
    "explanation": "Regression towards a + dQ/da without the factor 1/2, or averaged over the action components: the derivative of a square brings a 2.",
    "equation": "loss(theta) = 1/N sum_i 1/2 || (a_i + dQ/da_i) - mu(s_i; theta) ||^2",
    "hint": "Differentiate your loss by hand for one sample with two action components."
  },
  "hard_coded_batch_size": {
    "explanation": "The sum is divided by a constant, not by the size of the batch.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Call your function with batches of different sizes. Where does it learn the size?"
  },
  "q_normalized": {
    "explanation": "The loss is divided by the batch's mean |Q|: a different factor for every batch.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))",
    "hint": "Multiply all rewards by ten. What happens to Q, and what to your gradient?"
  },
  "q_squared": {
    "explanation": "Q is squared, as if it were an error: each sample is weighted by its own Q.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))",
    "hint": "Which quantity should the actor make large, and which is an error to be made small?"
  },
  "replayed_action": {
    "explanation": "dQ/da is taken at the action in the replay buffer, not at what the actor would do now.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Read what comes after the bar in the equation. Which action is that?"
  },
  "action_not_watched": {
    "explanation": "The tape was not told to watch the action, so dQ/da is None; `output_gradients=None` then means ones, and the critic has no say at all.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Print dQ/da. A tape watches variables by itself; is an action a variable?"
  },
  "second_forward_pass": {
    "explanation": "All gradients are None: the action that the critic saw is not the one that the tape followed from the weights. A second or earlier call of the actor made it, or it was detached.",
    "equation": "dQ/dtheta = dQ/da * da/dtheta,  one and the same tensor a in both factors",
    "hint": "Follow the tensor from the weights to the loss. Where does the tape lose sight of it?"
  },
  "stop_gradient_misplaced": {
    "explanation": "The wrong factor is held constant: the gradient flows through dQ/da, not the action.",
    "equation": "surrogate(theta) = -1/N sum_i < dQ/da_i , mu(s_i; theta) >,  dQ/da held constant",
    "hint": "Of the two factors in the surrogate, which one should the tape see as a constant?"
  },
  "stop_gradient_forgotten": {
    "explanation": "dQ/da depends on the actor's weights too, and is not held constant: the product rule adds a second term.",
    "equation": "surrogate(theta) = -1/N sum_i < dQ/da_i , mu(s_i; theta) >,  dQ/da held constant",
    "hint": "Write down the product rule for your loss. One of its two terms should not be there."
  },
  "averaged_before_chain_rule": {
    "explanation": "dQ/da is averaged over the batch before it meets da/dtheta: a product of means.",
    "equation": "mean_i(x_i * y_i)  is not  mean_i(x_i) * mean_i(y_i)",
    "hint": "Take two samples that want opposite changes. Where do they cancel?"
  },
  "shifted_pairs": {
    "explanation": "dQ/da of one sample is multiplied by da/dtheta of another.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Both factors carry the index i. Is every row still in its place when they meet?"
  },
  "q_for_its_slope": {
    "explanation": "Q itself stands where its derivative with respect to the action should be.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Add 1000 to every Q. Should the gradient change?"
  },
  "action_gradient_squashed": {
    "explanation": "dQ/da goes through a squashing function, such as tanh, on its way to the actor.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Multiply the critic's output by ten. What should happen to dQ/da, and what does?"
  },
  "pre_tanh": {
    "explanation": "The chain stops at the value before tanh: the factor 1 - tanh^2 is missing.",
    "equation": "da/dtheta = scale * (1 - tanh(z)^2) * dz/dtheta",
    "hint": "What does the actor do after its last dense layer? Each of these steps has a slope."
  },
  "missing_action_scale": {
    "explanation": "The stretch from tanh's (-1, 1) to the action bounds is left out.",
    "equation": "a = middle + scale * tanh(z),  so  da/dtheta = scale * dtanh(z)/dtheta",
    "hint": "Try bounds that are not -1 and 1. In which units does the critic expect the action?"
  },
  "scaled_twice": {
    "explanation": "The actor's action, which is in the environment's units already, is multiplied by the bound once more.",
    "equation": "Q(s, mu(s)),  mu(s) in the environment's units",
    "hint": "Print the largest action that the critic sees. Can the environment take it?"
  },
  "actions_clipped": {
    "explanation": "The actions are clipped to -1 and 1 on the way to the critic: beyond that, no gradient flows.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "What are the bounds of this actor's actions, and what is a clipped value's slope?"
  },
  "critic_other_observations": {
    "explanation": "The critic judges the actions against other observations than the actor saw.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Both networks read s_i. Do they get the same tensor, in the same order?"
  },
  "fitted_to_q": {
    "explanation": "The actor's output is fitted to Q: a value is taken for the action that is wanted.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta)),  in which no action is a target",
    "hint": "What are the units of Q, and what are those of an action? What is their difference?"
  },
  "fitted_to_action_gradient": {
    "explanation": "The actor's output is fitted to dQ/da: the direction in which an action should move is taken for the action itself.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta)),  in which no action is a target",
    "hint": "At the best action dQ/da is zero. Which action would your loss then ask for?"
  },
  "updates_never_run": {
    "explanation": "The actor's weights have not changed: the update was built, but nothing ran it.",
    "equation": "theta <- theta - rate * dloss/dtheta",
    "hint": "Print one weight before and after. Which of your lines should have changed it?"
  },
  "step_taken_twice": {
    "explanation": "The optimiser takes two steps where one was asked for.",
    "equation": "theta <- theta - rate * dloss/dtheta",
    "hint": "Read `optimizer.iterations` before and after your update."
  },
  "gradient_clipped": {
    "explanation": "The gradient is clipped: beyond some size, it is no longer the gradient of -mean Q.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Scale the critic up a thousand times. Does your gradient follow?"
  },
  "action_gradient_clipped": {
    "explanation": "dQ/da is clipped where no clipping was asked for: by value, or each sample's by norm.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Scale the critic up a thousand times. Does dQ/da follow?"
  },
  "action_gradient_normalized": {
    "explanation": "dQ/da is normalised: by the batch's norm or spread, by each sample's norm, or to its sign. How steep Q is no longer counts.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Multiply the critic's output by ten. What should happen to dQ/da?"
  },
  "weight_decay": {
    "explanation": "A multiple of the weights is added: L2 decay, which DDPG's paper uses for the critic only.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))",
    "hint": "Compare a gradient with its weight. Set Q to a constant: what is left?"
  },
  "action_penalty": {
    "explanation": "The loss also punishes large actions: a term that is not in the policy gradient.",
    "equation": "loss(theta) = -1/N sum_i Q(s_i, mu(s_i; theta))",
    "hint": "Set Q to a constant. Which gradient is left, and from which term?"
  },
  "noise_in_the_update": {
    "explanation": "The same call gives another gradient each time: there is randomness in the update, most often exploration noise on the action, or something is kept from one call to the next, such as a running average.",
    "equation": "dJ/dtheta = 1/N sum_i  dQ(s_i, a)/da |a=mu(s_i)  *  dmu(s_i)/dtheta",
    "hint": "Call your function twice with the same arguments. What in it is random, or remembered?"
  }
};
