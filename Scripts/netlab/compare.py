"""compare.py LINK EMULATED REAL0 REAL1: online time (check included) of the slowest party, medians over the repeats.
compare.py --shapes LINK EMULATED REAL: two files of `shape<TAB>milliseconds`."""
import collections
import json
import statistics
import sys


def medians(folders):
    """By workload: the median over repeats of the slowest party's online and check time, in ms."""
    times = collections.defaultdict(lambda: collections.defaultdict(float))
    for folder in folders:
        with open(folder + "/results.jsonl") as lines:
            for row in map(json.loads, lines):
                if row["phase"] in ("online", "check") and row["layer_index"] is not None and row["wall_ns"] is not None:
                    times[row["op"]][row["repeat"], row["party"]] += row["wall_ns"] / 1e6
    result = {}
    for workload, cells in times.items():
        slowest = collections.defaultdict(float)
        for (repeat, _), time in cells.items():
            slowest[repeat] = max(slowest[repeat], time)
        result[workload] = statistics.median(slowest.values())
    return result


def shapes(path):
    with open(path) as lines:
        return {name: float(time) for name, time in (line.rstrip("\n").split("\t") for line in lines)}


if sys.argv[1] == "--shapes":
    link, predicted, measured = sys.argv[2], shapes(sys.argv[3]), shapes(sys.argv[4])
else:
    link, emulated, *real = sys.argv[1:]
    predicted, measured = medians([emulated]), medians(real)
worst = 0
for workload in predicted:
    off = predicted[workload] / measured[workload] - 1
    worst = max(worst, abs(off))
    print(f"{link:9} {workload:28} emulated {predicted[workload]:9.1f} ms   measured {measured[workload]:9.1f} ms   {off:+.1%}")
sys.exit(0 if worst <= 0.15 else 1)
