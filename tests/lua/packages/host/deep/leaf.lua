return (...) .. '!'
