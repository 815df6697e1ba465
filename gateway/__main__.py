"""The command ``linkage-gateway``."""

from gateway.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
