"""Mixed load with kills, in a short form; `python -m bench.soak --minutes 20` is the long one."""

import os

from bench.soak import Sample, soak, verdicts

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))


def test_mixed_load_with_kills_ends_where_it_began() -> None:
    said: list[str] = []
    assert soak(MINUTES, said.append, kill_every=20) == [], "\n".join(said)
    assert any("localcloud was killed" in line for line in said)
    assert any("an instance was killed" in line for line in said)


def test_what_grows_is_told() -> None:
    samples = [Sample(at, 50 + at, 20, 3, 2, at * 1000, at) for at in range(100)]
    told = verdicts(samples, lambda _: None)
    assert [sentence.split(" grew")[0] for sentence in told] == ["memory, MB"]
