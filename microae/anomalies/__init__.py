"""Anomalies: which samples are unlike those that a detector was fitted to, how surely, and in which features.

- ``AnomalyDetector``: ``fit(normal)``, then ``score_samples``, ``p_values``, ``predict`` and ``explain`` of others
- ``save`` and ``load``: a fitted detector as one safetensors file
- ``chunks``: a table in a file, some rows at a time; Dask's arrays and dataframes are scored as they are
- ``benjamini_hochberg``: which of many p-values are told from chance at a false-discovery rate
"""

from microae.anomalies.calibration import Calibration, benjamini_hochberg
from microae.anomalies.detector import AnomalyDetector
from microae.anomalies.explanation import Explanation
from microae.anomalies.files import load, save
from microae.anomalies.scaling import Scaling
from microae.anomalies.streaming import chunks

__all__ = ["AnomalyDetector", "Calibration", "Explanation", "Scaling", "benjamini_hochberg", "chunks", "load", "save"]
