"""A recorded step to be walked through: the page with a slider over its nodes, and what it says of each."""
