"""Interrupted: a training step is taken whole or not at all, and a file is replaced whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from derivations.certificate.writing import write_whole
from tests.layout import same, snapshot

ROOT = Path(__file__).parents[1]


# Training. Between two steps the parameters are those after the last whole step: new arrays are made for all of
# them first, and put in place afterwards, in a loop that computes nothing.


class Stops:
    """A learning rate whose evaluation, before its step is computed, is interrupted."""

    def __new__(cls, net, at, error):
        class Stopping(net.Schedule):
            def __call__(self, step):
                if step == at:
                    raise error
                return 0.1

        return Stopping()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, SystemExit])
@pytest.mark.parametrize("at", [0, 1, 7])
def test_an_interrupted_training_has_taken_whole_steps(net, at, error):
    x, t = net.and_gate()
    whole, stopped = net.and_network(3), net.and_network(3)

    with pytest.raises(error):
        net.train(stopped, "mse", x, t, epochs=5, alpha=Stops(net, at, error))
    # The same steps by hand, one example after another.
    for step in range(at):
        which = slice(step % 4, step % 4 + 1)
        cut = (slice(None), which) if net.CONVENTION == "column" else (which, slice(None))
        whole.update(whole.gradients(x[cut], t[cut], "mse"), 0.1)
    assert same(snapshot(whole), snapshot(stopped))


@pytest.mark.parametrize("place", ["_value", "_input_gradient", "_parameter_gradients"])
def test_an_interrupt_inside_a_step_leaves_the_parameters_before_it(net, place, monkeypatch):
    x, t = net.and_gate()
    network = net.and_network(3)
    net.train(network, "mse", x, t, epochs=2, alpha=0.1)
    before = snapshot(network)
    kind = net.Tanh if place == "_input_gradient" else net.Dense
    original, calls = getattr(kind, place), []

    def interrupted(self, *arguments):
        calls.append(self)
        # The prediction that checks the shapes passes two dense layers; the step's own comes after it.
        if len(calls) > (3 if place == "_value" else 1):
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(kind, place, interrupted)
    with pytest.raises(KeyboardInterrupt):
        net.train(network, "mse", x, t, epochs=2, alpha=0.1)
    monkeypatch.undo()
    assert same(before, snapshot(network))
    net.train(network, "mse", x, t, epochs=1, alpha=0.1)  # and goes on
    assert not same(before, snapshot(network))


SIGNALLED = """
import signal, sys
import numpy as np
import {package} as net

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
x, t = net.and_gate()
network = net.and_network(3)
network.predict(x)
print("ready", flush=True)
try:
    while True:
        net.train(network, "mse", x, t, epochs=20, alpha=0.01)
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    shapes = [array.shape for named in network.parameters for array in named.values()]
    finite = all(np.isfinite(array).all() for named in network.parameters for array in named.values())
    again = net.train(network, "mse", x, t, epochs=1, alpha=0.01)
    print("interrupted", len(shapes), finite, bool(np.isfinite(again.losses[0])), flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_signal_leaves_finite_parameters_that_train_on(net):
    """A real SIGINT, at any instruction, even between two of the assignments: then some layers are a step ahead."""
    process = _python(SIGNALLED.format(package=net.__name__))
    assert process.stdout.readline().strip() == "ready"
    time.sleep(random.Random(0).uniform(0.02, 0.1))
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    assert out.split() == ["interrupted", "4", "True", "True"], out + err


# Files.


def _python(code, **settings):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def _certificate(path, content):
    write_whole(path, json.dumps({"content": content}))


def _weights(path, content):
    import colnet
    from derivations.converting import save

    save(path, colnet.Network([colnet.Dense.of(np.full((3, 3), len(content)), np.ones((3, 1)))]))


WRITERS = {"certificate": _certificate, "weights": _weights}


@pytest.mark.parametrize("where", ["open", "write", "fsync", "replace"])
@pytest.mark.parametrize(
    "what", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr
)
@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_leaves_the_file_before(tmp_path, monkeypatch, writer, what, where):
    path = tmp_path / "file"
    WRITERS[writer](path, "first")
    before = path.read_bytes()

    def fails(*arguments, **named):
        raise what

    if where == "write":
        # As a full disk does it: a part arrives, then nothing more.
        class Full(io.BufferedWriter):
            def write(self, text):
                super().write(text[: len(text) // 2])
                super().flush()
                raise what

        def opened(number, mode):
            return Full(io.FileIO(number, mode))

        monkeypatch.setattr("builtins.open", opened)
    else:
        monkeypatch.setattr(os, where, fails)
    with pytest.raises(type(what)):
        WRITERS[writer](path, "second")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"
    WRITERS[writer](path, "second")
    assert path.read_bytes() != before


LIMITED = """
import resource, signal, sys
from pathlib import Path
from derivations.certificate.writing import write_whole

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_whole(Path(sys.argv[1]), b"x" * 100_000)
except OSError as error:
    print(error.errno)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_a_file_that_may_not_grow_leaves_the_file_before(tmp_path):
    """The system itself refuses the write after 4096 bytes; nothing is patched."""
    path = tmp_path / "file"
    write_whole(path, "first")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == str(errno.EFBIG), done.stderr
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import sys
from itertools import count
from pathlib import Path
from derivations.certificate.writing import write_whole

path = Path(sys.argv[1])
print("ready", flush=True)
for number in count():
    write_whole(path, f"{number:08d}" * 20_000)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_process_leaves_a_whole_file(tmp_path):
    """SIGKILL at random moments: what is there is one of the versions, whole."""
    path = tmp_path / "file"
    write_whole(path, "00000000" * 20_000)
    drawn = random.Random(1)
    seen = set()
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout.readline().strip() == "ready"
            time.sleep(drawn.uniform(0.005, 0.06))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        text = path.read_text()
        assert len(text) == 160_000
        assert text == text[:8] * 20_000
        seen.add(text[:8])
    assert len(seen) > 1, "it never got to write"


def test_a_writer_in_place_would_be_noticed(tmp_path):
    """What is tested above fails for the plain way of writing."""
    path = tmp_path / "file"
    path.write_text("first")
    code = LIMITED.replace("write_whole(Path(sys.argv[1]), ", "Path(sys.argv[1]).write_bytes(")
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, timeout=60)
    assert path.read_bytes() != b"first"
