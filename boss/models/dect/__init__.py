"""Decoder Tuning: a small decoder fitted on what a frozen model shows of a few labelled texts."""
