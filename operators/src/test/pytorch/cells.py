"""Makes the golden files of every cell with PyTorch; run it from the top of the repository.

    pip install torch numpy safetensors
    python operators/src/test/pytorch/cells.py

The build does not run it: its bytes are stored. Made with PyTorch 2.13.0 on a CPU. The cells that
PyTorch does not have are written out here, with autograd.

operators/src/test/resources/pytorch/cells.safetensors
  for each architecture, 1 and 2 layers, one and both directions, under "architecture-layers-directions.":
  three sequences of 4, 6 and 3 events, one event without a label; logits, gradients of the mean loss,
  ten losses, norms and the weights after ten clipped steps of Adam. Weights and gradients are flat, in
  the order of their names.
local-cluster/src/test/resources/pytorch/cells/
  events.jsonl, most with a label, and for each architecture, 1 and 2 layers, one and both directions
  a model directory with expected.jsonl, the rows of each sequence in their order, classes.jsonl, the row
  of each sequence where the task is classification, and evaluation.json, for each task what is
  labelled, the accuracy, the cross entropy, and the gradient flow: of each layer, of each distance k the
  norm of the gradient of the loss at the end of a sequence by the forward h of k events before, a mean
  over the sequences that are so long. All of it in double precision, the weights as stored.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy

GOLDEN = pathlib.Path("operators/src/test/resources/pytorch/cells.safetensors")
DIRECTORIES = pathlib.Path("local-cluster/src/test/resources/pytorch/cells")
STEPS = 10
LEARNING_RATE = 3e-3
CLIP = 0.15


def rnn_sigmoid(a, b, h):
    return torch.sigmoid(a + b(h))


def gru_reset_before(a, b, h):
    n = h.shape[-1]
    rz = torch.sigmoid(a[: 2 * n] + b(h)[: 2 * n])
    r, z = rz[:n], rz[n:]
    new = torch.tanh(a[2 * n :] + b(r * h)[2 * n :])
    return (1 - z) * new + z * h


def mgu(a, b, h):
    n = h.shape[-1]
    sums = a + b(h)
    g, new = torch.sigmoid(sums[:n]), torch.tanh(sums[n:])
    return g * new + (1 - g) * h


OWN = {"rnn_sigmoid": (rnn_sigmoid, 1), "gru_reset_before": (gru_reset_before, 3), "mgu": (mgu, 2)}
BUILT_IN = {
    "rnn_tanh": lambda *a, **k: nn.RNN(*a, nonlinearity="tanh", **k),
    "rnn_relu": lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k),
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Own(nn.Module):
    """Stacked layers of a cell that PyTorch lacks, with PyTorch's names."""

    def __init__(self, architecture, inputs, hidden, layers, bidirectional):
        super().__init__()
        self.step, blocks = OWN[architecture]
        self.hidden_size, self.layers, self.directions = hidden, layers, 2 if bidirectional else 1
        bound = hidden**-0.5
        for layer in range(layers):
            width = inputs if layer == 0 else self.directions * hidden
            for suffix in ("", "_reverse")[: self.directions]:
                for name, shape in (
                    ("weight_ih", (blocks * hidden, width)),
                    ("weight_hh", (blocks * hidden, hidden)),
                    ("bias_ih", (blocks * hidden,)),
                    ("bias_hh", (blocks * hidden,)),
                ):
                    value = torch.empty(shape).uniform_(-bound, bound)
                    setattr(self, f"{name}_l{layer}{suffix}", nn.Parameter(value))

    def forward(self, x):
        for layer in range(self.layers):
            both = []
            for suffix in ("", "_reverse")[: self.directions]:
                w = lambda name: getattr(self, f"{name}_l{layer}{suffix}")
                a = x @ w("weight_ih").T + w("bias_ih")
                h, states = torch.zeros(self.hidden_size, dtype=x.dtype), []
                for t in range(len(x)) if not suffix else reversed(range(len(x))):
                    h = self.step(a[t], lambda v: w("weight_hh") @ v + w("bias_hh"), h)
                    states.append(h)
                both.append(torch.stack(states if not suffix else states[::-1]))
            x = torch.cat(both, 1)
        return x, None


class Tagger(nn.Module):
    def __init__(self, architecture, inputs, hidden, layers, bidirectional, labels):
        super().__init__()
        if architecture in OWN:
            self.rnn = Own(architecture, inputs, hidden, layers, bidirectional)
        else:
            make = BUILT_IN[architecture]
            self.rnn = make(inputs, hidden, layers, bidirectional=bidirectional)
        self.output = nn.Linear(hidden * (2 if bidirectional else 1), labels)

    def forward(self, x):
        return self.output(self.rnn(x)[0])

    def classify(self, x):
        """Logits [1, labels] from where each direction has read the whole sequence."""
        y, hidden = self.rnn(x)[0], self.rnn.hidden_size
        return self.output(torch.cat((y[-1:, :hidden], y[:1, hidden:]), 1))


def flat(tensors):
    """In the order of the names."""
    return torch.cat([t.detach().flatten() for _, t in sorted(tensors.items())])


def case(architecture, layers, bidirectional):
    inputs, hidden, labels, lengths = 3, 4, 3, (4, 6, 3)
    model = Tagger(architecture, inputs, hidden, layers, bidirectional, labels)
    x = [torch.randn(n, inputs) for n in lengths]
    y = [torch.randint(labels, (n,)) for n in lengths]
    y[1][2] = -1
    out = {"weights": flat(dict(model.named_parameters()))}
    out |= {"x": torch.cat(x), "labels": torch.cat(y).float()}
    out["logits"] = torch.cat([model(s).detach() for s in x])

    def loss():
        return cross_entropy(torch.cat([model(s) for s in x]), torch.cat(y), ignore_index=-1)

    loss().backward()
    out["gradients"] = flat({name: p.grad for name, p in model.named_parameters()})
    adam = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    losses, norms = [], []
    for _ in range(STEPS):
        model.zero_grad()
        value = loss()
        value.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), CLIP))
        losses.append(value.detach())
        adam.step()
    out |= {"losses": torch.stack(losses), "norms": torch.stack(norms)}
    out["after"] = flat(dict(model.named_parameters()))
    return {f"{architecture}-{layers}-{2 if bidirectional else 1}.{k}": v for k, v in out.items()}


def golden():
    out = {}
    for i, architecture in enumerate([*BUILT_IN, *OWN]):
        for layers in (1, 2):
            for bidirectional in (False, True):
                torch.manual_seed(100 * i + 10 * layers + bidirectional)
                out |= case(architecture, layers, bidirectional)
    save_file({k: v.contiguous() for k, v in out.items()}, GOLDEN)


def events(labels, inputs):
    """Sequences that interleave, some ends bare; most events with features have a label."""
    sequences = {}
    for i in range(9):
        rows = torch.randn(int(torch.randint(1, 9, ())), inputs).tolist()
        name = f"m-{i}"
        events = [{"sequence": name, "features": [round(v, 3) for v in row]} for row in rows]
        if i % 3 == 0:
            events[-1]["end"] = True
        elif i % 3 == 1:
            events.append({"sequence": name, "end": True})
        for event in events:
            if "features" in event and torch.rand(()) < 0.75:
                event["label"] = labels[int(torch.randint(len(labels), ()))]
        sequences[name] = events
    waiting = {name: list(events) for name, events in sequences.items()}
    with open(DIRECTORIES / "events.jsonl", "w") as arrivals:
        while waiting:
            name = list(waiting)[int(torch.randint(len(waiting), ()))]
            arrivals.write(json.dumps(waiting[name].pop(0)) + "\n")
            waiting = {name: events for name, events in waiting.items() if events}
    return sequences


def write_rows(file, labels, rows):
    """Rows of (sequence, index, logits)."""
    with open(file, "w") as out:
        for name, index, logits in rows:
            scores = torch.softmax(logits, 0)
            row = {"sequence": name, "index": index, "tag": labels[int(scores.argmax())]}
            out.write(json.dumps(row | {"scores": [float(f"{s:.9g}") for s in scores]}) + "\n")


def evaluation(labels, rows):
    """What is labelled, the part that is right, and the mean of -log of its probability, nats."""
    logits = torch.stack([z for z, event in rows if "label" in event])
    right = torch.tensor([labels.index(event["label"]) for _, event in rows if "label" in event])
    accuracy = (logits.argmax(1) == right).double().mean()
    loss = cross_entropy(logits, right)
    return {"labelled": len(right), "accuracy": float(accuracy), "cross_entropy": float(loss)}


def lstm(a, b, h, c):
    i, f, g, o = (a + b(h)).chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru(a, b, h):
    (ar, az, an), (br, bz, bn) = a.chunk(3), b(h).chunk(3)
    r, z = torch.sigmoid(ar + br), torch.sigmoid(az + bz)
    return (1 - z) * torch.tanh(an + r * bn) + z * h


FORMULAS = {name: step for name, (step, _) in OWN.items()} | {
    "rnn_tanh": lambda a, b, h: torch.tanh(a + b(h)),
    "rnn_relu": lambda a, b, h: torch.relu(a + b(h)),
    "gru": gru,
}


def hidden_states(rnn, architecture, x, suffix):
    """h of each timestep of x [T, D], each keeping its gradient."""
    w = lambda name: getattr(rnn, name + suffix)
    a = x @ w("weight_ih").T + w("bias_ih")
    b = lambda v: w("weight_hh") @ v + w("bias_hh")
    h = c = torch.zeros(rnn.hidden_size, dtype=x.dtype)
    states = [None] * len(x)
    for t in reversed(range(len(x))) if suffix.endswith("reverse") else range(len(x)):
        if architecture == "lstm":
            h, c = lstm(a[t], b, h, c)
        else:
            h = FORMULAS[architecture](a[t], b, h)
        h.retain_grad()
        states[t] = h
    return states


@torch.enable_grad()
def gradient_flow(model, architecture, layers, bidirectional, sequences, classifies):
    """Of (x, label or None): the mean norms [layers][distances]."""
    norms = [[] for _ in range(layers)]
    for x, label in sequences:
        y, kept = x, []
        for layer in range(layers):
            forward = hidden_states(model.rnn, architecture, y, f"_l{layer}")
            kept.append(forward)
            sides = [torch.stack(forward)]
            if bidirectional:
                reverse = hidden_states(model.rnn, architecture, y, f"_l{layer}_reverse")
                sides.append(torch.stack(reverse))
            y = torch.cat(sides, 1)
        n = model.rnn.hidden_size
        end = torch.cat((y[-1, :n], y[0, n:])) if classifies else y[-1]
        logits = model.output(end)
        torch.testing.assert_close(logits, model.classify(x)[0] if classifies else model(x)[-1])
        right = logits.argmax() if label is None else torch.tensor(label)
        cross_entropy(logits, right).backward()
        for layer, states in enumerate(kept):
            for k, h in enumerate(reversed(states)):
                if k == len(norms[layer]):
                    norms[layer].append([])
                norms[layer][k].append(float(h.grad.norm()))
    return [[float(f"{sum(of) / len(of):.9g}") for of in layer] for layer in norms]


def directory(architecture, layers, bidirectional, labels, inputs, hidden, sequences):
    model = Tagger(architecture, inputs, hidden, layers, bidirectional, len(labels))
    for name, p in model.named_parameters():  # fresh weights would give the same tag to all
        if architecture != "rnn_relu" or name == "output.weight":
            p.data.mul_(0.5 if "bias" in name else 4)
    folder = DIRECTORIES / f"{architecture}-{layers}{'-both' if bidirectional else ''}"
    folder.mkdir(exist_ok=True)
    save_file({k: v.detach() for k, v in model.named_parameters()}, folder / "model.safetensors")
    config = {
        "eddy_version": 1,
        "architecture": architecture,
        "input_size": inputs,
        "hidden_size": hidden,
        "num_layers": layers,
        "bidirectional": bidirectional,
        "task": "tagging",
        "labels": labels,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    model.double()
    tags, classes, tagged, classified, ends = [], [], [], [], []
    for name, events in sequences.items():
        steps = [event for event in events if "features" in event]
        x = torch.tensor([event["features"] for event in steps]).double()
        logits, whole = model(x), model.classify(x)[0]
        tags += [(name, i, z) for i, z in enumerate(logits)]
        tagged += list(zip(logits, steps))
        classes.append((name, len(steps) - 1, whole))
        classified.append((whole, steps[-1]))  # a bare end has no label here
        ends.append((x, labels.index(steps[-1]["label"]) if "label" in steps[-1] else None))
    write_rows(folder / "expected.jsonl", labels, tags)
    write_rows(folder / "classes.jsonl", labels, classes)
    found = {"tagging": evaluation(labels, tagged), "classification": evaluation(labels, classified)}
    flow = lambda *sequences: gradient_flow(model, architecture, layers, bidirectional, *sequences)
    found["tagging"]["gradient_flow"] = flow(ends, False)
    found["classification"]["gradient_flow"] = flow(ends, True)
    (folder / "evaluation.json").write_text(json.dumps(found) + "\n")


def directories():
    torch.manual_seed(20)
    inputs, hidden, labels = 3, 18, ["idle", "run", "stop", "fault"]
    DIRECTORIES.mkdir(parents=True, exist_ok=True)
    sequences = events(labels, inputs)
    with torch.no_grad():
        for architecture in [*BUILT_IN, *OWN]:
            for layers in (1, 2):
                for both in (False, True):
                    directory(architecture, layers, both, labels, inputs, hidden, sequences)


torch.set_num_threads(1)
golden()
directories()
