"""`python -m ddpg_tf.cli`."""

import sys

from ddpg_tf.cli.main import main

sys.exit(main())
