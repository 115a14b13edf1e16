"""The iptables rules that the cluster adds, and their removal."""

import re

from cluster.layout import POD_NETWORK, RULE_COMMENT
from cluster.shell import run

_FAMILIES = ("iptables", "ip6tables")
_OWN_CHAIN = re.compile(r"^(KUBE-|CNI-)")


def accept_pods() -> None:
    """Accept pods' packets even where the machine forwards nothing by default, as with Docker."""
    for direction in ("-s", "-d"):
        rule = [direction, POD_NETWORK, "-m", "comment", "--comment", RULE_COMMENT, "-j", "ACCEPT"]
        run(["iptables", "-w", "-I", "FORWARD", *rule])


def rules() -> list[str]:
    """All rules and all chains that are not built in, of both families, without counters and comments."""
    found = []
    for family in _FAMILIES:
        for table, lines in _tables(run([f"{family}-save"])).items():
            kept = [
                line.partition(" ")[0] if line.startswith(":") else line for line in lines if not _is_built_in(line)
            ]
            found += [f"{family} {table} {line}" for line in kept]
    return found


def own_chains(saved: str) -> list[str]:
    """The chains of a Kubernetes cluster in the output of iptables-save."""
    names = [line[1:].split()[0] for lines in _tables(saved).values() for line in lines if line.startswith(":")]
    return [name for name in names if _OWN_CHAIN.match(name)]


def another_cluster() -> list[str]:
    """The chains of a Kubernetes cluster that this machine has now."""
    return own_chains(run(["iptables-save"]))


def remove() -> None:
    """Remove every rule and chain of kube-proxy, the network plugins and our own, of both families."""
    for family in _FAMILIES:
        if script := removal(run([f"{family}-save"])):
            run([f"{family}-restore", "--noflush", "--wait"], text=script)


def removal(saved: str) -> str:
    """A script for `iptables-restore --noflush` that removes our rules and chains in `saved`; empty without any."""
    script = []
    for table, lines in _tables(saved).items():
        chains = [
            name for name in (line[1:].split()[0] for line in lines if line.startswith(":")) if _OWN_CHAIN.match(name)
        ]
        elsewhere = [line for line in lines if line.startswith("-A") and line.split()[1] not in chains]
        ours = [line for line in elsewhere if _is_ours(line)]
        if chains or ours:
            # Naming a chain flushes it. Only flushed chains can be deleted, because they may refer to each other.
            flushed, deleted = [f":{name} - [0:0]" for name in chains], [f"-X {name}" for name in chains]
            script += [f"*{table}", *flushed, *(f"-D{line[2:]}" for line in ours), *deleted, "COMMIT"]
    return "\n".join([*script, ""]) if script else ""


def _is_ours(rule: str) -> bool:
    target = re.search(r" -[jg] (\S+)", rule)
    return f"--comment {RULE_COMMENT}" in rule or (target is not None and bool(_OWN_CHAIN.match(target[1])))


def _is_built_in(line: str) -> bool:
    return line.startswith(":") and " - [" not in line


def _tables(saved: str) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    table = ""
    for line in saved.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith((":", "-A")):
            tables.setdefault(table, []).append(line)
    return tables
