"""From verdicts to incidents to words."""
