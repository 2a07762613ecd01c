"""The training job and what it needs: learning rate, evaluation, time, live settings."""
