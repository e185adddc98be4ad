"""Faults in the scores, p-values and decisions about anomalies, and in their files."""

from __future__ import annotations

from tests.mutants.fault import Fault

CALIBRATION = "microae/anomalies/calibration.py"
DETECTOR = "microae/anomalies/detector.py"
MEMBER = "microae/anomalies/member.py"
SCALING = "microae/anomalies/scaling.py"
STREAMING = "microae/anomalies/streaming.py"

T_CALIBRATION = "tests/anomalies/test_calibration.py"
T_DETECTOR = "tests/anomalies/test_detector.py"
T_SCALING = "tests/anomalies/test_scaling.py"
T_STREAMING = "tests/anomalies/test_streaming.py"

FAULTS = [
    Fault(CALIBRATION, "(1.0 + n - np.search", "(0.0 + n - np.search", T_CALIBRATION),
    Fault(CALIBRATION, "np.float64) - self.resolution", "np.float64)", T_CALIBRATION + " -k resolution"),
    Fault(DETECTOR, "scores / usual, SAME)", "scores / usual)", T_DETECTOR + " -k twin"),
    Fault(CALIBRATION, 'side="left"', 'side="right"', T_CALIBRATION),
    Fault(CALIBRATION, "** (-1.0 / self.tail)", "** (-1.0 * self.tail)", T_CALIBRATION),
    Fault(CALIBRATION, "rate * np.arange(1, len(p) + 1)", "rate * np.arange(len(p))", T_CALIBRATION),
    Fault(CALIBRATION, "ascending[below[-1]]", "ascending[below[0]]", T_CALIBRATION),
    Fault(SCALING, "(x - self.centre) / self.unit", "(x - self.centre) * self.unit", T_SCALING),
    Fault(SCALING, "FARTHEST, out=scaled)", "np.inf, out=scaled)", T_SCALING),
    Fault(SCALING, "share * (1.0 - share) * np.square(difference)", "0.0", T_SCALING + " -k parts"),
    Fault(SCALING, "(down & up).mean() >= 0.5", "(down & up).mean() >= 0.9", T_SCALING + " -k pixels"),
    Fault(MEMBER, "    if len(block) == BLOCK:", "    if len(block) <= BLOCK:", T_DETECTOR + " -k last_bit"),
    Fault(
        MEMBER, "np.subtract(x, reconstruction, out", "np.add(x, reconstruction, out", T_DETECTOR + " -k networks_see"
    ),
    Fault(MEMBER, "2.0 if self.shared else 1.0", "1.0", T_DETECTOR + " -k networks_see"),
    Fault(DETECTOR, 'shared = self.scaling.kind == "shared"', "shared = False", T_DETECTOR + " -k networks_see"),
    Fault(
        MEMBER, "            products[same, products[same].argmin(axis=1)] = np.inf\n", "", T_DETECTOR + " -k fitted"
    ),
    Fault(MEMBER, "        return distances / self.usual", "        return distances", T_DETECTOR + " -k usual"),
    Fault(
        DETECTOR,
        "x[np.sort(order[size:]",
        "x[np.sort(order[:]",
        T_DETECTOR + " -k cannot_be_scored",
    ),
    Fault(DETECTOR, "noise=0.5 * place", "noise=0.0", T_DETECTOR + " -k varied"),
    Fault(DETECTOR, "np.argsort(-given", "np.argsort(given", T_DETECTOR + " -k named"),
    Fault(DETECTOR, "np.asarray(p_values) <= self", "np.asarray(p_values) >= self", T_DETECTOR + " -k quantile"),
    Fault(DETECTOR, "set(names) != set(self.features)", "True", T_DETECTOR + " -k columns_are"),
    Fault(DETECTOR, "seed=weights,", "", T_DETECTOR + " -k same_bits"),
    Fault(STREAMING, "file.stat().st_size > LARGE", "False", T_STREAMING + " -k large_text"),
    Fault(STREAMING, "x.rechunk({1: -1})", "x", T_STREAMING + " -k dask_array"),
]
