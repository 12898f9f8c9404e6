"""Makes the golden files with PyTorch; run it from the top of the repository.

    pip install torch numpy safetensors
    python operators/src/test/pytorch/generate.py

The build does not run it: its bytes are stored. Made with PyTorch 2.13.0 on a CPU.

operators/src/test/resources/pytorch/
  training.safetensors  two layers, three sequences of 4, 6 and 3 events, one event without a label:
                        weights, states, inputs, labels, logits, loss, gradients, ten losses with Adam
  text/                 ten losses with an embedding table, stepped by its own Adam outside the
                        clipped norm: config.json, model.safetensors, events.jsonl,
                        expected.safetensors. Every step touches the same rows, so that lazy and
                        dense Adam are one (SparseAdam puts epsilon elsewhere).
  optimizers.safetensors  a weight, ten gradients, and the weight after ten steps of each optimizer
local-cluster/src/test/resources/pytorch/
  lstm-1 to lstm-3      model directories, events.jsonl, and expected.jsonl in the order of arrival
"""

import json
import pathlib
import zlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import cross_entropy, embedding_bag

ROOT = pathlib.Path("operators/src/test/resources/pytorch")
DIRECTORIES = pathlib.Path("local-cluster/src/test/resources/pytorch")
STEPS = 10
LEARNING_RATE = 3e-3
CLIP = 0.15


class Tagger(nn.Module):
    def __init__(self, inputs, hidden, layers, labels, table=None):
        super().__init__()
        self.rnn = nn.LSTM(inputs, hidden, layers)
        self.output = nn.Linear(hidden, labels)
        if table:
            self.embedding = nn.Embedding(*table)
            nn.init.normal_(self.embedding.weight, 0, 0.05)

    def run(self, x, state=None):
        """x [T, D], state ([layers, H], [layers, H]): logits [T, K] and the state after."""
        y, state = self.rnn(x, state)
        return self.output(y), state


def weights(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def learn(model, loss, extra=()):
    """Ten losses of Adam with clipping; extra optimizers step outside the clipped norm."""
    dense = [p for name, p in model.named_parameters() if name != "embedding.weight"]
    adam = torch.optim.Adam(dense, lr=LEARNING_RATE)
    losses, norms = [], []
    for _ in range(STEPS):
        model.zero_grad()
        value = loss()
        value.backward()
        norms.append(nn.utils.clip_grad_norm_(dense, CLIP))
        losses.append(value.detach())
        for optimizer in (adam, *extra):
            optimizer.step()
    return {"losses": torch.stack(losses), "norms": torch.stack(norms)}


def training():
    torch.manual_seed(1)
    inputs, hidden, layers, labels, lengths = 5, 7, 2, 4, (4, 6, 3)
    model = Tagger(inputs, hidden, layers, labels)
    out = weights(model)
    x = [torch.randn(n, inputs) for n in lengths]
    y = [torch.randint(labels, (n,)) for n in lengths]
    y[1][2] = -1
    h = [0.5 * torch.randn(layers, hidden) for _ in lengths]
    c = [0.5 * torch.randn(layers, hidden) for _ in lengths]

    def logits():
        return [model.run(x[i], (h[i], c[i])) for i in range(len(lengths))]

    def loss():
        return cross_entropy(torch.cat([l for l, _ in logits()]), torch.cat(y), ignore_index=-1)

    for i in range(len(lengths)):
        z, (h_after, c_after) = logits()[i]
        out |= {f"x.{i}": x[i], f"labels.{i}": y[i].float(), f"logits.{i}": z.detach()}
        out[f"state.{i}"] = torch.stack((h[i], c[i]), 1).flatten()
        out[f"state_after.{i}"] = torch.stack((h_after, c_after), 1).flatten().detach()
    loss().backward()
    out |= {f"gradient.{name}": p.grad.clone() for name, p in model.named_parameters()}
    out |= learn(model, loss)
    out |= {f"after.{name}": p for name, p in weights(model).items()}
    save_file({name: t.contiguous() for name, t in out.items()}, ROOT / "training.safetensors")


def squeezed_shape(word):
    shape = ""
    for ch in word:
        kind = "X" if ch.isupper() else "x" if ch.islower() else "d" if ch.isdigit() else ch
        if not shape.endswith(kind):
            shape += kind
    return shape


def hashes(word, rows):
    low = word.lower()
    strings = ["w=" + word, "l=" + low]
    strings += [f"s{n}={low[-n:]}" for n in (1, 2, 3, 4)]
    strings += [f"p{n}={low[:n]}" for n in (1, 2, 3)]
    strings += ["sh=" + squeezed_shape(word)]
    return [zlib.crc32(s.encode()) % rows for s in strings]


def text():
    torch.manual_seed(2)
    rows, width, hidden = 97, 6, 8
    labels = ["at", "nn", "vb", "."]
    model = Tagger(width, hidden, 1, len(labels), (rows, width))
    words = {
        "a": "The dog of McCoy-42 barked .".split(),
        "b": "Über 1,161 naïve 語 𝒳s ran".split(),
        "c": "The Dog sat .".split(),
    }
    tags = {name: torch.randint(len(labels), (len(w),)) for name, w in words.items()}
    folder = ROOT / "text"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights(model), folder / "model.safetensors")
    write_config(folder, width, hidden, 1, labels, {"kind": "text", "rows": rows, "width": width})
    with open(folder / "events.jsonl", "w", encoding="utf-8") as events:
        for name, sequence in words.items():
            for word, tag in zip(sequence, tags[name]):
                event = {"sequence": name, "token": word, "label": labels[tag]}
                events.write(json.dumps(event, ensure_ascii=False) + "\n")

    def bags(sequence):
        indices = torch.tensor([hashes(w, rows) for w in sequence])
        return embedding_bag(indices, model.embedding.weight, mode="sum")

    def loss():
        logits = [model.run(bags(sequence))[0] for sequence in words.values()]
        return cross_entropy(torch.cat(logits), torch.cat(list(tags.values())))

    table = torch.optim.Adam([model.embedding.weight], lr=LEARNING_RATE)
    out = learn(model, loss, (table,))
    out |= {f"after.{name}": p for name, p in weights(model).items()}
    save_file(out, folder / "expected.safetensors")


def write_config(folder, inputs, hidden, layers, labels, features):
    config = {
        "eddy_version": 1,
        "architecture": "lstm",
        "input_size": inputs,
        "hidden_size": hidden,
        "num_layers": layers,
        "bidirectional": False,
        "task": "tagging",
        "labels": labels,
        "features": features,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def directory(layers):
    """Sequences that interleave; one name is used again after its end, some ends are bare."""
    torch.manual_seed(10 + layers)
    inputs, hidden, labels = 6, 17, ["idle", "start", "run", "stop", "fault"]
    model = Tagger(inputs, hidden, layers, len(labels))
    for name, p in model.named_parameters():  # fresh weights would give the same tag to all
        p.data.mul_(0.5 if "bias" in name else 6)
    mean = torch.tensor([0.0, 1.0, -2.0, 0.5, 10.0, 0.25])
    scale = torch.tensor([1.0, 2.0, 0.5, 1.0, 4.0, 0.125])
    folder = DIRECTORIES / f"lstm-{layers}"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights(model), folder / "model.safetensors")
    features = {"kind": "numeric", "mean": mean.tolist(), "scale": scale.tolist()}
    write_config(folder, inputs, hidden, layers, labels, features)
    waiting = []
    for i in range(40):
        length = int(torch.randint(1, 15, ()))
        raw = (mean + scale * torch.randn(length, inputs)).tolist()
        events = [{"sequence": f"m-{i}", "features": [round(v, 4) for v in row]} for row in raw]
        if i % 4 == 1:
            events[-1]["end"] = True
        elif i % 4 == 3:
            events.append({"sequence": f"m-{i}", "end": True})
        if i % 8 in (1, 3):
            again = [dict(e) for e in events]
            again[0]["features"] = [round(v, 4) for v in (mean - scale).tolist()]
            events += again
        waiting.append(events)
    states, steps = {}, {}
    arrivals, expected = open(folder / "events.jsonl", "w"), open(folder / "expected.jsonl", "w")
    with arrivals, expected:
        while waiting:
            k = int(torch.randint(len(waiting), ()))
            event = waiting[k].pop(0)
            if not waiting[k]:
                waiting.pop(k)
            arrivals.write(json.dumps(event) + "\n")
            name = event["sequence"]
            if "features" in event:
                x = (torch.tensor([event["features"]]) - mean) / scale
                with torch.no_grad():
                    logits, states[name] = model.run(x, states.get(name))
                scores = torch.softmax(logits[0], 0).tolist()
                row = {"sequence": name, "index": steps.get(name, 0)}
                row |= {"tag": labels[int(torch.argmax(logits))], "scores": scores}
                expected.write(json.dumps(row) + "\n")
                steps[name] = steps.get(name, 0) + 1
            if event.get("end"):
                states.pop(name, None)
                steps.pop(name, None)


def optimizers():
    """Ten given gradients to a weight [3, 17], with each optimizer at the same learning rate."""
    torch.manual_seed(3)
    start, gradients = torch.randn(3, 17), torch.randn(STEPS, 3, 17)
    out = {"weight": start, "gradients": gradients}
    choices = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=0.05),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    }
    for name, choice in choices.items():
        weight = nn.Parameter(start.clone())
        optimizer = choice([weight])
        for gradient in gradients:
            weight.grad = gradient.clone()
            optimizer.step()
        out[name] = weight.detach()
    save_file(out, ROOT / "optimizers.safetensors")


ROOT.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(1)
training()
text()
optimizers()
for n in (1, 2, 3):
    directory(n)
