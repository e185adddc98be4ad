"""scikit-learn's own checks of estimators, none of which is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from microae.sklearn import AutoencoderClassifier, AutoencoderOutlierDetector, AutoencoderTransformer

FEW = {"max_iter": 40}


@parametrize_with_checks(
    [
        AutoencoderTransformer(**FEW),
        AutoencoderOutlierDetector(**FEW),
        AutoencoderOutlierDetector(**FEW, contamination=0.1),
        AutoencoderClassifier(**FEW),
    ]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_finds_nothing(estimator, check):
    check(estimator)
