"""The systems that people learned DDPG from, as configs.

Read `preset.py` first: what a preset holds, and the departures that several share. Then each
system is a file of its own; `print(PRESETS["lau"])` shows where its settings stand in the source.
What each of them reaches: `python -m comparisons presets`.
"""

from ddpg_tf.config import DDPGConfig
from ddpg_tf.presets.baselines import BASELINES
from ddpg_tf.presets.emami import EMAMI
from ddpg_tf.presets.fujimoto import FUJIMOTO
from ddpg_tf.presets.hoereth import HOERETH
from ddpg_tf.presets.keras_rl import KERAS_RL
from ddpg_tf.presets.lau import LAU
from ddpg_tf.presets.lillicrap import LILLICRAP
from ddpg_tf.presets.preset import COMMON_DEPARTURES, Fact, Preset
from ddpg_tf.presets.skylark import SKYLARK
from ddpg_tf.presets.skylark_td3 import SKYLARK_TD3
from ddpg_tf.presets.spinningup import SPINNINGUP
from ddpg_tf.presets.yoon import YOON

PRESETS: dict[str, Preset] = {
    "lillicrap": LILLICRAP,
    "emami": EMAMI,
    "lau": LAU,
    "yoon": YOON,
    "keras_rl": KERAS_RL,
    "hoereth": HOERETH,
    "baselines": BASELINES,
    "skylark": SKYLARK,
    "skylark_td3": SKYLARK_TD3,
    "fujimoto": FUJIMOTO,
    "spinningup": SPINNINGUP,
}
"""Name -> preset, the paper first."""


def get_preset(name: str) -> DDPGConfig:
    """The config of the preset called `name`.

    Raises ValueError, listing the known ones, if there is none of that name.
    """
    if name not in PRESETS:
        raise ValueError(f"unknown preset {name!r}; the known ones are: {', '.join(PRESETS)}")
    return PRESETS[name].config


__all__ = ["COMMON_DEPARTURES", "PRESETS", "Fact", "Preset", "get_preset"]
