"""What Sluice remembers: tables, migrations, named idempotent reads and writes."""
