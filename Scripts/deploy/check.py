#!/usr/bin/env python3
"""Lints the deployment files: they parse, and what they say about spdz-bench and this checkout is true."""
import pathlib
import re
import subprocess
import sys

import yaml

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
problems = []


def require(holds, what):
    if not holds:
        problems.append(what)


def options_of(command_file):
    """Long options of a command, from its source."""
    text = (root / "Sources/spdz-bench" / command_file).read_text()
    names = set()
    for match in re.finditer(r"@(?:Option|Flag)\((.*?)\)\s*\n?\s*var (\w+)", text, re.S):
        custom = re.search(r'\.customLong\("([^"]+)"\)', match[1])
        names.add("--" + (custom[1] if custom else re.sub(r"([A-Z])", lambda m: "-" + m[1].lower(), match[2])))
    return names


def check_party(words, where):
    known = options_of("PartyCommand.swift")
    require("party" in words, f"{where}: does not run a party")
    for word in words:
        if word.startswith("--"):
            require(word in known, f"{where}: spdz-bench party has no option {word}")
    for needed in ("--session", "--identity", "--output"):
        require(needed in words, f"{where}: {needed} is missing")


compose = yaml.safe_load((here / "compose.yaml").read_text())
services = compose["services"]
require(len(services) >= 2, "compose.yaml: fewer than two parties")
for index, (name, service) in enumerate(services.items()):
    where = f"compose.yaml: {name}"
    words = service["command"]
    check_party(words, where)
    require(words[words.index("--id") + 1] == str(index), f"{where}: is not party {index}")
    mounts = [volume.split(":")[0] for volume in service["volumes"]]
    require(f"./parties/p{index}" in mounts, f"{where}: has not its own identity")
    others = [f"./parties/p{other}" for other in range(len(services)) if other != index]
    require(not set(others) & set(mounts), f"{where}: sees another party's key")
    require(any(v.endswith("/identity:ro") for v in service["volumes"]), f"{where}: the identity is not read-only")

documents = list(yaml.safe_load_all((here / "kubernetes.yaml").read_text()))
kinds = {document["kind"]: document for document in documents}
require(set(kinds) == {"Service", "Job"}, "kubernetes.yaml: a Service and a Job are expected")
job = kinds["Job"]["spec"]
require(job["completionMode"] == "Indexed", "kubernetes.yaml: the Job is not indexed")
require(job["completions"] == job["parallelism"], "kubernetes.yaml: not all parties run at once")
require(job["backoffLimit"] == 0, "kubernetes.yaml: a party that failed must not be started again under the same session")
pod = job["template"]["spec"]
require(kinds["Service"]["spec"]["clusterIP"] == "None", "kubernetes.yaml: the Service is not headless")
require(
    pod["subdomain"] == kinds["Service"]["metadata"]["name"], "kubernetes.yaml: subdomain and Service differ")
require(
    job["template"]["metadata"]["labels"] == kinds["Service"]["spec"]["selector"],
    "kubernetes.yaml: the Service does not select the parties")
container = pod["containers"][0]
check_party(" ".join(container["args"]).replace('"', " ").split(), "kubernetes.yaml")
mounted = {mount["name"] for mount in container["volumeMounts"]}
declared = {volume["name"] for volume in pod["volumes"]}
require(mounted == declared, f"kubernetes.yaml: mounts {sorted(mounted ^ declared)} do not fit the volumes")
require(
    {f"p{index}" for index in range(job["completions"])} <= declared, "kubernetes.yaml: an identity is missing")
require(pod["securityContext"]["runAsNonRoot"], "kubernetes.yaml: runs as root")

known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "ENTRYPOINT"}
stages, text = set(), (here / "Dockerfile").read_text()
for line in re.sub(r"\\\n", " ", text).splitlines():
    if not line.strip() or line.startswith("#"):
        continue
    instruction, *words = line.split()
    require(instruction in known, f"Dockerfile: unknown instruction {instruction}")
    if instruction == "FROM" and "AS" in words:
        stages.add(words[words.index("AS") + 1])
    if instruction == "COPY":
        source = [word for word in words if not word.startswith("--")][:-1]
        stage = [word[7:] for word in words if word.startswith("--from=")]
        if stage:
            require(stage[0] in stages, f"Dockerfile: no stage {stage[0]}")
        else:
            for path in source:
                require((root / path).exists(), f"Dockerfile: {path} does not exist")
require("USER spdz" in text, "Dockerfile: runs as root")

syntax = subprocess.run(["bash", "-n", here / "slurm.sh"], capture_output=True, text=True)
require(syntax.returncode == 0, f"slurm.sh: {syntax.stderr.strip()}")
check_party(re.sub(r"\\\n", " ", (here / "slurm.sh").read_text()).split("exec srun")[1].split(), "slurm.sh")

for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
