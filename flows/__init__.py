"""One file, one flow, one deployment: compositions handed to Prefect."""
