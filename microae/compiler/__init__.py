"""A step becomes a program: traced beneath the Values, simplified, and run in another language."""
