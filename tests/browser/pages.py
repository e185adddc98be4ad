"""What the tests of pages share: a guard over a page, and documents that hold several."""


def complaints_of(page, address):
    """A list that fills with what is wrong: words in the console, errors of scripts, requests for anything else."""
    complaints = []

    def said(message):
        if message.type in ("error", "warning"):
            complaints.append(f"console: {message.text}")

    def asked(request):
        if request.url != address and not request.url.startswith(("data:", "blob:")):
            complaints.append(f"request: {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("request", asked)
    return complaints


def stop_clock(page):
    """From now on the page's time goes on only by ``page.clock.run_for``."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)


def document(*fragments, head=""):
    """Outputs of cells, one below the other, as in a notebook or an exported file."""
    cells = "".join(f'<div class="output">{fragment}</div>' for fragment in fragments)
    return f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{head}</head><body>{cells}</body></html>'
