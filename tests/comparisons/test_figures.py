"""The figures of all studies."""

import pytest
from matplotlib.figure import Figure

from comparisons.registry import STUDIES, get_study
from tests.comparisons.committed import RESULTS, committed


@pytest.mark.parametrize("name", STUDIES)
def test_figures_have_named_axes(name):
    figures = get_study(name).figures(committed(name))
    assert {path.stem for path in (RESULTS / name).glob("*.png")} == set(figures)
    for figure in figures.values():
        assert isinstance(figure, Figure)
        assert any(axis.get_xlabel() for axis in figure.axes)
        assert any(axis.get_ylabel() for axis in figure.axes)
        drawn = [axis for axis in figure.axes if axis.axison]
        assert [axis.get_title() for axis in drawn if not is_named(axis)] == []


def is_named(axis):
    """Whether an axis, or a panel that it shares one with, has a label."""
    panels = [axis, *axis.get_shared_x_axes().get_siblings(axis)]
    panels += axis.get_shared_y_axes().get_siblings(axis)
    return any(panel.get_xlabel() or panel.get_ylabel() for panel in panels)
