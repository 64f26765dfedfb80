"""From files of what people really export to events: a mapping says how, a journal what is new.

    file ─► lines ─► tables ─► records (a mapping bound to a header) ─► plan ─► journal, Kafka

A mapping is data (`presets/*.toml`); the code knows kinds of events, not products.
"""
