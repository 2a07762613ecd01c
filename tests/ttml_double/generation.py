"""Which ttml the double plays: what differs between versions, after ttml-api.md section 17."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One ttml, as a list of what it has and of what is wrong with it."""

    name: str
    llama: str
    """`c++` names, `split` (q, kv, w1, w3) or `fused` (qkv, w_gate_up)."""
    create_tensor: bool = True
    native_precision: bool = True
    stale_views: bool = False
    """The float32 view of a bfloat16 parameter is cached; no optimizer renews it (4.4)."""
    clip_grad_norm: bool = True
    nanogpt_extra_fields: bool = True
    none_mask_is_causal: bool = True
    stochastic_rounding: bool = True
    full_precision: bool = True
    takes_dict: bool = True
    """A plain dict, and `ttml.NamedParameters`, stand where named parameters are expected."""
    set_state_dict: bool = True
    gradient_mode_getter: bool = True
    parallelism_context: bool = True
    mesh: bool = True
    close_device_mesh: bool = True


GENERATIONS = {
    "old": Generation(
        name="old",
        llama="c++",
        create_tensor=False,
        native_precision=False,
        clip_grad_norm=False,
        nanogpt_extra_fields=False,
        none_mask_is_causal=False,
        stochastic_rounding=False,
        full_precision=False,
        set_state_dict=False,
        gradient_mode_getter=False,
        parallelism_context=False,
        mesh=False,
        close_device_mesh=False,
    ),
    "mid": Generation(
        name="mid",
        llama="split",
        native_precision=False,
        stale_views=True,
        none_mask_is_causal=False,
        full_precision=False,
        set_state_dict=False,
        mesh=False,
        close_device_mesh=False,
    ),
    "new": Generation(name="new", llama="split", stale_views=True, close_device_mesh=False),
    "newest": Generation(name="newest", llama="fused"),
}
