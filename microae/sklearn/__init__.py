"""Autoencoders as scikit-learn's estimators, for tables as they come (``pip install "microae[sklearn]"``).

- ``AutoencoderTransformer``: the code of each sample, and back
- ``AutoencoderOutlierDetector``: the samples that are reconstructed badly
- ``AutoencoderClassifier``: classes from the code of an autoencoder that is trained with them
"""

from microae.extras import needed

with needed("sklearn", "an estimator", "'microae[sklearn]'"):
    from microae.sklearn.classifier import AutoencoderClassifier
    from microae.sklearn.outliers import AutoencoderOutlierDetector
    from microae.sklearn.transformer import AutoencoderTransformer

__all__ = ["AutoencoderClassifier", "AutoencoderOutlierDetector", "AutoencoderTransformer"]
