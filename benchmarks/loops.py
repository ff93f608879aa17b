"""The plain loops: a module of torch, its weights copied in for every point, and two ways to read the pictures."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils import vector_to_parameters
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from lossgeo.devices import cores

MODULES: dict[str, Callable[[], nn.Module]] = {
    "784-512-10": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10)),
    "784-300-100-10": lambda: nn.Sequential(
        *(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
    ),
    "LeNet-5": lambda: nn.Sequential(
        *(
            nn.Conv2d(1, 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        ),
        *(nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    ),
}


class Pictures(Dataset[tuple[Tensor, int]]):
    """Pictures as torchvision's data sets give them: made a PIL image and a tensor again one by one."""

    def __init__(self, pixels: Tensor, targets: Tensor) -> None:
        self.pixels, self.targets, self.transform = pixels[:, 0].numpy(), targets.tolist(), ToTensor()

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        return self.transform(Image.fromarray(self.pixels[i])), self.targets[i]


def loader(name: str, weights: Tensor, pixels: Tensor, targets: Tensor) -> tuple[float, list[float]]:
    """Seconds and losses of a loop over a `DataLoader` at every row of `weights`."""
    module, batches = MODULES[name]().eval(), DataLoader(Pictures(pixels, targets), batch_size=128)

    def loss() -> float:
        total = 0.0
        for inputs, classes in batches:
            total += nn.functional.cross_entropy(module(inputs), classes, reduction="sum").item()
        return total / len(targets)

    return _at_every_point(module, weights, loss)


def memory(name: str, weights: Tensor, pixels: Tensor, targets: Tensor) -> tuple[float, list[float]]:
    """Seconds and losses of one forward pass over all pictures, one float tensor, at every row of `weights`."""
    module, inputs = MODULES[name]().eval(), pixels.float() / 255

    def loss() -> float:
        outputs = module(inputs)
        (outputs.argmax(1) == targets).float().mean().item()
        return nn.functional.cross_entropy(outputs, targets).item()

    return _at_every_point(module, weights, loss)


def _at_every_point(module: nn.Module, weights: Tensor, loss: Callable[[], float]) -> tuple[float, list[float]]:
    torch.set_num_threads(cores())
    torch.set_flush_denormal(True)
    with torch.no_grad():
        loss()
        began, losses = perf_counter(), []
        for theta in weights:
            vector_to_parameters(theta, module.parameters())
            losses.append(loss())
        return perf_counter() - began, losses
