"""Golden datasets: cases, expectations, matchers, digests."""
