"""Opens a network that `offprint export --format safetensors` wrote, in PyTorch.

    from load_model import load
    network, metadata = load("residual.safetensors")
    logits = network(images)                    # images [N, C, H, W], scaled as metadata["input"] says

The file holds the graph as well as the weights, so the network is built from it and no class has to be written. Needs
torch and safetensors.
"""
import json
import sys

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional


class Network(nn.Module):
    """A graph of offprint; parameters and buffers have the names of the file."""

    def __init__(self, nodes):
        super().__init__()
        self.nodes = nodes
        self.layers = {}
        for node in nodes:
            channels = [nodes[i]["outputShape"]["channels"] for i in node["inputs"]]
            layer = make_layer(*next(iter(node["layer"].items())), channels)
            if layer is not None:
                self.layers[node["name"]] = layer
                *folders, name = node["name"].split(".")
                place = self
                for folder in folders:
                    if folder not in place._modules:
                        place.add_module(folder, nn.Module())
                    place = place._modules[folder]
                place.add_module(name, layer)

    def forward(self, images):
        values = []
        for node in self.nodes:
            (kind, settings), = node["layer"].items()
            inputs = [values[i] for i in node["inputs"]] or [images]
            if node["name"] in self.layers:
                values.append(self.layers[node["name"]](inputs[0]))
            else:
                values.append(apply(kind, settings, inputs))
        return values[-1].flatten(1)


def make_layer(kind, settings, channels):
    """The module of a layer with weights; None for all others."""
    if kind == "convolution":
        return nn.Conv2d(
            channels[0], settings["outputChannels"], settings["kernel"], settings["stride"], settings["padding"],
            groups=settings["groups"], bias=settings["bias"])
    if kind == "batchNorm":
        return nn.BatchNorm2d(channels[0], eps=settings["epsilon"], momentum=settings["momentum"])
    if kind == "linear":
        return Linear1x1(channels[0], settings["outputs"], settings["bias"])
    return None


class Linear1x1(nn.Linear):
    """Fully connected, from a map of one pixel to one of one pixel."""

    def forward(self, values):
        return super().forward(values.flatten(1))[:, :, None, None]


def apply(kind, settings, inputs):
    """What a layer without weights makes of its inputs."""
    first = inputs[0]
    if kind == "input":
        return first
    if kind == "relu":
        maximum = settings.get("maximum")
        return functional.relu(first) if maximum is None else first.clamp(0, maximum)
    if kind == "maxPool":
        return functional.max_pool2d(first, settings["window"], settings["stride"], settings["padding"])
    if kind == "averagePool":
        return functional.avg_pool2d(first, settings["window"], settings["stride"], settings["padding"])
    if kind == "globalAveragePool":
        return first.mean((2, 3), keepdim=True)
    if kind == "add":
        return sum(inputs[1:], first)
    if kind == "concatenate":
        return torch.cat(inputs, 1)
    if kind == "channelShuffle":
        return functional.channel_shuffle(first, settings["groups"])
    raise ValueError(f"unknown layer {kind}")


def load(path):
    """The network, ready to answer, and what the file says of it."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        weights = {name: file.get_tensor(name) for name in file.keys()}
    network = Network(json.loads(metadata["graph"])["nodes"])
    network.load_state_dict(weights)
    return network.eval(), metadata


if __name__ == "__main__":
    network, metadata = load(sys.argv[1])
    print(metadata["documentation"])
    shape = json.loads(metadata["input"])
    images = torch.zeros(1, shape["channels"], shape["height"], shape["width"])
    print(network(images))
