"""The client pages: the fleet and one page per client, as HTML that needs no script."""
