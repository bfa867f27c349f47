"""What the mapping from Lua to Python is, for people: ``MIGRATION.md``, ``t7 explain``, and the rows behind them."""
