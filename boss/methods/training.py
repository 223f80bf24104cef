"""The hyper-parameters of fine-tuning, and their ranges."""

from dataclasses import dataclass

from boss.models.options import require


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a pretrained model is fine-tuned.

    The defaults are those of Devlin et al. 2019 (arXiv:1810.04805, appendix A.3) with early stopping.
    BOSS itself trains 10 epochs (questions: 5) at 1e-5 (2e-5) without warm-up, clipping or a validation
    split, and keeps the last epoch.

    Attributes:
        epochs: passes over the train split at most.
        lr: peak learning rate, reached after the warm-up, then falling linearly to 0.
        batch_size: examples per step.
        warmup_ratio: share of all steps.
        weight_decay: AdamW's; biases and normalisation layers are exempt.
        max_grad_norm: gradients are scaled down to this L2 norm.
        patience: epochs without a lower validation loss before it stops; the best epoch is kept.
        bfloat16: train and predict under bfloat16 autocast (recorded as the dtype).
    """

    epochs: int = 3
    lr: float = 3e-5
    batch_size: int = 16
    warmup_ratio: float = 0.1
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    patience: int = 2
    bfloat16: bool = False

    def __post_init__(self) -> None:
        """Refuse options out of range.

        Raises:
            ConfigError: naming the option, the value and the range.
        """
        require("epochs", self.epochs, low=1, high=1000)
        require("lr", self.lr, low=1e-9, high=1.0)
        require("batch_size", self.batch_size, low=1, high=65536)
        require("warmup_ratio", self.warmup_ratio, low=0, high=1)
        require("weight_decay", self.weight_decay, low=0, high=10)
        require("max_grad_norm", self.max_grad_norm, above=0)
        require("patience", self.patience, low=1, high=1000)
