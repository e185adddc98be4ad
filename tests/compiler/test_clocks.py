"""The clock and the calendar: a step that reads them is refused with its line, and all else of them is as it was."""

import builtins
import datetime
import threading
import time
from datetime import date, timedelta
from datetime import datetime as moment
from queue import SimpleQueue
from time import localtime, perf_counter, strftime

import numpy as np
import pytest
from numpy import datetime64

import microae as ma

DATA = np.random.default_rng(0).random((4, 3))
NOW, END, ONCE = moment.now, moment.now() + timedelta(days=1), moment(2024, 1, 2, 3)


def by_default(x, clock=perf_counter):
    return x * (1.0 if clock() < 1e18 else 2.0)


def by_name(x, *, clock=perf_counter):
    return x * (1.0 if clock() < 1e18 else 2.0)


def time_imported_inside(x):
    import time

    return x * (1.0 if time.time() > 0.0 else 2.0)


def function_imported_inside(x):
    from time import perf_counter_ns

    return x * (1.0 if perf_counter_ns() < 1e30 else 2.0)


def class_imported_inside(x):
    from datetime import datetime

    return x * (1.0 if datetime.now() < END else 2.0)


def module_imported_inside(x):
    import datetime as calendar

    return x * (1.0 if calendar.date.today() > date(2020, 1, 1) else 2.0)


class Dated:
    moment = moment

    def __init__(self):
        self.date = date

    def of_the_class(self, x):
        return x * self.moment.now().year

    def __call__(self, x):
        return x * self.date.today().year


READ = {
    "datetime.now": lambda x: x * (1.0 if datetime.datetime.now() < END else 2.0),
    "now": lambda x: x * moment.now().year,
    "now somewhere": lambda x: x * moment.now(datetime.UTC).year,
    "now by name": lambda x: x * moment.now(tz=datetime.UTC).year,
    "utcnow": lambda x: x * moment.utcnow().year,
    "datetime.today": lambda x: x * moment.today().year,
    "date.today": lambda x: x * date.today().year,
    "datetime.date.today": lambda x: x * datetime.date.today().year,
    "a method": lambda x: x * NOW().year,
    "localtime": lambda x: x * time.localtime().tm_year,
    "localtime of None": lambda x: x * localtime(None).tm_year,
    "gmtime": lambda x: x * time.gmtime().tm_year,
    "ctime": lambda x: x * len(time.ctime()),
    "asctime": lambda x: x * len(time.asctime()),
    "strftime": lambda x: x * int(strftime("%Y")),
    "thread_time": lambda x: x * (1.0 if time.thread_time() < 1e18 else 2.0),
    "NumPy's now": lambda x: x * (1.0 if np.datetime64("now") > np.datetime64("2020") else 2.0),
    "NumPy's today": lambda x: x * (1.0 if datetime64("today", "D") > np.datetime64("2020") else 2.0),
    "a default": by_default,
    "a default by name": by_name,
    "time inside": time_imported_inside,
    "a function inside": function_imported_inside,
    "a class inside": class_imported_inside,
    "a module inside": module_imported_inside,
    "an object": Dated(),
    "an object's class": Dated().of_the_class,
}


def looked_up():
    """All that has a stand-in in a step."""
    names = (time, datetime, moment, date, localtime, strftime, NOW, datetime64, perf_counter)
    defaults = (*by_default.__defaults__, by_name.__kwdefaults__["clock"])
    return [*map(id, names), *map(id, defaults), id(np.datetime64), id(builtins.__import__), id(Dated.moment)]


@pytest.mark.parametrize("what", READ)
def test_a_step_that_reads_the_clock_is_refused_and_the_clock_goes_on(what):
    before = looked_up()
    with pytest.raises(ma.CompileError, match=r"test_clocks.py:\d+ in (\w+|<lambda>): the clock is read, so"):
        ma.compile(READ[what])(DATA)
    assert looked_up() == before


def asked(x):
    import datetime as calendar
    import time as clock

    kinds = {calendar.datetime: "moment", date: "day"}
    match ONCE:
        case moment(year=year):
            assert year == 2024
    with pytest.raises(AttributeError):
        assert calendar.datetime.then
    return x, [
        isinstance(ONCE, calendar.datetime),
        isinstance(ONCE, date),
        isinstance(ONCE.date(), moment),
        issubclass(moment, date),
        issubclass(date, calendar.datetime),
        type(ONCE) is moment,
        kinds[type(ONCE)],
        type(ONCE) in kinds,
        str(moment.fromisoformat("2024-01-02") + timedelta(1)),
        str(moment(2024, 5, 6)),
        str(moment.fromtimestamp(0, datetime.UTC)),
        moment.max.year,
        repr(moment.combine(date(2024, 1, 1), calendar.time(3))),
        strftime("%Y", time.gmtime(0)),
        localtime(86400.0).tm_year,
        clock.sleep(0),
        time.asctime(time.gmtime(0)),
        np.dtype(np.datetime64).kind,
        np.issubdtype(np.dtype("M8[s]"), np.datetime64),
        isinstance(datetime64("2020"), np.datetime64),
        str(np.array(["2020"], dtype=np.datetime64)[0]),
        str(datetime64("2020", "D") - np.datetime64("2019-12-31")),
    ]


def test_what_a_step_asks_of_the_calendar_besides_is_what_it_is():
    right, compiled = asked(DATA)[1], ma.compile(asked, backend="numpy")
    for _ in range(2):
        assert compiled(DATA)[1] == right


def test_another_thread_reads_the_clock_meanwhile():
    said = SimpleQueue()

    def read():
        import time

        said.put((time.time() > 0.0, moment.now() < END, date.today().year > 2020, np.datetime64("now").dtype.kind))

    def step(x):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        return x * 2.0

    assert np.array_equal(ma.compile(step, backend="numpy")(DATA), DATA * 2.0)
    assert said.get(timeout=1) == (True, True, True, "M")


def test_a_librarys_import_of_the_clock_is_the_clocks(tmp_path, monkeypatch):
    packages = tmp_path / "site-packages"
    packages.mkdir()
    (packages / "microae_timing.py").write_text("def seconds():\n    import time\n    return time.time() > 0.0\n")
    monkeypatch.syspath_prepend(packages)

    def step(x):
        import time

        import microae_timing

        return x * float(microae_timing.seconds()) * (time.sleep(0) is None)

    assert np.array_equal(ma.compile(step, backend="numpy")(DATA), DATA)
