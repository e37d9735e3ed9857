"""counters.py FOLDER PARTIES: what the parties' result rows and the counters of their interfaces say of the same runs.

Per party and direction: bytes of the message frames (the accounting), of the streams (TLS included, as TCP counted them), of
the interface. Expected on the interface are the frames and 66 bytes of headers (Ethernet 14, IPv4 20, TCP 32) a packet;
what is more is TLS, handshakes, greetings, and the parties' agreement before the runs, which no row has."""
import json
import sys

HEADER = 66


def wire(folder, party):
    """Bytes of (frames, stream) sent and received over all runs of a party."""
    sent, received = [0, 0], [0, 0]
    with open(f"{folder}/out{party}/results.jsonl") as lines:
        for row in map(json.loads, lines):
            if row["phase"] == "wire" and row["party"] == party:
                sent[0] += round(row["bytes_sent"] / (1 + row["value"] / 100))
                sent[1] += row["bytes_sent"]
                received[1] += row["bytes_recv"]
    return sent, received


def counts(path):
    with open(path) as lines:
        return [[int(word) for word in line.split()] for line in lines]


folder, parties = sys.argv[1], int(sys.argv[2])
before, after = counts(folder + "/before"), counts(folder + "/after")
print("         accounting      with TLS    interface   packets  expected    off")
worst = 0
for party in range(parties):
    sent, received = wire(folder, party)
    if sent[0] == 0:
        sys.exit(f"P{party} has no rows of phase wire: is the kernel older than 4.19?")
    tx, tx_packets, rx, rx_packets = (b - a for a, b in zip(before[party], after[party]))
    expected = sent[0] + HEADER * tx_packets
    off = tx / expected - 1
    worst = max(worst, abs(off))
    print(f"P{party} out {sent[0]:14,} {sent[1]:13,} {tx:12,} {tx_packets:9,} {expected:12,} {off:+.2%}")
    # What others sent to it is in their rows: of the receiver the streams are compared.
    expected = received[1] + HEADER * rx_packets
    off = rx / expected - 1
    worst = max(worst, abs(off))
    print(f"P{party} in  {'':14} {received[1]:13,} {rx:12,} {rx_packets:9,} {expected:12,} {off:+.2%}")
print(f"largest deviation {worst:.2%}")
sys.exit(0 if worst <= 0.02 else 1)
