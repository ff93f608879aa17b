"""Other devices than processors: nothing meets a tensor of another device, and no step waits for a number.

No GPU is needed: torch follows the shapes and devices of tensors without numbers (`FakeTensorMode`). A tensor in the
memory of the processors that meets one of the device raises an error then, and so does reading a number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
import torch
from mathematics_toys import CLASSES, INPUTS, toy_examples, toy_weights
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.optim import optimizer as torch_optimizer

from lossgeo.architectures.base import Architecture
from lossgeo.architectures.mlp import Mlp
from lossgeo.architectures.resnet20 import ResNet20
from lossgeo.devices import device_setting, workers_for
from lossgeo.documents.loader import read_text
from lossgeo.errors import SpecError
from lossgeo.families.base import TrainedFamily
from lossgeo.families.bezier import Bezier
from lossgeo.families.mlp_curve import MlpCurve
from lossgeo.families.point import Alone, Point
from lossgeo.families.simplex import Simplex
from lossgeo.jobs import Jobs
from lossgeo.landscape.bfloat16 import in_bfloat16
from lossgeo.landscape.examples import Examples
from lossgeo.landscape.fitted import Fitted
from lossgeo.landscape.hessian import hessian
from lossgeo.landscape.landscape import silent
from lossgeo.landscape.mode import EVALUATION
from lossgeo.landscape.network import EvaluationTally, NetworkLandscape
from lossgeo.landscape.normalization import Normalization, Running
from lossgeo.landscape.numerics import Numerics
from lossgeo.landscape.orders import CombinedFirstLayer, PointByPoint, SideBySide
from lossgeo.landscape.passes import passes
from lossgeo.landscape.randomness import stream
from lossgeo.landscape.weights import Points
from lossgeo.spec.study import Study
from lossgeo.training.loop import Start, Sums, train
from lossgeo.training.moving import Moving
from lossgeo.training.objective import Rows
from lossgeo.training.optimizer import AdamW
from lossgeo.training.options import Training
from lossgeo.training.setting import NetworkSetting
from lossgeo.training.step import StepDraws, slope
from lossgeo.training.supervisor import Unwatched

ELSEWHERE = torch.device("meta")
PICTURE = (3, 8, 8)


@pytest.fixture
def without_numbers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    kernels = [*torch_optimizer._get_fused_kernels_supported_devices(), ELSEWHERE.type]
    monkeypatch.setattr(torch_optimizer, "_get_fused_kernels_supported_devices", lambda: kernels)
    with FakeTensorMode():
        yield


def setting_of(network: Architecture, device: str = ELSEWHERE.type, precision: str = "float32") -> NetworkSetting:
    layout, statistics = network.layout(PICTURE, CLASSES), network.statistics(PICTURE)
    computed = in_bfloat16(network) if precision == "bf16" else network
    pictures = torch.zeros(64, *PICTURE, dtype=torch.uint8)
    examples = Examples(pictures, torch.zeros(64, dtype=torch.int64), (0.2,), (0.3,), augmentation="crop_flip")
    there = examples.to(device)
    landscape = NetworkLandscape(computed, layout, there, Normalization(statistics, examples=there))
    return NetworkSetting(computed, layout, there, landscape, statistics)


NETWORKS = pytest.mark.parametrize("network", [Mlp(hidden=(6,), dropout=0.3), ResNet20(width=2)], ids=["mlp", "resnet"])


@NETWORKS
@pytest.mark.parametrize(
    "family", [Point(), Simplex(vertices=3), Bezier(degree=3), MlpCurve(hidden=(3, 4))], ids=lambda family: family.kind
)
@pytest.mark.usefixtures("without_numbers")
def test_a_step_stays_on_its_device(family: TrainedFamily, network: Architecture) -> None:
    setting, objective = setting_of(network), family.objective
    running = Running(setting.statistics, device=ELSEWHERE)
    anchors = torch.zeros(family.anchors, setting.layout.dimension)
    moving = Moving(family.initial(anchors, stream(0, "features")).to(ELSEWHERE), objective.held)
    batch = setting.draw(torch.arange(16), stream(0, "augmentation"), stream(0, "dropout"))
    places = torch.zeros(1, family.dimension).double(), torch.zeros(2, family.dimension).double()
    others = places[1] if isinstance(family, Simplex | MlpCurve) else places[1][:0]
    draws = StepDraws(batch, Rows(places[0], others).to(ELSEWHERE))

    found = slope(moving, draws, objective, setting, l2=0.1)
    AdamW().descent(moving).step(1e-3, found)
    running.update(found.seen)
    Sums().add(found, 16)

    assert isinstance(found.theta, FakeTensor)
    found_there = (found.theta, found.loss, found.penalty, moving.rows, running.vector)
    assert {value.device for value in found_there} == {ELSEWHERE}


@pytest.mark.parametrize("order", ["point by point", "side by side", "combined"])
@pytest.mark.usefixtures("without_numbers")
def test_an_evaluation_stays_on_its_device(order: str) -> None:
    network = Mlp(hidden=(6,))
    setting = setting_of(network)
    layout, there = setting.layout, setting.examples
    found = {
        "point by point": PointByPoint(network, Normalization()),
        "side by side": SideBySide(network),
        "combined": CombinedFirstLayer(network, layout),
    }[order]
    points = Points(torch.ones(40, 3).double(), torch.zeros(3, layout.dimension)).to(ELSEWHERE)

    tally = EvaluationTally(40, there)
    for start, outputs, targets in passes(found, layout, there, points, silent):
        tally.add(start, outputs, targets)

    assert (tally.loss.device, tally.correct.device) == (ELSEWHERE, ELSEWHERE)


@NETWORKS
@pytest.mark.usefixtures("without_numbers")
def test_a_product_with_a_hessian_takes_vectors_of_the_processors(network: Architecture) -> None:
    setting = setting_of(network)
    point = Points.of(torch.zeros(1, setting.layout.dimension))

    found = hessian(setting.validation, point)(torch.ones(setting.layout.dimension))

    assert found.device == torch.device("cpu")


@pytest.mark.usefixtures("without_numbers")
def test_a_tensor_that_is_elsewhere_is_noticed() -> None:
    """What the tests above rest on."""
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(3, device=ELSEWHERE) + torch.zeros(3)


# What is computed where, in specs, keys and options.

SPEC = (
    "title: t\narchitecture: {kind: mlp, hidden: [4]}\nsubspaces: {line: {kind: simplex}}\nanalyses: [{kind: path}]\n"
)


def keys(*overrides: str) -> set[str]:
    return {job.key for job in Jobs(read_text(SPEC, "spec.yaml", Study, overrides)).targets}


def test_results_of_another_device_or_precision_have_keys_of_their_own() -> None:
    profiles = (
        ("numerics.device=cpu",),
        ("numerics.device=cuda",),
        ("numerics.precision=bf16",),
        ("numerics={device: cuda, precision: tf32}",),
    )

    found = [keys(*profile) for profile in profiles]

    assert found[0] == keys()
    assert len(set.union(*found)) == sum(map(len, found))


def test_tf32_is_refused_on_processors() -> None:
    with pytest.raises(SpecError, match="device: cuda where the precision is tf32"):
        keys("numerics.precision=tf32")


@pytest.mark.parametrize(
    ("option", "variable", "expected"),
    [
        (None, None, ()),
        ("cpu", "cuda", ("numerics.device=cpu",)),
        (None, "cuda", ("numerics.device=cuda",)),
        ("cuda:1", None, ("numerics.device=cuda",)),
    ],
)
def test_the_option_comes_before_the_variable(
    option: str | None, variable: str | None, expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    monkeypatch.setenv("LOSSGEO_DEVICE", variable or "")

    assert device_setting(option) == expected


def test_one_of_the_gpus_that_are_shown_is_chosen_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")

    device_setting("cuda:1")

    assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"
    with pytest.raises(SpecError, match="expected a number below 1"):
        device_setting("cuda:1")


@pytest.mark.parametrize("option", ["gpu", "cuda:", "cuda:x", "cpu:0"])
def test_other_devices_are_refused(option: str) -> None:
    with pytest.raises(SpecError, match=f"--device: got '{option}'; expected cpu, cuda, cuda:1"):
        device_setting(option)


def test_there_is_a_worker_for_every_core_or_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)

    assert workers_for(Numerics(device="cuda")) == 3
    assert workers_for(Numerics()) == len(os.sched_getaffinity(0))


# Products in bfloat16.


@pytest.mark.parametrize("network", [Mlp(hidden=(32,)), ResNet20(width=2)], ids=["mlp", "resnet"])
def test_bfloat16_changes_outputs_by_its_rounding(network: Architecture) -> None:
    layout = network.layout(PICTURE, CLASSES)
    theta = network.initialise(layout, stream(0, "init"))
    inputs = torch.randn(32, *PICTURE, generator=stream(0, "inputs"))

    found = in_bfloat16(network).forward(layout.split(theta), inputs, EVALUATION)
    expected = network.forward(layout.split(theta), inputs, EVALUATION)

    off = float((found - expected).norm() / expected.norm())
    assert found.dtype == torch.float32
    assert 2.0**-12 < off < 2.0**-4  # eight bits a product, and twenty layers of them


def test_a_training_in_bfloat16_keeps_its_weights_and_statistics_in_float32() -> None:
    network = ResNet20(width=2)
    setting = setting_of(network, "cpu", "bf16")
    start = Start(Fitted(network.initialise(setting.layout, stream(0, "init"))[None]))

    found = train(Alone(), start, setting, Training(epochs=1, batch_size=32), partial(stream, 0), Unwatched()).last

    assert (found.basis.dtype, found.statistics.dtype) == (np.float32, np.float32)
    assert np.isfinite(found.basis).all()
    assert np.isfinite(found.statistics).all()


def test_a_shared_first_layer_is_shared_in_bfloat16_too() -> None:
    network = in_bfloat16(Mlp(hidden=(8,)))
    layout, examples = Mlp(hidden=(8,)).layout(INPUTS, CLASSES), toy_examples()
    points = Points.of(toy_weights(Mlp(hidden=(8,)), 3)).combined(torch.rand(40, 3).double())
    landscape = NetworkLandscape(network, layout, examples)

    plain = landscape.evaluate_plainly(points)

    assert isinstance(landscape._fastest(points), CombinedFirstLayer)
    assert landscape.evaluate(points).loss == pytest.approx(plain.loss, rel=2e-2)
