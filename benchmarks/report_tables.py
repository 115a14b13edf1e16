"""Twelve further real tables, on which the comparison with other systems is reported: no other benchmark uses them.

Two are ordered by time and two have groups. Columns that repeat the target are left out.
"""

import datasets
import pandas as pd
from datasets import Table

_LOAN_OUTCOMES = [
    "grade", "sub_grade", "installment", "paid_total", "paid_principal", "paid_interest", "paid_late_fees", "balance",
    "loan_status",
]  # fmt: skip
_BEFORE_DEPARTURE = [
    "month", "day", "sched_dep_time", "sched_arr_time", "carrier", "flight", "tailnum", "origin", "dest", "distance",
    "time_hour",
]  # fmt: skip
_LATE_MINUTES = 15
_FEWEST_OF_A_SPECIES = 100


def _late_flights() -> pd.DataFrame:
    frame = datasets.r_package("nycflights13/flights").dropna(subset=["arr_delay"])
    known = frame[_BEFORE_DEPARTURE].assign(time_hour=pd.to_datetime(frame["time_hour"]))
    return known.assign(late=(frame["arr_delay"] > _LATE_MINUTES).map({True: "yes", False: "no"}))


def _surveys() -> pd.DataFrame:
    frame = datasets.r_package("ratdat/surveys").drop(columns=["record_id"])
    counts = frame["species_id"].value_counts()
    return frame[frame["species_id"].map(counts) >= _FEWEST_OF_A_SPECIES]


def _chicago() -> pd.DataFrame:
    frame = datasets.r_package("modeldata/Chicago")
    return frame.assign(date=pd.to_datetime(frame["date"]))


TABLES = {
    "attrition": Table(lambda: datasets.r_package("modeldata/attrition"), "Attrition", "binary"),
    "credit": Table(lambda: datasets.r_package("modeldata/credit_data"), "Status", "binary"),
    "phoneme": Table(lambda: datasets.keel("phoneme"), "target", "binary"),
    "spambase": Table(lambda: datasets.dmba("Spambase"), "Spam", "binary"),
    "late_flights": Table(_late_flights, "late", "binary", time="time_hour"),
    "hpc_jobs": Table(lambda: datasets.r_package("modeldata/hpc_data"), "class", "multiclass"),
    "leaves": Table(lambda: datasets.r_package("modeldata/leaf_id_flavia"), "species", "multiclass"),
    "rodents": Table(_surveys, "species_id", "multiclass", group="plot_id"),
    "loan_rate": Table(
        lambda: datasets.r_package("openintro/loans_full_schema").drop(columns=_LOAN_OUTCOMES),
        "interest_rate",
        "regression",
    ),
    "hotel_rates": Table(lambda: datasets.r_package("modeldata/hotel_rates"), "avg_price_per_room", "regression"),
    "ridership": Table(_chicago, "ridership", "regression", time="date"),
    "women_wages": Table(
        lambda: datasets.r_package("sampleSelection/nlswork"), "ln_wage", "regression", group="idcode"
    ),
}
