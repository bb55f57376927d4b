"""Starts a template: `python -I -S start.py FD`.

The runtime's files become a package of a private name, so that a handler's own modules called
`handler` or `context` are found where the handler expects them.
"""

import importlib
import os
import site
import sys
import types

sys.dont_write_bytecode = True  # the code folder of a function stays as it was deployed
site.setquit()  # exit() and quit() exist on FC; -S alone would leave them out

package = types.ModuleType("_localcloud_runtime")
package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules[package.__name__] = package
importlib.import_module("_localcloud_runtime.template").main()
