"""The columnar extract: what a scorecard can read of every household, as Parquet, without anybody's name."""
