"""Who takes part, as TF_CONFIG says it. Needs no TensorFlow."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddpg_tf.config import DDPGConfig
from ddpg_tf.distributed.cluster import (
    Cluster,
    cluster_of_environment,
    is_chief,
    local_clusters,
    several_workers,
)

HOSTS = ("10.0.0.1:2222", "10.0.0.2:2222", "10.0.0.3:2222")


def environment(cluster, task_type="worker", index=0):
    task = {"type": task_type, "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


@given(st.lists(st.from_regex(r"[a-z]{1,9}:[1-9][0-9]{3}", fullmatch=True), min_size=1), st.data())
def test_a_cluster_is_read_as_it_was_written(addresses, data):
    index = data.draw(st.integers(0, len(addresses) - 1))
    cluster = Cluster(tuple(addresses), index)
    assert cluster_of_environment(cluster.variable) == cluster
    assert is_chief(cluster.variable) == (index == 0)


def test_a_chief_of_its_own_comes_first():
    cluster = {"worker": HOSTS[1:], "chief": HOSTS[:1]}
    assert cluster_of_environment(environment(cluster, "chief")) == Cluster(HOSTS, 0)
    assert cluster_of_environment(environment(cluster, "worker", 1)) == Cluster(HOSTS, 2)


def test_without_tf_config_there_is_no_cluster_and_this_process_shows_the_run():
    assert cluster_of_environment({}) is None
    assert is_chief({})
    assert several_workers(DDPGConfig(workers=2), {})
    assert not several_workers(DDPGConfig(), {})


@pytest.mark.parametrize(
    "bad",
    [
        {"TF_CONFIG": "worker 0"},
        {"TF_CONFIG": "[]"},
        {"TF_CONFIG": "{}"},
        environment({"chief": HOSTS}),
        environment({"worker": HOSTS}, index=3),
        environment({"worker": HOSTS}, index=-1),
        environment({"worker": HOSTS}, "ps"),
        environment({"worker": HOSTS}, "chief"),
        environment({"worker": HOSTS, "ps": HOSTS}),
    ],
)
def test_what_is_no_cluster_of_workers_is_refused_with_an_example(bad):
    with pytest.raises(ValueError) as caught:
        cluster_of_environment(bad)
    told = str(caught.value)
    assert told.startswith("TF_CONFIG")
    assert "\n" not in told
    # the example in it is one that would be right
    example = json.JSONDecoder().raw_decode(told[told.index("{") :])[0]
    addresses = tuple(example["cluster"]["worker"])
    assert cluster_of_environment({"TF_CONFIG": json.dumps(example)}) == Cluster(addresses, 0)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_config_must_say_as_many_workers_as_the_cluster(workers):
    with pytest.raises(ValueError) as caught:
        several_workers(DDPGConfig(workers=workers), environment({"worker": HOSTS}))
    assert "--workers 3" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_local_workers_have_one_port_each():
    clusters = local_clusters(5)
    assert [cluster.index for cluster in clusters] == list(range(5))
    assert len({cluster.addresses for cluster in clusters}) == 1
    assert len(set(clusters[0].addresses)) == 5
