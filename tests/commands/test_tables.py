"""Tables: numbers at the right, words at the left, valid Markdown."""

from microae.commands.tables import markdown


def test_columns_of_numbers_are_at_the_right_and_others_at_the_left():
    text = markdown(["name", "error", "mixed"], [["ours", 0.5, 1], ["longer name", 12.25, "one"]])
    assert text.splitlines() == [
        "| name        | error | mixed |",
        "|-------------|------:|-------|",
        "| ours        |   0.5 | 1     |",
        "| longer name | 12.25 | one   |",
    ]


def test_a_missing_number_leaves_a_column_of_numbers():
    assert markdown(["a", "value"], [["x", 1], ["y", ""]]).splitlines()[1:] == [
        "|---|------:|",
        "| x |     1 |",
        "| y |       |",
    ]


def test_a_header_without_rows():
    assert markdown(["name", "n"], []).splitlines() == ["| name | n |", "|------|---|"]
