"""Twenty steps of training in PyTorch from the weights and batches that the tests of Networks write, for the fixture that
these tests compare with. Run by `make parity`; see README.md beside this file."""

import argparse
import copy
import json
import math
import pathlib
import struct

import torch
from torch import nn
from torch.nn import functional

import torch_networks

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURE = ROOT / "Tests/NetworksTests/Parity/pytorch.json"


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/parity.py", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="the files that the tests wrote")
    parser.add_argument("--write", type=pathlib.Path, default=FIXTURE)
    chosen = parser.parse_args()
    files = sorted(chosen.folder.glob("*.safetensors"))
    if not files:
        raise SystemExit(f"parity: error: no safetensors files in {chosen.folder}")
    # One thread: the order of PyTorch's sums depends on their number.
    torch.set_num_threads(1)
    cases = {}
    for file in files:
        tensors, metadata = read(file)
        single, double = (Run(tensors, metadata, kind).curve() for kind in (torch.float32, torch.float64))
        rounding = max(abs(a - b) / abs(b) for a, b in zip(single["losses"], double["losses"]))
        cases[metadata["case"]] = {"inputs": metadata["digest"], "single": single, "double": double}
        print(f"parity: {metadata['case']}: loss {single['losses'][0]:.4f} to {single['losses'][-1]:.4f}, "
              f"{rounding:.1e} from its own in double precision", flush=True)
    text = json.dumps({"pytorch": torch.__version__, "cases": cases}, sort_keys=True, indent=1)
    chosen.write.parent.mkdir(parents=True, exist_ok=True)
    chosen.write.write_text(text + "\n", encoding="utf-8")


def read(file):
    """The tensors of a safetensors file by name, and its metadata."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__")
    data = bytearray(content[8 + length:])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = values.reshape(entry["shape"])
    return tensors, metadata


class Run:
    """One training, in single or in double precision."""

    def __init__(self, tensors, metadata, kind):
        self.configuration = json.loads(metadata["configuration"])
        self.kind = kind
        self.model = torch_networks.checked(metadata["block"], metadata["network"]).to(kind)
        self.tensors = tensors
        # Both sides list their tensors in the order of the network.
        statistics = [b for name, b in self.model.named_buffers() if "running" in name]
        self.names = metadata["parameters"].split(" "), metadata["statistics"].split(" ")
        with torch.no_grad():
            for names, targets in zip(self.names, (list(self.model.parameters()), statistics)):
                if len(names) != len(targets):
                    raise SystemExit(f"parity: error: {len(names)} tensors, {len(targets)} in PyTorch")
                for name, target in zip(names, targets):
                    target.copy_(placed(name, tensors[name]))

    def curve(self):
        """The losses of all steps, the loss of validation, and the norms of changes."""
        configuration, model = self.configuration, self.model
        initial = copy.deepcopy(model)
        steps = sum(name.endswith(".images") for name in self.tensors) - 1
        optimizer = self.optimizer()
        schedule = self.schedule(optimizer, steps)
        limit, decay = configuration.get("gradientNormLimit"), configuration.get("weightAveraging")
        average = copy.deepcopy(model) if decay else None
        losses, changes = [], {}
        model.train()
        for step in range(steps):
            images, labels = self.batch(f"batch{step + 1}")
            optimizer.zero_grad()
            logits = model(images)
            losses.append(functional.cross_entropy(logits, labels).item())
            functional.cross_entropy(
                logits, labels, label_smoothing=configuration.get("labelSmoothing", 0.0)).backward()
            if limit:
                nn.utils.clip_grad_norm_(model.parameters(), limit)
            optimizer.step()
            schedule.step()
            if average:
                move(average, model, 1 - min(decay, (1 + step) / (10 + step)))
            if step == 0:
                changes["1"] = self.changes(initial, model)
        result = average or model
        changes[str(steps)] = self.changes(initial, result)
        result.eval()
        images, labels = self.batch("validation")
        with torch.no_grad():
            validation = functional.cross_entropy(result(images), labels).item()
        return {"losses": [rounded(x) for x in losses], "validationLoss": rounded(validation), "changes": changes}

    def batch(self, name):
        images = self.tensors[f"{name}.images"].permute(0, 3, 1, 2).contiguous().to(self.kind)
        return images, self.tensors[f"{name}.labels"].long()

    def optimizer(self):
        (name, options), = self.configuration["optimizer"].items()
        parameters = list(self.model.parameters())
        if name == "sgd":
            return torch.optim.SGD(
                parameters, lr=options["learningRate"], momentum=options["momentum"], nesterov=options["nesterov"],
                weight_decay=options["weightDecay"])
        common = {
            "lr": options.get("adamRate", options["learningRate"]), "betas": (options["beta1"], options["beta2"]),
            "eps": options["epsilon"]}
        if name == "adam":
            return torch.optim.Adam(parameters, weight_decay=options["weightDecay"], **common)
        # Only weights decay: those of convolutions and of the fully connected layer.
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": options["weightDecay"]},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0}]
        if name == "muon":
            return Muon(self.model, options, torch.optim.AdamW(groups, **common))
        return torch.optim.AdamW(groups, **common)

    def schedule(self, optimizer, steps):
        (name, options), = self.configuration["schedule"].items()
        if name == "constant":
            return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
        if name == "step":
            milestones = [math.ceil(at * steps) for at in options["at"]]
            return torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones, options["factor"])
        raise SystemExit(f"parity: error: no schedule '{name}' here")

    def changes(self, before, after):
        """The norm of the change of every group of tensors: those of one part and one role."""
        squares = {}
        for names, numbers in zip(self.names, (trained, running)):
            for name, a, b in zip(names, numbers(before), numbers(after)):
                group = name.split(".")[0] + "." + name.split(".")[-1]
                squares[group] = squares.get(group, 0.0) + (b.double() - a.double()).square().sum().item()
        return {group: rounded(math.sqrt(sum)) for group, sum in squares.items()}


class Muon(torch.optim.Optimizer):
    """Muon for the convolutions that mix channels, group by group, and `others` for all else, at a constant rate."""

    def __init__(self, model, options, others):
        convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
        mixing = [m for m in convolutions if m.groups == 1 or m.in_channels > m.groups]
        super().__init__([m.weight for m in mixing], {"lr": options["learningRate"]})
        self.groups = {m.weight: m.groups for m in mixing}
        self.options, self.others = options, others

    def zero_grad(self):
        self.others.zero_grad()

    @torch.no_grad()
    def step(self):
        rate, momentum = self.options["learningRate"], self.options["momentum"]
        for weight, groups in self.groups.items():
            velocity = self.state[weight].setdefault("velocity", torch.zeros_like(weight))
            velocity.lerp_(weight.grad, 1 - momentum)
            direction = weight.grad.lerp(velocity, momentum).reshape(groups, weight.shape[0] // groups, -1)
            direction = orthogonal(direction) * 0.2 * math.sqrt(max(direction.shape[1:]))
            weight.sub_(rate * (self.options["weightDecay"] * weight + direction.reshape(weight.shape)))
            # The others leave alone what has no gradient.
            weight.grad = None
        self.others.step()


def orthogonal(x):
    """Newton and Schulz's iteration on a stack of matrices, with Muon's coefficients."""
    x = x / x.norm(dim=(1, 2), keepdim=True)
    for _ in range(5):
        s = x @ x.mT
        x = 3.4445 * x + (-4.7750 * s + 2.0315 * s @ s) @ x
    return x


def trained(model):
    return [p.detach() for p in model.parameters()]


def running(model):
    return [b for name, b in model.named_buffers() if "running" in name]


def placed(name, values):
    """A tensor of ours in PyTorch's layout: [R, S, C/groups, K] as [K, C/groups, R, S], [C, K] as [K, C]."""
    if values.dim() == 4:
        return values.permute(3, 2, 0, 1)
    return values.t() if values.dim() == 2 else values


def move(average, model, share):
    """The exponential moving average, of running statistics too."""
    with torch.no_grad():
        for numbers in (trained, running):
            for target, source in zip(numbers(average), numbers(model)):
                target.lerp_(source, share)


def rounded(number):
    """Eight digits, more than single precision holds."""
    return float(f"{number:.8g}")


if __name__ == "__main__":
    main()
