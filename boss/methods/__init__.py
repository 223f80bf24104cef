"""Training methods: one file per departure from plain fine-tuning, which is `boss.models.finetune`."""
