"""`python -m derivations` is the command `colrow`."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="python -m derivations")
