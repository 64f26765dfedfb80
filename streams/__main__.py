"""Run the command line as `python -m rapport.streams`."""

from rapport.streams.cli import main

if __name__ == "__main__":
    main()
