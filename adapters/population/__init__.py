"""A made-up nation: households and people that reproduce the published tables of the registry, as Parquet files."""
