"""Training methods: one file per way of fitting a pretrained model."""
