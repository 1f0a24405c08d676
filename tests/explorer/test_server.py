"""The explorer's server and its command: what is served, and to whom; a user's mistakes."""

import json
import shutil
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from http.client import HTTPConnection

import numpy as np
import pytest

from ddpg_tf import DDPG, DDPGConfig, train
from ddpg_tf.cli.main import main
from ddpg_tf.explorer import grids
from ddpg_tf.explorer.server import HOST, PAGE, page_files, server_at

MOST_BYTES = 300_000


@contextmanager
def served(answers):
    server = server_at(0, answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def answer(port, path, method="GET", host=None):
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"{HOST}:{port}")
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.getheader("Content-Type"), response.read()


def test_the_page_is_small_and_asks_nobody_else():
    files = page_files()
    assert sum(len(content) for path, (_, content) in files.items() if path != "/") < MOST_BYTES
    for path, (_, content) in files.items():
        addresses = {word for word in content.decode().split('"') if "://" in word}
        assert addresses <= {"http://www.w3.org/2000/svg"}, path


def test_every_module_that_is_imported_is_served():
    files = page_files()
    for path, (_, content) in files.items():
        for word in content.decode().split('"'):
            if word.startswith(("./", "../")) and word.endswith(".js"):
                assert (
                    "/"
                    + (PAGE / path[1:]).parent.joinpath(word).resolve().relative_to(PAGE).as_posix()
                    in files
                ), (path, word)


def test_it_serves_the_pages_files_and_nothing_else():
    with served(page_files()) as port:
        status, kind, content = answer(port, "/")
        assert (status, kind) == (200, "text/html; charset=utf-8")
        assert content == (PAGE / "index.html").read_bytes()
        assert answer(port, "/app.js?x=1")[:2] == (200, "text/javascript; charset=utf-8")
        assert answer(port, "/style.css", "HEAD")[::2] == (200, b"")
        for path in (
            "/server.py",
            "/../server.py",
            "/%2e%2e/server.py",
            "/etc/passwd",
            "/views",
        ):
            assert answer(port, path)[0] == 404, path
        assert answer(port, "/", "POST")[0] == 501
        assert answer(port, "/", host="example.org:80")[0] == 403
        assert answer(port, "/", host=f"localhost:{port}")[0] == 200


def test_a_port_in_use_is_one_line(capsys):
    with served({}) as port:
        assert main(["explore", "--no-browser", "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(port) in said


@pytest.mark.parametrize(
    "arguments", (["--port", "70000"], ["nowhere"], ["--observations", "0", "1"])
)
def test_mistakes_end_in_one_line(arguments, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert (
        main(
            [
                "explore",
                "--no-browser",
                *(["--port", "0"] if "--port" not in arguments else []),
                *arguments,
            ]
        )
        == 2
    )
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_serves_until_it_is_interrupted():
    command = [sys.executable, "-m", "ddpg_tf.cli", "explore", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().split()[0]
        with urllib.request.urlopen(address, timeout=10) as response:
            assert response.read() == (PAGE / "index.html").read_bytes()
    finally:
        process.send_signal(2)
        assert process.wait(timeout=30) == 0


def test_a_wheel_has_the_page(tmp_path):
    """setuptools' own list of what goes into one."""
    program = "import setuptools; setuptools.setup()"
    command = [sys.executable, "-c", program, "-q", "build_py", "--build-lib", str(tmp_path)]
    root = PAGE.parent.parent
    egg = ["egg_info", "--egg-base", str(tmp_path)]
    subprocess.run([*command[:4], *egg, *command[4:]], cwd=root, check=True, capture_output=True)
    built = tmp_path / "ddpg_tf" / "explorer"
    wanted = [
        path.relative_to(PAGE)
        for path in PAGE.rglob("*")
        if path.suffix in (".html", ".css", ".js", ".json")
    ]
    assert len(wanted) > 20
    for path in wanted:
        assert (built / path).read_bytes() == (PAGE / path).read_bytes()


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explored") / "run"
    config = DDPGConfig(
        total_steps=120, warmup_steps=60, hidden_sizes=(8,), eval_every=60, eval_episodes=1
    )
    train(config, run_dir=folder)
    return folder


@pytest.fixture(scope="module")
def shown(run_dir):
    return json.loads(grids.run_as_json(run_dir))


def test_a_run_is_shown_at_every_evaluation(shown):
    assert [each["step"] for each in shown["evaluations"]] == [60, 120]
    assert all(len(each[name]) == 61 * 61 for each in shown["evaluations"] for name in ("mu", "q"))


def test_evaluations_whose_checkpoints_were_not_kept_are_counted(run_dir, tmp_path, capsys):
    fewer = tmp_path / "run"
    shutil.copytree(run_dir, fewer)
    shutil.rmtree(fewer / "checkpoints" / "step_000000060")
    capsys.readouterr()
    (shown,) = json.loads(grids.run_as_json(fewer))["evaluations"]
    assert shown["step"] == 120
    assert "1 of 2" in capsys.readouterr().err


def test_a_sine_and_a_cosine_become_an_angle(shown):
    angle, speed = shown["axes"]
    assert angle["values"][0] == pytest.approx(-np.pi) and len(angle["values"]) == 61
    assert speed["name"] == "observation 2"


def test_the_grids_are_the_agents_own(shown, run_dir):
    agent = DDPG.load(run_dir)
    (angle, speed), last = shown["axes"], shown["evaluations"][-1]
    for column, row in ((0, 0), (30, 7), (60, 60)):
        theta, omega = angle["values"][column], speed["values"][row]
        s = np.float32([[np.cos(theta), np.sin(theta), omega]])
        a = agent.policy()(s)
        q = agent.value(agent.critic, s, a)
        assert last["mu"][61 * row + column] == pytest.approx(float(a[0, 0]), rel=1e-4)
        assert last["q"][61 * row + column] == pytest.approx(float(q[0]), rel=1e-4)


def test_two_observations_can_be_chosen(run_dir):
    shown = json.loads(grids.run_as_json(run_dir, (2, 0)))
    assert [axis["name"] for axis in shown["axes"]] == ["observation 2", "observation 0"]
    assert list(shown["held"]) == ["observation 1"]
    for chosen in ((0, 0), (0, 3), (-1, 1)):
        with pytest.raises(ValueError, match="from 0 to 2"):
            grids.run_as_json(run_dir, chosen)


def test_many_observations_are_too_many():
    with pytest.raises(ValueError, match="17"):
        grids.require_drawable(17, None)


def test_one_observation_is_one_axis():
    visited = np.linspace(-1, 3, 9)[:, np.newaxis]
    (axis,) = grids.axes_over(visited, None)
    plane = grids.observations_on([axis], visited)
    assert plane.shape == (61, 1)
    assert (plane[0, 0], plane[-1, 0]) == (-2, 4)
