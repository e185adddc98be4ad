"""The engine, read in one sitting: what a Value is, what a row of the table is, and the walk backwards."""
