"""Where versions of models are kept: in this home, and for others to see in MLflow."""
