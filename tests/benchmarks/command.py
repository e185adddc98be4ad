"""``microae train`` on digits from start to end, beside the same network, batches and epochs in PyTorch.

python -m tests.benchmarks.command [epochs] [Python that has torch]

Both are fresh processes, imports included, on one thread, and take turns. Both measure the loss of the held-out samples
after each epoch and write the weights; microae keeps checkpoints, compares with PCA, and draws a picture besides.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks.timing import report, take_turns

# isort: split
import numpy as np

import microae as ma

TORCH = """
import sys
import numpy as np, torch
torch.set_num_threads(1)
epochs, x = int(sys.argv[1]), torch.from_numpy(np.load("digits.npy"))
x = x[torch.randperm(len(x))]
test, train = x[:359], x[359:]
net = torch.nn.Sequential(
    torch.nn.Linear(64, 32), torch.nn.LeakyReLU(0.01), torch.nn.Linear(32, 64), torch.nn.Sigmoid()
).double()
optimizer = torch.optim.AdamW(net.parameters(), lr=0.003, weight_decay=0.01)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
loss_of = torch.nn.MSELoss()
for epoch in range(epochs):
    for rows in torch.randperm(len(train)).split(32):
        optimizer.zero_grad()
        loss = loss_of(net(train[rows]), train[rows])
        loss.backward()
        optimizer.step()
    schedule.step()
    with torch.no_grad():
        loss_of(net(test), test).item()
torch.save(net.state_dict(), "net.pt")
"""


def main() -> None:
    given = sys.argv[1:]
    epochs, python = given[0] if given else "20", given[1] if len(given) > 1 else sys.executable
    commands = {
        "microae": [sys.executable, "-m", "microae", "train", "--epochs", epochs, "--quiet"],
        "PyTorch": [python, "-c", TORCH, epochs],
    }
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | path
    with tempfile.TemporaryDirectory() as directory:
        np.save(Path(directory, "digits.npy"), ma.data.digits()[0])
        run = partial(subprocess.run, cwd=directory, env=environment, check=True, stdout=subprocess.DEVNULL)
        contestants = {name: partial(run, command) for name, command in commands.items()}
        report(f"digits, 64-32-64, {epochs} epochs", take_turns(contestants, rounds=3))


if __name__ == "__main__":
    main()
