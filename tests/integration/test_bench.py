import json
import subprocess
import sys

import pytest

from tests.support.project import ROOT


@pytest.mark.long
@pytest.mark.usefixtures("local_aws")
def test_the_bench_gives_its_six_ratios_when_it_runs_a_sample() -> None:
    command = [sys.executable, "-m", "bench.offer", "--warm", "10", "--cold", "1", "--json"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert outcome.returncode == 0, outcome.stderr
    result = json.loads(outcome.stdout)
    assert len(result) == 6
    assert all(figures["ratio"] > 0 for figures in result.values())
