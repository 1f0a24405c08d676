"""`ddpg-tf explore`: the page in which the gradient can be seen and dragged."""

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ddpg_tf.explorer.server import HOST, page_files, server_at


@dataclass
class Explore:
    """Open the explorer in the browser: three ways to write the gradient, computed in a page.

    Given a run's directory, it also shows how the run's policy was learned: mu and Q over two
    observations, from one evaluation to the next.

    Example:  ddpg-tf explore runs/Pendulum-v1/ddpg-mean_q-s0
    """

    run_dir: Annotated[Path | None, tyro.conf.Positional] = None
    """Directory of a run on an environment with one to four observations; none for the page
    alone."""
    observations: tuple[int, int] | None = None
    """The two observations to draw over, counted from 0; by default the first two, or an angle
    where a sine and a cosine are observed."""
    env_id: str | None = None
    """Environment to visit instead of the run's own; needed if that came from a function:
    module:name."""
    port: int = 8123
    """Port on this computer; 0 for any that is free."""
    no_browser: bool = False
    """Only print the address."""

    def run(self) -> int:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"--port must be from 0 to 65535; got {self.port}")
        if self.observations is not None and self.run_dir is None:
            raise ValueError("--observations chooses among those of a run; give its directory too")
        answers = page_files()
        # before the grids, which take a while
        server = server_at(self.port, answers)
        with server:
            query = ""
            if self.run_dir is not None:
                from ddpg_tf.explorer.grids import run_as_json

                answers["/run.json"] = (
                    "application/json",
                    run_as_json(self.run_dir, self.observations, self.env_id),
                )
                query = "?run"
            address = f"http://{HOST}:{server.server_port}/{query}"
            print(f"{address}  (Ctrl-C to end)", flush=True)
            if not self.no_browser:
                webbrowser.open(address)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                print()
        return 0
