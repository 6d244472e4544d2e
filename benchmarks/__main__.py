"""`python -m benchmarks [NAME ...]`: take the figures, all or those of the named files; each is kept as it is taken."""

import sys
from importlib import import_module

from benchmarks.measure import keep, table

FILES = ("loading", "camt", "tracing", "peers", "first_minutes")

names = sys.argv[1:] or FILES
unknown = sorted(set(names) - set(FILES))
if unknown:
    sys.exit(f"There is no benchmark {unknown[0]}. Use: {', '.join(FILES)}.")
for name in names:
    for measure in import_module(f"benchmarks.{name}").measures():
        print(f"{measure.name}: {measure.value:g} {measure.unit}", flush=True)
        kept = keep([measure])
print("\n".join(table(kept)))
