"""The first text that a host process of mien is sent, through its standard input. The package and
the behavior's source come the same way: nothing that runs is read from a file that a command of
the agent could have changed."""
import importlib.machinery
import sys


class Shipped:
    """Finds the modules of the package among the texts that came through the pipe."""

    def __init__(self, texts):
        self.texts = {p: t for p, t in texts.items() if p.startswith("behaviors/")}

    def find_spec(self, name, path=None, target=None):
        stem = name.replace(".", "/")
        for origin in (stem + "/__init__.py", stem + ".py"):
            if origin in self.texts:
                spec = importlib.machinery.ModuleSpec(name, self, origin=origin,
                                                      is_package=origin.endswith("__init__.py"))
                spec.has_location = True
                return spec
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        origin = module.__spec__.origin
        exec(compile(self.texts[origin], origin, "exec"), module.__dict__)


def main(reader, texts):
    """reader: the requests; texts: {"behaviors/host.py": its source, ...}."""
    sys.meta_path.insert(0, Shipped(texts))
    from behaviors import host
    host.main(reader)
