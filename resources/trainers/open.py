"""Which trainer a monitor file names."""

import dagster as dg

from monitoring.spec.model import MonitorSpec
from monitoring.spec.retraining import RetrainingSpec
from resources.trainers.answers import Answers
from resources.trainers.command import CommandTrainer
from resources.trainers.function import FunctionTrainer
from resources.trainers.trainer import Trainer
from resources.trainers.webhook import WebhookTrainer


def open_trainer(
    spec: MonitorSpec, policy: RetrainingSpec, context: dg.AssetExecutionContext
) -> Trainer:
    """
    Return the trainer of *policy*; a command is told what to do through the run of *context*.

    Raises:
        TrainingError: when the predictions have no scores.
    """
    answers = Answers.of(spec)
    if policy.command is not None:
        return CommandTrainer(tuple(policy.command), policy.timeout, answers, context)
    if policy.webhook is not None:
        return WebhookTrainer(policy.webhook, policy.timeout, answers)

    return FunctionTrainer(str(policy.trainer), policy.timeout, answers)
