"""The layers that are measured, and what each has to reach.

A row is one layer in the letters of `offprint bench kernels --layer`; its passes are forward, data-gradient and
weight-gradient. Rows of one section share a target: the least ratio of PyTorch's time to ours, by pass.
"""

from dataclasses import dataclass

PASSES = ("forward", "data-gradient", "weight-gradient")


@dataclass(frozen=True)
class Layer:
    n: int
    c: int
    k: int
    h: int
    r: int
    stride: int = 1
    groups: int = 1

    @property
    def option(self):
        """What `--layer` takes."""
        return (
            f"n={self.n},c={self.c},k={self.k},h={self.h},w={self.h},r={self.r},"
            f"stride={self.stride},groups={self.groups}"
        )

    @property
    def title(self):
        stride = f" /{self.stride}" if self.stride > 1 else ""
        groups = f", {self.groups} groups" if self.groups > 1 else ""
        return f"{self.r}x{self.r}{stride} {self.c}->{self.k}{groups}, {self.n} of {self.h}x{self.h}"

    @property
    def output_size(self):
        """Height and width of the output, at a padding of r/2."""
        return (self.h + 2 * (self.r // 2) - self.r) // self.stride + 1

    @property
    def operations(self):
        """Two for each multiply-add of one pass, those with padding zeros included."""
        return 2 * self.n * self.output_size**2 * self.k * self.r**2 * self.c // self.groups

    @property
    def bytes(self):
        """Of the images, the outputs and the weights, each moved once."""
        images = self.n * self.h**2 * self.c + self.n * self.output_size**2 * self.k
        return 4 * (images + self.r**2 * self.c // self.groups * self.k)


@dataclass(frozen=True)
class Section:
    title: str
    layers: tuple
    # The least ratio in the forward pass, the data gradient and the weight gradient.
    targets: tuple
    # Measured by `--quick` too: the indices of layers.
    quick: tuple = (0,)


def _grouped(c, groups, h, stride=1):
    return Layer(32, c, c, h, 3, stride, groups)


def _depthwise(n, c, h, r, stride=1, multiplier=1):
    return Layer(n, c, c * multiplier, h, r, stride, c)


# A product [M, K] x [K, N]: the ones `offprint bench kernels` measures.
PRODUCTS = ((512, 512, 512), (1024, 1024, 1024), (3136, 576, 64), (1568, 1152, 128), (512, 2304, 256))

SECTIONS = (
    Section(
        "3x3, stride 1",
        (
            Layer(32, 64, 64, 56, 3), Layer(32, 128, 128, 28, 3), Layer(32, 256, 256, 14, 3),
            Layer(32, 512, 512, 8, 3), Layer(32, 64, 64, 14, 3), Layer(32, 128, 128, 8, 3),
            Layer(32, 256, 256, 4, 3), Layer(32, 512, 512, 4, 3),
        ),
        (1.5, 1.5, 1.5), quick=(1, 5),
    ),
    Section(
        "3x3, stride 2",
        (Layer(32, 64, 128, 56, 3, 2), Layer(32, 128, 256, 28, 3, 2), Layer(32, 64, 128, 16, 3, 2)),
        (1, 1, 1), quick=(2,),
    ),
    Section(
        "Stem, 7x7, stride 2",
        (Layer(32, 1, 64, 28, 7, 2), Layer(32, 3, 64, 32, 7, 2), Layer(32, 3, 64, 96, 7, 2)),
        (1, 1, 1), quick=(1,),
    ),
    Section(
        "Grouped 3x3, 1 to 8 channels a group",
        (
            _grouped(32, 32, 28), _grouped(64, 32, 28), _grouped(128, 32, 28), _grouped(256, 32, 14),
            _grouped(64, 32, 8), _grouped(128, 32, 28, 2), _grouped(256, 32, 14, 2),
        ),
        (3, 3, 5), quick=(2, 6),
    ),
    Section("Grouped 3x3, 16 channels a group", (_grouped(256, 16, 14), _grouped(512, 32, 14, 2)), (1, 1, 1)),
    Section(
        "Depthwise 3x3",
        (
            _depthwise(32, 64, 56, 3), _depthwise(32, 128, 28, 3), _depthwise(32, 384, 16, 3),
            _depthwise(32, 128, 8, 3), _depthwise(32, 384, 16, 3, 2), _depthwise(32, 64, 16, 3, 2, 2),
        ),
        (2, 2, 2), quick=(1, 5),
    ),
    Section(
        "Depthwise 5x5 to 15x15",
        (_depthwise(8, 128, 32, 5), _depthwise(8, 128, 32, 7), _depthwise(8, 128, 32, 11), _depthwise(8, 128, 32, 15)),
        (1, 1, 1), quick=(1,),
    ),
    Section("Depthwise 31x31", (_depthwise(8, 128, 32, 31),), (10, 10, 10)),
    Section("Dense 7x7", (Layer(8, 64, 64, 32, 7), Layer(8, 64, 64, 56, 7)), (1.5, 1.5, 1.5)),
    Section("Dense 11x11", (Layer(8, 64, 64, 32, 11), Layer(8, 64, 64, 56, 11)), (3, 3, 3)),
    Section("Dense 15x15 and 31x31", (Layer(8, 64, 64, 32, 15), Layer(8, 64, 64, 32, 31)), (10, 10, 10)),
    Section(
        "1x1, narrow and wide",
        (
            Layer(32, 64, 16, 14, 1), Layer(32, 128, 32, 16, 1), Layer(32, 64, 256, 56, 1), Layer(32, 256, 64, 56, 1),
            Layer(32, 512, 512, 8, 1),
        ),
        (1, 1, 1), quick=(1,),
    ),
)


def selected(quick):
    """(section, its layers to measure) for a whole or a quick run."""
    for section in SECTIONS:
        yield section, tuple(section.layers[i] for i in section.quick) if quick else section.layers
