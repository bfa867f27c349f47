"""What files hold, for people: ``t7 inspect``, ``t7 draw``, ``t7 diff`` and ``t7 view``."""
