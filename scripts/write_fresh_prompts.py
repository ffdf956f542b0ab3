"""Write the banks of fresh prompts of the shipped tasks, tasks/fresh/<task>.tsv.

Reads the tasks, whose own prompts no bank has, and the lists in scripts/sna/bank/lists.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from sna.bank.registry import GENERATORS, make_bank
from sna.inputs.fresh import write_fresh
from sna.inputs.tasks import read_task

TASKS = Path(__file__).parents[1] / "tasks"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write the banks of fresh prompts of the shipped tasks.")
    parser.add_argument("task", nargs="*", help="whose bank is written; all by default")
    names = parser.parse_args(arguments).task or list(GENERATORS)
    if unknown := sorted(set(names) - set(GENERATORS)):
        parser.error(f"no bank is made for {', '.join(unknown)}; there are {', '.join(GENERATORS)}")
    for name in names:
        write_fresh(TASKS / "fresh" / f"{name}.tsv", make_bank(read_task(TASKS / f"{name}.yaml")))


if __name__ == "__main__":
    main()
