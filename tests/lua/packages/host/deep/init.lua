return {name = ..., file = debug.getinfo(1, 'S').short_src}
