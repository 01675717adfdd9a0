"""Loads exported files with the tools that people open them with, and prints what they read as JSON.

Usage: formats.py FOLDER STEM
"""
import json
import math
import sys

import c3d
import ezc3d
import kineticstoolkit.lab as ktk
import numpy
import opensim

folder, stem = sys.argv[1:]
opensim.Logger.setLevelString("Error")


def number(value):
    """JSON has no NaN."""
    value = float(value)
    return None if math.isnan(value) else round(value, 4)


def vector(row):
    return [number(row[axis]) for axis in range(3)]


def trc():
    table = opensim.TimeSeriesTableVec3(f"{folder}/{stem}.trc")
    data = opensim.MarkerData(f"{folder}/{stem}.trc")
    hip = table.getColumnLabels().index("left_hip")
    last = table.getColumnLabels().index("right_foot_index")
    rows = [table.getRowAtIndex(row) for row in range(table.getNumRows())]
    points = ktk.read_trc_markers(f"{folder}/{stem}.trc") if hasattr(ktk, "read_trc_markers") else None
    return {
        "rows": len(rows),
        "rate": number(data.getDataRate()),
        "units": data.getUnits().getLabel(),
        "times": [number(time) for time in table.getIndependentColumn()[:3]],
        "leftHip": vector(rows[0][hip]),
        "lastMarker": [vector(row[last]) for row in rows[:2]],
        "kineticstoolkit": None if points is None else len(points.time),
    }


def tables(ending):
    name = f"{folder}/{stem}_angles.{ending}"
    storage = opensim.Storage(name)
    table = opensim.TimeSeriesTable(name)
    return {
        "storageRows": storage.getSize(),
        "rows": table.getNumRows(),
        "degrees": storage.isInDegrees(),
        "columns": list(table.getColumnLabels()),
        "first": [number(table.getRowAtIndex(0)[column]) for column in range(table.getNumColumns())],
    }


def load():
    name = f"{folder}/{stem}_load.sto"
    table = opensim.TimeSeriesTable(name)
    column = list(table.getColumnLabels()).index("left_share")
    return {
        "rows": table.getNumRows(),
        "storageRows": opensim.Storage(name).getSize(),
        "degrees": opensim.Storage(name).isInDegrees(),
        "share": number(table.getRowAtIndex(0)[column]),
    }


def with_ezc3d():
    file = ezc3d.c3d(f"{folder}/{stem}.c3d")
    points = file["data"]["points"]
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    hip, last = labels.index("left_hip"), labels.index("right_foot_index")
    return {
        "frames": points.shape[2],
        "rate": number(file["parameters"]["POINT"]["RATE"]["value"][0]),
        "units": file["parameters"]["POINT"]["UNITS"]["value"],
        "analogUnits": file["parameters"]["ANALOG"]["UNITS"]["value"][:1],
        "leftHip": vector(points[:, hip, 0]),
        "lastMarker": [vector(points[:, last, frame]) for frame in (0, 1)],
        "analog": number(file["data"]["analogs"][0, 0, 0]),
        "analogSamples": file["data"]["analogs"].shape[2],
    }


def with_c3d():
    with open(f"{folder}/{stem}.c3d", "rb") as handle:
        reader = c3d.Reader(handle)
        labels = [label.strip() for label in reader.point_labels]
        hip, last = labels.index("left_hip"), labels.index("right_foot_index")
        frames = list(reader.read_frames())
        return {
            "frames": len(frames),
            "rate": number(reader.point_rate),
            "leftHip": vector(frames[0][1][hip]),
            "residual": number(frames[0][1][last][3]),
            "analog": number(numpy.asarray(frames[0][2])[0, 0]),
        }


def with_kineticstoolkit():
    file = ktk.read_c3d(f"{folder}/{stem}.c3d")
    points = file["Points"]
    return {
        "frames": len(points.time),
        "leftHip": vector(points.data["left_hip"][0]),
        "lastMarker": vector(points.data["right_foot_index"][0]),
        "interval": number(points.time[1] - points.time[0]),
    }


print(json.dumps({
    "trc": trc(),
    "mot": tables("mot"),
    "sto": tables("sto"),
    "load": load(),
    "ezc3d": with_ezc3d(),
    "c3d": with_c3d(),
    "kineticstoolkit": with_kineticstoolkit(),
}))
