"""Properties of every tensor operation, checked on drawn inputs; `table.py` says how to add a row.

(Test folders are packages where their files are imported by name.)
"""
