"""Colours, patterns and words of the drawings. Phases differ by colour, by pattern and by letter. Pure.

The colours keep their difference for readers who confuse red and green, and in grey print.
"""

from __future__ import annotations

from typing import Literal

from gateway.model import Phase

Language = Literal["ja", "en"]

DEFS = (
    '<pattern id="lg-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="lg-transition-ground" width="7" height="7"/>'
    '<rect class="lg-transition-stripe" width="2.4" height="7"/></pattern>'
    '<pattern id="lg-ice" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle class="lg-ice-dot" cx="3" cy="3" r="0.9"/></pattern>'
)

STYLE = """
.lg-paper{fill:#fff}.lg-ink{fill:#1b232c}.lg-soft{fill:#5a6675}.lg-faint{fill:#8a94a0}
.lg-rule{stroke:#dfe4ea;stroke-width:1;fill:none}.lg-rule-strong{stroke:#b4bdc8;stroke-width:1;fill:none}
.lg-band{fill:#f4f6f9}.lg-group{fill:#e9edf2}
.lg-current{fill:#d5dbe3}.lg-current-edge{stroke:#a9b3bf;fill:none}.lg-on-current{fill:#38424e}
.lg-transition{fill:url(#lg-hatch)}.lg-transition-ground{fill:#f7cf82}.lg-transition-stripe{fill:#efb14a}
.lg-on-transition{fill:#4a2f00}.lg-halo-transition{fill:#f7cf82}
.lg-standard{fill:#1f6fb2}.lg-on-standard{fill:#fff}
.lg-ice{fill:url(#lg-ice)}.lg-ice-ground{fill:#e3f1f4;opacity:.75}.lg-ice-dot{fill:#7fb3bd}
.lg-ice-ink{fill:#2d6b77}
.lg-wave{stroke:#7a3fa0;stroke-width:1.4;stroke-dasharray:5 3;fill:none}.lg-wave-ink{fill:#6a2f92}
.lg-flag{stroke:#8a94a0;stroke-width:1;stroke-dasharray:2 2;fill:none}
.lg-now{stroke:#1b232c;stroke-width:1.2;fill:none}.lg-turn{stroke:#fff;stroke-width:2;fill:none}
.lg-alarm{fill:#c22f2f;stroke:#fff;stroke-width:1}.lg-alarm-ink{fill:#a61f1f}
.lg-curve{stroke:#b06f00;stroke-width:2;fill:none;stroke-linejoin:round}.lg-area{fill:#f7cf82;opacity:.45}
.lg-curve-before{stroke:#5a6675;stroke-width:1.6;stroke-dasharray:4 3;fill:none}
.lg-ghost-current{fill:#b9c1cb}.lg-ghost-transition{fill:#efb14a}.lg-ghost-standard{fill:#1f6fb2}
.lg-edge{fill:none;stroke-width:1.8}.lg-edge-current{stroke:#7d8896}
.lg-edge-transition{stroke:#d08a12;stroke-dasharray:7 4}.lg-edge-standard{stroke:#1f6fb2}
.lg-tip-current{fill:#7d8896}.lg-tip-transition{fill:#d08a12}.lg-tip-standard{fill:#1f6fb2}
.lg-node{fill:#fff;stroke:#5a6675;stroke-width:1.2}
.lg-node-standard{fill:#e4f0fa;stroke:#1f6fb2;stroke-width:1.6}.lg-gate{fill:#fdf3df;stroke:#e0b765}
.lg-chip{fill:#fff;opacity:.9}
@media (prefers-color-scheme: dark){
.lg-paper{fill:#12171d}.lg-ink{fill:#f0f4f8}.lg-soft{fill:#b4bfcb}.lg-faint{fill:#8490a0}
.lg-rule{stroke:#2a333e}.lg-rule-strong{stroke:#4a5563}.lg-band{fill:#171d25}.lg-group{fill:#212a35}
.lg-current{fill:#3a4552}.lg-current-edge{stroke:#5c6978}.lg-on-current{fill:#dfe6ee}
.lg-transition-ground{fill:#a86e12}.lg-transition-stripe{fill:#c98a22}.lg-on-transition{fill:#fff6e2}
.lg-halo-transition{fill:#a86e12}.lg-standard{fill:#3b8fd6}.lg-on-standard{fill:#06121d}
.lg-ice-ground{fill:#17343a}.lg-ice-dot{fill:#4f8892}.lg-ice-ink{fill:#9fd0d9}
.lg-wave{stroke:#c08be3}.lg-wave-ink{fill:#d3a8f0}.lg-now{stroke:#f0f4f8}.lg-turn{stroke:#12171d}
.lg-alarm{fill:#ff7b72;stroke:#12171d}.lg-alarm-ink{fill:#ff9a93}
.lg-curve{stroke:#f0b04a}.lg-area{fill:#a86e12;opacity:.4}.lg-curve-before{stroke:#b4bfcb}
.lg-ghost-current{fill:#4a5563}.lg-ghost-transition{fill:#c98a22}.lg-ghost-standard{fill:#3b8fd6}
.lg-edge-current{stroke:#8f9bab}.lg-edge-transition{stroke:#f0b04a}.lg-edge-standard{stroke:#5aa9ea}
.lg-tip-current{fill:#8f9bab}.lg-tip-transition{fill:#f0b04a}.lg-tip-standard{fill:#5aa9ea}
.lg-node{fill:#1a212a;stroke:#8490a0}.lg-node-standard{fill:#16283a;stroke:#5aa9ea}
.lg-gate{fill:#2a2213;stroke:#8a6a25}.lg-chip{fill:#12171d}}
@media print{.lg-paper{fill:#fff}}
"""

PHASES: dict[Language, dict[Phase, tuple[str, str]]] = {
    "ja": {
        Phase.CURRENT: ("現行", "現"),
        Phase.TRANSITION: ("過渡期", "過"),
        Phase.STANDARD: ("標準化後", "標"),
    },
    "en": {
        Phase.CURRENT: ("current", "C"),
        Phase.TRANSITION: ("transition", "T"),
        Phase.STANDARD: ("standard", "S"),
    },
}
"""Each phase as a word and as a letter."""

WORDS: dict[Language, dict[str, str]] = {
    "ja": {
        "plan": "移行計画",
        "conversions": "過渡期変換の本数",
        "days": "過渡期変換の延べ日数",
        "most": "同時の最大",
        "before": "いまの計画",
        "former": "細い帯：いまの計画",
        "after": "別の順序",
        "today": "今日",
        "frozen": "凍結期間",
        "clash": "凍結期間内の切替",
        "wave": "一斉切替",
        "cutover": "切替",
        "move": "接続先変更",
        "map": "連携図",
        "legacy": "現行形式のシステム",
        "standard": "標準形式のシステム",
        "gateway": "変換",
        "routes": "経路",
        "route": "経路",
        "unit": "日",
        "number": "本",
    },
    "en": {
        "plan": "Migration plan",
        "conversions": "Transitional conversions",
        "days": "conversions in transition × days:",
        "most": "most at one time:",
        "before": "today's plan",
        "former": "thin: today's plan",
        "after": "other order",
        "today": "today",
        "frozen": "freeze",
        "clash": "cutover within a freeze",
        "wave": "wave",
        "cutover": "cutover",
        "move": "place moves:",
        "map": "Linkage map",
        "legacy": "Systems that speak the legacy format",
        "standard": "Systems that speak the standardized format",
        "gateway": "conversion",
        "routes": "routes",
        "route": "route",
        "unit": "days",
        "number": "",
    },
}
