"""Notebooks run in real kernels, and what a kernel sends on the way."""

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter


class Listening(NotebookClient):
    """Runs a notebook and keeps every message about outputs, in order."""

    def process_message(self, message, cell, cell_index):
        self.heard.append(message)
        return super().process_message(message, cell, cell_index)


def run(*cells):
    """A notebook of these cells, executed; and the messages that made its outputs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = Listening(notebook, timeout=120, kernel_name="python3")
    client.heard = []
    client.execute()
    return notebook, client.heard


def exported(notebook):
    """The notebook as nbconvert writes it, without the libraries that its template loads for itself."""
    own = ("mathjax_url", "require_js_url", "jquery_url", "widget_renderer_url", "mermaid_js_url")
    return HTMLExporter(**dict.fromkeys(own, "data:text/javascript,")).from_notebook_node(notebook)[0]
