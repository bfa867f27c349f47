"""What of Torch7's interface has no row, and why."""

from __future__ import annotations

#: Names, with one class for all element types and all kinds of files (``Tensor:cdata``), and the reason. An operator
#: without a class is that of every class.
LEFT_OUT: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        (
            *("__add", "__div", "__eq", "__index", "__le", "__len", "__lt", "__mod", "__mul", "__newindex", "__pow"),
            *("__sub", "__tostring", "__unm"),
        ),
        "of every class, for `torch.class` puts them there; they do what a class of one's own defines",
    ),
    (("__factory",), "what `torch.factory` gives: an instance without its constructor"),
    (
        ("Tensor:cdata", "Storage:cdata", "torch.cdata", "torch.data", "torch.pushudata"),
        "pointers for C; in Python `x.data_ptr()`, `x.numpy()` and `ctypes`",
    ),
    (("Tensor:retain", "Tensor:free", "Storage:retain", "Storage:free"), "reference counts, which Python keeps itself"),
    (("torch.metatype",), "classes of C structures; in Python `ctypes.Structure`"),
    (
        ("torch.multinomialAliasSetup_", "torch.multinomialAlias_"),
        "`multinomialAliasSetup` and `multinomialAlias` with the tables one by one",
    ),
    (("Tensor:multinomialAliasSetup_", "Tensor:multinomialAlias_"), "the same as methods"),
    (
        ("File:isQuiet", "File:clearError"),
        "what a quiet file notes; files in Python raise errors, which `try` catches",
    ),
    (("File:isAutoSpacing",), "whether a line end follows each number; in Python the program writes them"),
    (("File:isWritableObject",), "in Python `pickle` raises an error for what it cannot write"),
    (("CmdLine:error",), "ends the program, as `parser.error(text)` of `argparse` does"),
    (("torch.include",), "runs a file of a package; in Python `import`, or `runpy.run_path(file)`"),
    (("torch.test",), "tests Torch7 itself"),
    (
        ("torch.setheaptracking", "torch.updateerrorhandlers", "torch.updatethreadlocals"),
        "settings of Torch7's memory and threads, which have no effect here",
    ),
    (("paths.thisfile",), "of the file that runs; in Python `__file__`"),
    (("paths.require",), "a package beside the file that runs; in Python `import`"),
    (("paths.getregistryvalue",), "of Windows"),
    (
        ("xlua.print", "xlua.who", "xlua.clearall"),
        "for a session at the prompt; in Python `pprint.pprint`, `dir()` and a new session",
    ),
    (
        ("xlua.unpack_class", "xlua.usage", "xlua.usage_module"),
        "named arguments and help; in Python `def` and docstrings",
    ),
    (
        (
            *("image.compressJPG", "image.decompressJPG", "image.decompressPNG", "image.loadJPG", "image.loadPPM"),
            *("image.saveJPG", "image.savePPM", "image.savePGM", "image.getJPGsize", "image.getPNGsize"),
            "image.getPPMsize",
        ),
        "as those of PNG, or without a kind in their name, which have rows",
    ),
    (("image.display", "image.window"), "on a screen; in Python `lua_compat.show(img)`"),
    (("image.drawText",), "in Python `PIL.ImageDraw.Draw(picture).text((x, y), text)`"),
    (("image.lena", "image.fabio", "image.test"), "sample pictures, and the package's own tests"),
    (("threads.Condition:wait",), "waits for another thread; in Python `wait` of `threading.Condition`"),
    (("threads.Mutex:id", "threads.Condition:id", "threads.Thread:id"), "numbers by which threads find them"),
)
