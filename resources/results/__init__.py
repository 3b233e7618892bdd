"""The results store: profiles, measurements, incidents, notifications and model versions."""
