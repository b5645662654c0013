"""Commands as Prefect tasks: names, retries, and what the Prefect UI shows of them."""
