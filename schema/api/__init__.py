"""Everything that can be asked: queries, changes, streams, and the use cases behind them."""
