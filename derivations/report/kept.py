"""Why claims are kept that kill no mutant of which no other claim notices anything."""

from __future__ import annotations

KEPT: dict[str, str] = {
    "neuron": "(3) at one neuron: a fault of the forward pass is told in the smallest case of the paper",
    "parameter-count": "counts what the layers hold; a wrong shape falls to other claims too",
    "layer": "the premise of every gradient claim: without it a proved gradient could belong to another function",
    "affine-entries": "what (3) says of the whole matrix, said of each entry: it names the one at fault",
    "weight-index": "which weight joins which input to which neuron; it follows from (3), and is what people ask for",
    "relu": "networks of it fall with it; here the function is named, with its slope and its kink",
    "tanh": "the AND network falls with it; here the function is named, with its range and identities",
    "softmax": "the fused loss and networks fall with it; here it is named, apart from any loss",
    "forward": "the premise of the chain: the order of the layers, apart from any gradient",
    "inference": "that a prediction is the forward pass and remembers nothing; training sees most of its faults too",
    "batch-reduction": "1/batch, said once for all losses: the claim of each loss sees its own factor too",
    "steepest-descent": "about any gradient: whatever breaks a loss or a layer shows here, and is named elsewhere",
    "mse-gradient": "(15), which is the gradient in `mse`: kept for the equation that the paper prints",
    "dense-jacobians": "a step of the paper on the way to (17) and (18)",
    "single-weight": "a step of the paper on the way to (16): single entries of the weight gradient",
    "weight-gradient": "the chain falls with it: here the formula at fault is named",
    "bias-gradient": "the chain falls with it: here the formula at fault is named",
    "input-gradient": "the chain falls with it: here the formula at fault is named",
    "activation-gradient": "the chain falls with it: here the formula at fault is named, for any function",
    "chain": "the gradients of the single layers and the network's listing see its parts; it proves the whole, at every depth",
    "weight-update": "the step of training sees it too: here (19) is named, with schedules and small steps",
    "bias-update": "the step of training sees it too: here (20) is named",
    "listing-activation": "what section 4.3 promises; its formula is a claim of its own",
    "listing-tanh": "what section 4.3 promises; its formula is a claim of its own",
    "listing-mse": "what section 4.4 promises; its formulas are claims of their own",
    "listing-network": "what section 4.5 promises; training falls with it",
    "collapse-two": "two layers are the first step of any number of them, where the paper begins",
    "activation-necessary": "puts the collapse and XOR together; it falls with their parts",
}
