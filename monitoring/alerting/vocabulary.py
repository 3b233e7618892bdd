"""What people call the metrics, and what their numbers count."""

from __future__ import annotations

#: The words for each metric, as they stand within a sentence.
METRICS = {
    "rows": "number of rows",
    "missing_fraction": "missing values",
    "new_category_fraction": "new categories",
    "distinct": "number of distinct values",
    "mean": "mean",
    "std": "standard deviation",
    "min": "minimum",
    "max": "maximum",
    "psi": "PSI",
    "jensen_shannon_distance": "Jensen-Shannon distance",
    "kl_divergence": "KL divergence",
    "ks_statistic": "KS statistic",
    "wasserstein_distance": "Wasserstein distance",
    "hellinger_distance": "Hellinger distance",
    "l_infinity": "largest change of a share",
    "chi_squared": "chi-squared",
    "chi_squared_p_value": "chi-squared p-value",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "specificity": "specificity",
    "f1": "F1",
    "mcc": "Matthews correlation",
    "roc_auc": "AUC",
    "average_precision": "average precision",
    "log_loss": "log-loss",
    "brier_score": "Brier score",
    "expected_calibration_error": "calibration error",
    "positive_rate": "share of positive predictions",
    "actual_positive_rate": "share of positive labels",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "rmse": "root mean squared error",
    "mape": "mean absolute percentage error",
    "rmsle": "root mean squared log error",
    "r2": "R²",
    "bias": "mean error",
    "label_coverage": "label coverage",
    "label_delay_p50": "median label delay",
    "label_delay_p95": "95th percentile of the label delay",
}

#: Begins the name of a metric that was estimated before its labels were known.
ESTIMATED = "estimated_"

#: Fractions that people read as per cent.
PERCENTAGES = {
    "missing_fraction",
    "new_category_fraction",
    "positive_rate",
    "actual_positive_rate",
    "label_coverage",
    "mape",
}

#: Metrics whose rows are those with a label.
ON_LABELLED_ROWS = {
    *("accuracy", "precision", "recall", "specificity", "f1", "mcc", "roc_auc"),
    *("average_precision", "log_loss", "brier_score", "expected_calibration_error"),
    *("actual_positive_rate", "mae", "mse", "rmse", "mape", "rmsle", "r2", "bias"),
}
