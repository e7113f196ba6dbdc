"""The engines that run a compiled scorecard: DuckDB inside this process, or Spark where it is installed."""

import importlib
import importlib.util
import shutil
import threading
from pathlib import Path
from typing import Any, Final

import duckdb
import ibis
import pyarrow as pa

from adapters.faults import Refused, WorldFailed
from adapters.simulation.opened import Engine

DUCKDB, SPARK = "duckdb", "spark"
ENGINES: Final = (DUCKDB, SPARK)
MEMORY_LIMIT: Final = "2GB"
"""For each of the connections; a part needs a tenth of it."""


def open_engine(name: str) -> Engine:
    """The engine of this name. Raises Refused for another name, or where Spark is not installed."""
    if name not in ENGINES:
        raise Refused(f"There is no engine {name!r}: it is one of {', '.join(ENGINES)}.")
    return DuckEngine() if name == DUCKDB else SparkEngine()


class DuckEngine:
    """DuckDB, one connection with one thread for each worker: parts are run beside each other."""

    dialect = "duckdb"
    parallel = True

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def run(self, query: str, households: Path, people: Path) -> pa.Table:
        """Run a query over a part, whose files were held against their hashes. Raises WorldFailed."""
        connection = self._connection()
        try:
            for name, path in (("households", households), ("people", people)):
                connection.read_parquet(str(path)).create_view(name, replace=True)
            return connection.sql(query).to_arrow_table()
        except duckdb.Error as fault:
            raise WorldFailed(f"DuckDB could not score {households.name}: {str(fault).splitlines()[0]}") from fault

    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY_LIMIT})
            self._of_thread.connection = connection
        return connection


class SparkEngine:
    """A local Spark. It is not among the program's own packages, for it needs Java and weighs as much as the rest."""

    dialect = "pyspark"
    parallel = False

    def __init__(self) -> None:
        if importlib.util.find_spec("pyspark") is None:
            raise Refused(
                "Spark is not installed: install requirements-spark.lock into this environment, or leave out "
                "--engine spark."
            )
        if shutil.which("java") is None:
            raise Refused("Spark needs Java 17 or later, and there is no java on the path.")
        _ = ibis.pyspark  # brings in ibis's settings for Spark, without which it writes no floats
        builder: Any = importlib.import_module("pyspark.sql").SparkSession.builder
        self._spark = (
            builder.master("local[2]")
            .appName("gharana")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
        self._spark.sparkContext.setLogLevel("ERROR")

    def run(self, query: str, households: Path, people: Path) -> pa.Table:
        """Run a query over a part."""
        for name, path in (("households", households), ("people", people)):
            self._spark.read.parquet(str(path.resolve())).createOrReplaceTempView(name)
        return self._spark.sql(query).toArrow()
