"""The console: `fctask console` serves it on loopback. Imported by that command only.

Pages are made on the server from the same library calls that the commands use. The browser runs
one small script of ours and Idiomorph, which changes only what is different in a page.
"""
