"""The study's networks in PyTorch: a stem, stages of blocks, pooling and one fully connected layer.

`checked` builds one and compares its counts with `COUNTS`, so that both sides train the same thing.
"""

import torch
from torch import nn
from torch.nn import functional

# Input channels, height and width; the stem's width, then one for each stage; classes.
DATASETS = {
    "mnist": (1, 28, (64, 128), 10),
    "cifar10": (3, 32, (64, 128, 256), 10),
    "stl10": (3, 96, (64, 128, 256, 512), 10),
}

# Parameters and multiply-adds of one image, of the convolutions and the fully connected layer.
COUNTS = {
    "plain": {"mnist": (1112394, 54806016), "cifar10": (5547466, 143968768), "stl10": (23252426, 1932710912)},
    "residual": {"mnist": (1120970, 55207424), "cifar10": (5589578, 145017344), "stl10": (23427146, 1946866688)},
    "bottleneck": {"mnist": (82122, 4328960), "cifar10": (396362, 12110336), "stl10": (1618506, 152622080)},
    "resnext": {"mnist": (46410, 2579072), "cifar10": (217802, 7539200), "stl10": (868554, 90911744)},
    "xception": {"mnist": (148170, 11441408), "cifar10": (705098, 30173696), "stl10": (2854986, 391832576)},
    "dense": {"mnist": (31946, 5884416), "cifar10": (148042, 16173568), "stl10": (582730, 207475712)},
    "mobile": {"mnist": (148938, 7490048), "cifar10": (707402, 20072960), "stl10": (2860362, 257463296)},
    "mobile_v2": {"mnist": (1531466, 77817984), "cifar10": (7492810, 202422784), "stl10": (31002826, 2706910208)},
    "shuffle": {"mnist": (25162, 1556736), "cifar10": (104650, 4794880), "stl10": (373962, 53199872)},
}


def convolution(inputs, outputs, kernel, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=bias)


def normalized(inputs, outputs, kernel, stride=1, groups=1, activation=nn.ReLU):
    """Convolution - BatchNorm - activation."""
    layers = [convolution(inputs, outputs, kernel, stride, groups), nn.BatchNorm2d(outputs)]
    return layers + ([activation(inplace=True)] if activation else [])


class Sum(nn.Module):
    """activation(body(x) + shortcut(x)); the shortcut is a projection where the shape changes."""

    def __init__(self, body, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(*body)
        changes = stride > 1 or inputs != outputs
        self.shortcut = nn.Sequential(*normalized(inputs, outputs, 1, stride, activation=None)) if changes else None

    def forward(self, x):
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return functional.relu_(self.body(x) + shortcut)


def plain(inputs, outputs, stride):
    return nn.Sequential(
        nn.BatchNorm2d(inputs), nn.ReLU(), convolution(inputs, outputs, 3, stride),
        nn.BatchNorm2d(outputs), nn.ReLU(inplace=True), convolution(outputs, outputs, 3))


def residual(inputs, outputs, stride):
    body = normalized(inputs, outputs, 3, stride) + normalized(outputs, outputs, 3, activation=None)
    return Sum(body, inputs, outputs, stride)


def bottleneck(inputs, outputs, stride, groups=1):
    narrow = outputs // 4
    body = normalized(inputs, narrow, 1, stride) + normalized(narrow, narrow, 3, groups=groups)
    return Sum(body + normalized(narrow, outputs, 1, activation=None), inputs, outputs, stride)


def resnext(inputs, outputs, stride):
    return bottleneck(inputs, outputs, stride, groups=32)


def xception(inputs, outputs, stride):
    body = [
        convolution(inputs, outputs, 1, bias=True), *normalized(outputs, outputs, 3, groups=outputs),
        convolution(outputs, outputs, 1, bias=True), *normalized(outputs, outputs, 3, groups=outputs, activation=None)]
    return Sum(body + ([nn.MaxPool2d(2)] if stride > 1 else []), inputs, outputs, stride)


class Dense(nn.Module):
    """One stage: eight layers, each concatenated to its input, then the transition."""

    def __init__(self, inputs, outputs):
        super().__init__()
        growth = (outputs - inputs) // 8
        self.layers = nn.ModuleList(
            nn.Sequential(*normalized(inputs + i * growth, growth, 1), *normalized(growth, growth, 3))
            for i in range(8))
        self.transition = nn.Sequential(*normalized(outputs, outputs, 1), nn.MaxPool2d(2))

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.transition(x)


def mobile(inputs, outputs, stride):
    return nn.Sequential(
        *normalized(inputs, outputs, 3, stride, groups=inputs), *normalized(outputs, outputs, 1),
        *normalized(outputs, outputs, 3, groups=outputs), *normalized(outputs, outputs, 1))


class Inverted(nn.Module):
    """A unit of MobileNetV2, and the activation after it."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide = 6 * inputs
        self.body = nn.Sequential(
            *normalized(inputs, wide, 1, activation=nn.ReLU6),
            *normalized(wide, wide, 3, stride, groups=wide, activation=nn.ReLU6),
            *normalized(wide, outputs, 1, activation=None))
        self.keeps = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.body(x)
        return functional.relu6(y + x if self.keeps else y, inplace=True)


def mobile_v2(inputs, outputs, stride):
    return nn.Sequential(Inverted(inputs, outputs, stride), Inverted(outputs, outputs, 1))


class Shuffled(nn.Module):
    """A unit of ShuffleNet."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        narrow, added = outputs // 4, outputs if stride == 1 else outputs - inputs
        self.stride = stride
        self.reduce = nn.Sequential(*normalized(inputs, narrow, 1, groups=4))
        self.spatial = nn.Sequential(
            *normalized(narrow, narrow, 3, stride, groups=narrow), *normalized(narrow, added, 1, groups=4, activation=None))

    def forward(self, x):
        y = self.spatial(functional.channel_shuffle(self.reduce(x), 4))
        if self.stride == 1:
            return functional.relu_(y + x)
        return functional.relu_(torch.cat([y, functional.avg_pool2d(x, 3, self.stride, 1)], 1))


def shuffle(inputs, outputs, stride):
    return nn.Sequential(Shuffled(inputs, outputs, stride), Shuffled(outputs, outputs, 1))


BLOCKS = {
    "plain": plain, "residual": residual, "bottleneck": bottleneck, "resnext": resnext, "xception": xception,
    "dense": Dense, "mobile": mobile, "mobile_v2": mobile_v2, "shuffle": shuffle,
}


def network(block, dataset):
    """The whole network for one block and the images of one data set."""
    channels, _, widths, classes = DATASETS[dataset]
    layers = normalized(channels, widths[0], 7, 2)
    for inputs, outputs in zip(widths, widths[1:]):
        if block == "dense":
            layers.append(Dense(inputs, outputs))
        else:
            layers.append(BLOCKS[block](inputs, outputs, 2))
            layers += [BLOCKS[block](outputs, outputs, 1) for _ in range(3)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes))


def counts(model, dataset):
    """Parameters, and multiply-adds of one image."""
    channels, size, _, _ = DATASETS[dataset]
    total = 0

    def count(module, _, output):
        nonlocal total
        places = output.shape[2] * output.shape[3] if output.dim() == 4 else 1
        total += module.weight.numel() * places

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    training = model.training
    model.eval()
    with torch.inference_mode():
        model(torch.zeros(1, channels, size, size))
    model.train(training)
    for hook in hooks:
        hook.remove()
    return sum(p.numel() for p in model.parameters()), total


def checked(block, dataset):
    """The network, once its counts are those of the study; raises ValueError where they are not."""
    model = network(block, dataset)
    found, expected = counts(model, dataset), COUNTS[block][dataset]
    if found != expected:
        raise ValueError(
            f"{block} on {dataset} in PyTorch: {found[0]} parameters and {found[1]} multiply-adds, "
            f"expected {expected[0]} and {expected[1]}")
    return model
