#!/usr/bin/env bash
# OpenSim 4.6 has two readers for the same .sto file, and they disagree about its columns and rows.
#
# Guess: columns of a .sto or .mot file are separated by tabs, so a label may hold a blank; and a time that comes again is an
#   error for both readers or for neither.
# Behaviour: TimeSeriesTable separates by tabs. Storage, which the tools use, separates labels by any blank: "left share" becomes
#   two labels, so that label and value of every later column are shifted by one, without a word. A time that comes again is
#   refused by TimeSeriesTable with an exception; Storage drops one of the two rows without a word.
# Output seen:
#   opensim 4.6: TimeSeriesTable reads columns ['left share', 'right'], Storage reads ['time', 'left', 'share', 'right']
#   time again: TimeSeriesTable refuses the file, Storage keeps 2 of 3 rows
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: 'opensim==4.6'
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import opensim

opensim.Logger.setLevelString("Error")


def write(name, labels, rows):
    head = f"{name}\nversion=1\nnRows={len(rows)}\nnColumns={len(labels)}\ninDegrees=no\nendheader\n"
    lines = ["\t".join(labels)] + ["\t".join(str(value) for value in row) for row in rows]
    with open(name, "w") as output:
        output.write(head + "\n".join(lines) + "\n")


write("labels.sto", ["time", "left share", "right"], [[0, 1, 2], [0.1, 1, 2]])
table = list(opensim.TimeSeriesTable("labels.sto").getColumnLabels())
file = opensim.Storage("labels.sto")
array = file.getColumnLabels()
storage = [array.get(index) for index in range(array.getSize())]
print(f"opensim {version('opensim')}: TimeSeriesTable reads columns {table}, Storage reads {storage}")
assert table == ["left share", "right"], "the behaviour changed"
assert storage == ["time", "left", "share", "right"], "the behaviour changed"

write("again.sto", ["time", "left"], [[0, 1], [0.1, 2], [0.1, 3]])
try:
    opensim.TimeSeriesTable("again.sto")
    refused = False
except Exception:
    refused = True
again = opensim.Storage("again.sto")
kept = again.getSize()
print(f"time again: TimeSeriesTable {'refuses the file' if refused else 'reads it'}, Storage keeps {kept} of 3 rows")
assert refused and kept == 2, "the behaviour changed"
PYTHON
