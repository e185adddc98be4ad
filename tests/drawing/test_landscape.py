"""The loss landscape: its losses, its directions and the path in it, against what is computed here."""

import numpy as np
import pytest

import microae as ma
from microae import paper
from microae.drawing import draw_landscape
from microae.drawing.landscape import landscape

X = paper.BINARY_VECTORS


def vector(state):
    return np.concatenate([array.ravel() for array in state.values()])


def loss_at(net, theta, x, target=None):
    """The loss by NumPy alone: a LeakyReLU layer and a sigmoid layer, binary cross-entropy."""
    W, b, V, c = (theta[i:j].reshape(p.shape) for p, i, j in pieces(net))
    z = x @ W + b
    p = 1 / (1 + np.exp(-(np.where(z > 0, z, 0.01 * z) @ V + c)))
    y = x if target is None else target
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def pieces(net):
    start = 0
    for p in net.parameters():
        yield p, start, start + p.size
        start += p.size


@pytest.fixture(scope="module")
def trained():
    """A network, the weights on the way to it, and the history that recorded them."""
    net = ma.Autoencoder([3, 4, 3], seed=1)
    descent = [net.state_dict()]
    history = ma.fit(
        net,
        X,
        ma.SGD(net.parameters(), lr=1.0),
        epochs=60,
        batch_size=8,
        progress=False,
        callbacks=[lambda history: descent.append(net.state_dict())],
    )
    return net, descent, history


@pytest.mark.parametrize("directions", ["pca", "random"])
def test_the_losses_are_those_of_the_weights_there(trained, directions):
    net, descent, _ = trained
    land = landscape(net, X, descent=descent, directions=directions, points=5)
    centre = vector(net.state_dict())
    for i, y in enumerate(land.y):
        for j, x in enumerate(land.x):
            theta = centre + x * land.directions[0] + y * land.directions[1]
            assert land.losses[i, j] == pytest.approx(loss_at(net, theta, X), rel=1e-10)


def test_the_principal_directions(trained):
    net, descent, _ = trained
    land = landscape(net, X, descent=descent, points=2)
    path = np.array([vector(state) for state in descent])
    values, vectors = np.linalg.eigh(np.cov(path.T))
    shares = values[::-1] / values.sum()
    for direction, name, theirs, share in zip(land.directions, land.names, vectors.T[::-1], shares, strict=False):
        assert abs(direction @ theirs) == pytest.approx(1, abs=1e-6)
        assert direction[np.argmax(np.abs(direction))] > 0
        assert f"({100 * share:.0f} % of the variance)" in name
    np.testing.assert_allclose(land.descent, (path - path[-1]) @ land.directions.T, atol=1e-9)
    assert (land.descent[-1] == 0).all()


def test_the_descent_is_inside(trained):
    net, descent, _ = trained
    land = landscape(net, X, descent=descent, points=2)
    for axis, places in zip((land.x, land.y), land.descent.T, strict=True):
        assert axis[0] < places.min() < places.max() < axis[-1]


def test_a_history_is_a_descent(trained):
    net, descent, history = trained
    one, other = (landscape(net, X, descent=given, points=3) for given in (descent, history))
    assert (one.losses == other.losses).all()
    assert (one.descent == other.descent).all()
    with pytest.raises(ValueError, match="this training was not recorded"):
        landscape(net, X, descent=ma.History([0.5]))


def test_random_directions_are_normalised_by_neuron(trained):
    net, *_ = trained
    land = landscape(net, X, points=2)
    for direction in land.directions:
        for p, start, end in pieces(net):
            part = direction[start:end].reshape(p.shape)
            if p.ndim == 1:
                assert (part == 0).all()
            else:
                np.testing.assert_allclose(np.linalg.norm(part, axis=0), np.linalg.norm(p.data, axis=0))
    assert (land.x[0], land.x[-1], land.y[0], land.y[-1]) == (-1, 1, -1, 1)
    assert abs(np.corrcoef(land.directions)[0, 1]) < 0.9


def test_the_seed_and_the_choice_of_directions(trained):
    net, descent, _ = trained
    one, same, other = (landscape(net, X, points=2, seed=seed) for seed in (1, 1, 2))
    assert (one.directions == same.directions).all()
    assert (one.directions != other.directions).any()
    assert "random" in landscape(net, X, points=2, descent=descent[-1:]).names[0]
    assert "principal" in landscape(net, X, points=2, descent=descent[:2]).names[0]
    assert "random" in landscape(net, X, points=2, descent=descent, directions="random").names[0]


def test_saturated_losses_are_finite():
    net = paper.network()
    for p in net.parameters():
        p.data = 100 * p.data
    assert np.isfinite(landscape(net, X, points=5).losses).all()


def test_target_and_loss():
    net = ma.Sequential(ma.Linear(3, 2, seed=0), ma.Tanh())
    target = np.ones((8, 2))
    land = landscape(net, X, target, loss=ma.mean_squared_error, points=3)
    assert land.losses[1, 1] == pytest.approx(np.mean((net(X).numpy() - 1) ** 2))
    with pytest.raises(TypeError, match="Sequential has no loss of its own"):
        landscape(net, X, target, points=3)


def test_noise_and_dropout_are_off():
    net = ma.Autoencoder([3, 4, 3], noise=0.5, dropout=0.5, seed=0)
    land = landscape(net, X, points=3)
    assert land.losses[1, 1] == pytest.approx(loss_at(net, vector(net.state_dict()), X), rel=1e-12)


def test_what_is_drawn(trained):
    net, descent, _ = trained
    figure = draw_landscape(net, X, descent=descent, points=5)
    axes, bar = figure.axes
    labels = [line.get_label() for line in axes.lines if not line.get_label().startswith("_")]
    assert labels == ["descent", "start", "trained weights"]
    land = landscape(net, X, descent=descent, points=5)
    assert np.array_equal(np.transpose(axes.lines[1].get_data()), land.descent)
    assert bar.get_ylabel() == "binary cross-entropy"
    alone = draw_landscape(net, X, points=5).axes[0]
    assert [line.get_label() for line in alone.lines] == ["trained weights"]


def test_a_flat_landscape_is_drawn():
    net = ma.Autoencoder([3, 4, 3], seed=0)
    for p in net.parameters():
        p.data = np.zeros(p.shape)
    assert draw_landscape(net, X, points=3).axes


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"directions": "pca"}, "'pca' needs a descent of three different weights or more"),
        ({"directions": "up"}, "directions must be 'pca' or 'random', got 'up'"),
        ({"points": 1}, "points must be at least 2, got 1"),
        ({"descent": [{"encoder.0.weight": np.zeros((3, 4))}]}, "step 0 of the descent does not fit; .*missing"),
        ({"descent": [ma.Autoencoder([3, 2, 3]).state_dict()]}, "step 0 of the descent does not fit; .*has shape"),
    ],
)
def test_mistakes(options, said):
    with pytest.raises(ValueError, match=said):
        draw_landscape(paper.network(), X, **options)


def test_data_that_do_not_fit():
    with pytest.raises(ValueError, match="NaN in row 0"):
        draw_landscape(paper.network(), [[np.nan, 0, 0]])
    with pytest.raises(ValueError, match="must have 3 features"):
        draw_landscape(paper.network(), [[0.0, 1.0]])


def test_a_descent_from_a_training_or_from_its_file(tmp_path):
    net = ma.Autoencoder([3, 4, 3], seed=0)
    history = ma.fit(net, X, ma.SGD(net.parameters(), lr=0.5), epochs=30, batch_size=4, progress=False)
    history.trajectory.save(tmp_path / "way.safetensors")
    from_memory = landscape(net, X, descent=history, points=3)
    assert len(from_memory.descent) == 31
    for path in (tmp_path / "way.safetensors", str(tmp_path / "way.safetensors")):
        from_file = landscape(net, X, descent=path, points=3)
        assert np.array_equal(from_file.descent, from_memory.descent)
        assert np.array_equal(from_file.losses, from_memory.losses)
    with pytest.raises(ValueError, match="step 0 of the descent does not fit"):
        landscape(ma.Autoencoder([3, 2, 3]), X, descent=tmp_path / "way.safetensors")


def test_a_path_in_random_directions_is_all_on_the_map(trained):
    net, descent, _ = trained
    far = [{name: 40.0 * array + 3.0 for name, array in descent[0].items()}, *descent]
    land = landscape(net, X, descent=far, directions="random", points=3)
    assert np.abs(land.descent[:, 0]).max() < land.x[-1]
    assert np.abs(land.descent[:, 1]).max() < land.y[-1]


def along(path):
    """A network of one parameter in two places, and its weights on a path."""
    net = ma.Sequential(ma.Linear(1, 1, seed=0))
    states = [{"0.weight": np.array([[x]]), "0.bias": np.array([y])} for x, y in path]
    net.load_state_dict(states[-1])
    return net, states


def test_the_star_stands_at_the_trained_weights_and_the_square_at_the_start(trained):
    net, descent, _ = trained
    figure = draw_landscape(net, X, descent=descent, points=5)
    land = landscape(net, X, descent=descent, points=5)
    marks = {line.get_label(): line for line in figure.axes[0].lines}
    star, square = marks["trained weights"], marks["start"]
    assert (star.get_marker(), square.get_marker()) == ("*", "s")
    np.testing.assert_allclose(np.ravel(star.get_data()), 0.0, atol=1e-12)
    np.testing.assert_array_equal(np.ravel(square.get_data()), land.descent[0])
    assert np.linalg.norm(land.descent[0]) > 0.1


def test_a_path_of_two_is_random_and_of_three_principal():
    path = [(0.0, 0.0), (1.0, 0.5), (1.0, 2.0)]
    for steps, name in ((path[1:], "random"), (path, "principal"), ([*path, path[-1]], "principal"),
                        ([path[0], path[0], path[2]], "random")):  # fmt: skip
        net, states = along(steps)
        land = landscape(net, [[1.0], [2.0]], loss=ma.mean_squared_error, descent=states, points=2)
        assert name in land.names[0], steps


def test_the_map_reaches_a_quarter_beyond_the_path_and_is_not_too_thin():
    net, states = along([(-1.0, 0.0), (0.0, 0.01), (3.0, 0.0)])
    land = landscape(net, [[1.0], [2.0]], loss=ma.mean_squared_error, descent=states, points=3)
    low, high = land.descent.min(axis=0), land.descent.max(axis=0)
    long, thin = high - low
    assert thin < 0.2 * long
    np.testing.assert_allclose(land.x[[0, -1]], [low[0] - 0.25 * long, high[0] + 0.25 * long])
    np.testing.assert_allclose(land.y[-1] - land.y[0], 1.5 * 0.2 * long)
    np.testing.assert_allclose((land.y[-1] + land.y[0]) / 2, (low[1] + high[1]) / 2)


def test_random_directions_reach_a_quarter_beyond_the_path():
    net, states = along([(-8.0, 6.0), (1.0, 0.0), (3.0, 0.5)])
    land = landscape(net, [[1.0]], loss=ma.mean_squared_error, descent=states, directions="random", points=3)
    far = np.abs(land.descent).max()
    assert far > 1
    np.testing.assert_allclose(land.x, [-1.25 * far, 0.0, 1.25 * far])


class Parabola(ma.Module):
    """Whose loss over one weight is ``low`` at the trained one and ``high`` at the ends of the map."""

    def __init__(self, low, high):
        self.w = ma.Value(np.full((1, 1), 1.0), label="w")
        self.low, self.high = low, high

    def loss(self, *_data):
        return self.low + (self.high - self.low) / 4 * ((self.w - 1.0) ** 2).sum()  # both directions go as far as 1


@pytest.mark.parametrize("low", [0.0, -3.0])
def test_losses_of_0_or_below_have_no_ratios(low):
    figure = draw_landscape(Parabola(low, 5.0), [[1.0]], points=3)
    filled = next(c for c in figure.axes[0].collections if c.cmap.name == "cividis")
    assert type(filled.norm).__name__ == "PowerNorm"
    assert (filled.levels[0], filled.levels[-1]) == pytest.approx((low, 5.0))


@pytest.mark.parametrize(("ratio", "steep"), [(10.0 / 1.001, False), (10.0 * 1.001, True)])
def test_contours_at_equal_ratios_where_the_largest_loss_is_ten_times_the_least(ratio, steep):
    figure = draw_landscape(Parabola(0.5, 0.5 * ratio), [[1.0]], points=3)
    (norm,) = {type(image.norm).__name__ for image in figure.axes[0].collections if image.get_array() is not None and
               image.cmap.name == "cividis"}  # fmt: skip
    assert norm == ("LogNorm" if steep else "PowerNorm")
    filled = next(c for c in figure.axes[0].collections if c.cmap.name == "cividis")
    steps = filled.levels
    assert len(steps) == 16
    assert (steps[0], steps[-1]) == pytest.approx((0.5, 0.5 * ratio), rel=1e-3)
    if steep:
        np.testing.assert_allclose(steps[1:] / steps[:-1], steps[1] / steps[0])
    else:
        assert (np.diff(steps, 2) > 0).all()  # closer where the loss is least
